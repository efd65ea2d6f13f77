import { describe, expect, it } from "vitest";
import { ApiError } from "./api-error.ts";
import { createApi } from "./client.ts";

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
}

/** A site that gives these answers in turn, and what it was asked. */
function makeSite(...answers: readonly (Response | Error)[]) {
  const sent: Sent[] = [];
  const left = [...answers];
  const api = createApi("/jupyter/", async (input, init) => {
    sent.push({ url: String(input), method: init?.method ?? "GET", headers: new Headers(init?.headers) });
    const answer = left.shift();
    if (answer === undefined || answer instanceof Error) throw answer ?? new TypeError("no answer left");
    return answer;
  });
  return { api, sent };
}

const me = { name: "alice", role: "user", scopes: [], xsrf: "x1", groups: [], limits: { running: 0, allowed: 4, source: "this site" } };
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error as ApiError,
  );

describe("createApi", () => {
  it("asks below the base URL, with what a filter says and nothing else", async () => {
    const { api, sent } = makeSite(Response.json({ sessions: [], now: 1 }));
    await api.sessions({ show: "open", limit: 5 });
    expect(sent[0]?.url).toBe("/jupyter/api/v1/sessions?show=open&limit=5");
  });

  it("sends the XSRF token of the present sign-in with changes, and only with those", async () => {
    const { api, sent } = makeSite(Response.json(me), Response.json({}), new Response(null, { status: 204 }));
    await api.me();
    await api.session("k7m2p9q4r3t5");
    await api.revokeToken("abcdefghj234");
    expect(sent.map(({ headers }) => headers.get("x-xsrftoken"))).toEqual([null, null, "x1"]);
    expect(sent[2]).toMatchObject({ url: "/jupyter/api/v1/tokens/abcdefghj234", method: "DELETE" });
  });

  it("lets no id leave its place in the address", async () => {
    const { api, sent } = makeSite(Response.json({}));
    await api.session("../me?x=1");
    expect(sent[0]?.url).toBe("/jupyter/api/v1/sessions/..%2Fme%3Fx%3D1");
  });

  it("brings a problem document with its fields", async () => {
    const problem = {
      type: "t",
      title: "T",
      status: 422,
      code: "invalid_input",
      detail: "D",
      fields: [{ path: "options.cpus", message: "m" }],
    };
    const error = await failureOf(makeSite(Response.json(problem, { status: 422 })).api.launch({ profile: "p" }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "invalid_input", status: 422, message: "D", next: null, fields: problem.fields });
  });

  it("names what is no answer of Fairway's by its status, and shows nothing of it", async () => {
    const error = await failureOf(makeSite(new Response("<h1>Bad gateway at internal-host</h1>", { status: 502 })).api.me());
    expect(error).toMatchObject({ code: "unexpected_answer", status: 502 });
    expect(error?.message).not.toContain("internal-host");
    expect(await failureOf(makeSite(new Response("<html>", { status: 200 })).api.me())).toMatchObject({ code: "unexpected_answer" });
  });

  it("tells a lost connection from a call that was given up", async () => {
    expect(await failureOf(makeSite(new TypeError("Failed to fetch")).api.me())).toMatchObject({ code: "offline", status: 0 });
    const given = new DOMException("given up", "AbortError");
    expect(await failureOf(makeSite(given).api.me(AbortSignal.abort()))).toBe(given);
  });
});
