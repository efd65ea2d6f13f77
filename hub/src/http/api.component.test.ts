import { NewToken } from "@fairway/contract/accounts.ts";
import { API, type ApiOperation, JOB_PATHS, OPENAPI_PATH } from "@fairway/contract/api.ts";
import { Problem } from "@fairway/contract/errors.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startHub, type TestHub } from "./testing/hub.ts";
import { ENROL_TOKEN, sampleView } from "./testing/memory-sessions.ts";

let hub: TestHub;
beforeEach(async () => {
  hub = await startHub();
});
afterEach(() => hub.stop());

const OPERATIONS = Object.values<ApiOperation>(API);
const pathOf = (operation: ApiOperation) => operation.path.replace(":id", "abcdefghjkmn");

async function newToken(
  user: string,
  scopes: string[] = ["self"],
  expiresInSeconds = 3600,
): Promise<{ authorization: string; id: string }> {
  const answer = await hub.ask("POST", "/api/v1/tokens", {
    headers: await hub.signIn(user),
    body: { note: "test", scopes, expiresInSeconds },
  });
  expect(answer.status).toBe(201);
  const { token, info } = NewToken.parse(answer.json);
  return { authorization: `token ${token}`, id: info.id };
}

describe("every operation of the contract", () => {
  it("refuses who is not signed in, and sets no cookie for it", async () => {
    for (const operation of OPERATIONS.filter(({ scope }) => scope !== "anyone")) {
      const answer = await hub.ask(operation.method, pathOf(operation));
      expect(answer, operation.path).toMatchObject({ status: 401, setCookies: [], headers: { "www-authenticate": "Bearer" } });
      expect(Problem.parse(answer.json).code).toBe("not_signed_in");
    }
  });

  it("refuses a token without its scope, and takes one with it", async () => {
    hub.sessions.put(sampleView({ state: "ended" }));
    const enough: Record<string, { authorization: string }> = {};
    for (const operation of OPERATIONS) {
      const { scope } = operation;
      if (scope === "anyone" || operation.events) continue;
      const other = scope === "read:hub" ? "tokens" : "read:hub";
      const { authorization } = await newToken("alice", [other]);
      const refused = await hub.ask(operation.method, pathOf(operation), { headers: { authorization } });
      expect(refused, `${operation.path} with ${other}`).toMatchObject({ status: 403, json: { code: "not_allowed" } });
      enough[scope] ??= await newToken("alice", [scope]);
      const allowed = await hub.ask(operation.method, pathOf(operation), { headers: { authorization: enough[scope].authorization } });
      expect(allowed.status, `${operation.path} with ${scope}`).not.toBeOneOf([401, 403, 500]);
    }
  });

  it("refuses query parameters and body fields that it does not know (a token in the URL, too)", async () => {
    const headers = await hub.signIn("alice");
    for (const operation of OPERATIONS) {
      const answer = await hub.ask(operation.method, `${pathOf(operation)}?token=x`, { headers });
      expect(answer, operation.path).toMatchObject({ status: 422, json: { code: "invalid_input" } });
    }
    for (const operation of OPERATIONS.filter(({ method }) => method !== "GET")) {
      const answer = await hub.ask(operation.method, pathOf(operation), { headers, body: { surprise: 1 } });
      expect(answer, operation.path).toMatchObject({ status: 422, json: { code: "invalid_input" } });
    }
  });

  it("answers with security headers, errors included", async () => {
    for (const path of ["/api/v1/site", "/api/v1/me", "/nothing", "/api/v1/sessions/%zz"]) {
      expect((await hub.ask("GET", path)).headers).toMatchObject({
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
      });
    }
  });
});

describe("tokens", () => {
  it("are taken as `token` and `Bearer`, need no XSRF value, get no cookie", async () => {
    const { authorization } = await newToken("alice");
    for (const header of [authorization, authorization.replace("token", "Bearer"), authorization.replace("token", "bearer")]) {
      const answer = await hub.ask("POST", "/api/v1/sessions", { headers: { authorization: header }, body: { profile: "small" } });
      expect(answer).toMatchObject({ status: 201, setCookies: [], json: { user: "alice" } });
    }
    expect((await hub.ask("GET", "/api/v1/me", { headers: { authorization } })).json).toMatchObject({ name: "alice", xsrf: null });
  });

  it("that are void are not replaced by a cookie that came along", async () => {
    const headers = { ...(await hub.signIn("alice")), authorization: `token fwt_${"x".repeat(43)}` };
    expect(await hub.ask("GET", "/api/v1/me", { headers })).toMatchObject({ status: 401, setCookies: [] });
  });

  it("of others are none of our business: a site's proxy may send its own Authorization", async () => {
    const headers = { ...(await hub.signIn("alice")), authorization: "Basic c2l0ZTpwcm94eQ==" };
    expect((await hub.ask("GET", "/api/v1/me", { headers })).status).toBe(200);
  });

  it("are listed without their value, and void once revoked", async () => {
    const { authorization, id } = await newToken("alice");
    const headers = await hub.signIn("alice");
    const list = await hub.ask("GET", "/api/v1/tokens", { headers });
    expect(list.json).toMatchObject({ tokens: [{ id, note: "test" }] });
    expect(list.text).not.toContain("fwt_");
    expect((await hub.ask("DELETE", `/api/v1/tokens/${id}`, { headers: await hub.signIn("bob") })).status).toBe(404);
    expect((await hub.ask("DELETE", `/api/v1/tokens/${id}`, { headers })).status).toBe(204);
    expect((await hub.ask("GET", "/api/v1/me", { headers: { authorization } })).status).toBe(401);
  });
});

describe("input", () => {
  const post = async (body: string | object, type = "application/json") =>
    hub.ask("POST", "/api/v1/sessions", { headers: { ...(await newToken("alice")), "content-type": type }, body });

  it("out of bounds is named field by field", async () => {
    const answer = await post({ profile: "Rm -rf", name: "$(id)", options: { cpus: "x".repeat(1001) }, extra: 1 });
    expect(answer).toMatchObject({ status: 422, json: { code: "invalid_input" } });
    expect(Problem.parse(answer.json).fields?.map(({ path }) => path)).toEqual(expect.arrayContaining(["profile", "name", "options.cpus"]));
  });

  it("of a megabyte is refused, wherever it is sent", async () => {
    const body = { profile: "small", options: { note: "x".repeat(1_000_000) } };
    const refused = await post(body);
    expect(refused).toMatchObject({ status: 413, json: { code: "too_large" } });
    // Closing on a body that still arrives resets the connection: the edge once told 503 instead.
    expect(refused.headers.connection).not.toBe("close");
    expect((await hub.ask("POST", "/api/v1/sign-in", { body })).status).toBe(413);
    const form = { body: "x".repeat(100_000), headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await hub.ask("POST", JOB_PATHS.enrol, form)).status).toBe(413);
  });

  it("that is no JSON, or poisons prototypes, is refused in our own words", async () => {
    for (const body of ["{", "[1,", '{"__proto__": {"admin": true}}', '{"constructor": {"prototype": {}}}'])
      expect(await post(body)).toMatchObject({
        status: 400,
        json: { code: "bad_request", detail: "The request could not be understood." },
      });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"])
      expect(await post("{}", type)).toMatchObject({ status: 400, json: { code: "bad_request" } });
  });

  it("as a session id that is none never reaches a service", async () => {
    const headers = await hub.signIn("alice");
    for (const id of ["..%2f..%2fetc", "ABCDEFGHJKMN", "%00", "x".repeat(90), "abcdefghjkm%0a"])
      expect((await hub.ask("GET", `/api/v1/sessions/${id}`, { headers })).status, id).toBeOneOf([404, 422]);
    expect((await hub.ask("GET", `/api/v1/sessions/%zz`, { headers })).status).toBe(400);
  });
});

it("tells nobody of somebody else's session", async () => {
  const { id } = hub.sessions.put(sampleView());
  const headers = await hub.signIn("bob");
  const missing = await hub.ask("GET", "/api/v1/sessions/zzzzzzzzzzzz", { headers });
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/relaunch"],
    ["GET", "/log"],
    ["GET", "/events"],
  ] as const) {
    const answer = await hub.ask(method, `/api/v1/sessions/${id}${path}`, { headers });
    expect(answer.text, path).toBe(missing.text);
  }
  expect((await hub.ask("GET", `/api/v1/sessions/${id}`, { headers: await hub.signIn("alice") })).status).toBe(200);
});

it("keeps an unforeseen error's text to itself, and logs it with the request's name", async () => {
  hub.sessions.failure = new Error("password=hunter2 in a stack");
  const headers = { ...(await hub.signIn("alice")), "x-request-id": "0f8b3a52-request" };
  const answer = await hub.ask("GET", "/api/v1/sessions", { headers });
  expect(answer).toMatchObject({ status: 500, json: { code: "internal", next: expect.stringContaining("0f8b3a52-request") as string } });
  expect(answer.text).not.toContain("hunter2");
  expect(hub.log()).toContain('"request":"0f8b3a52-request"');
});

describe("jobs' calls", () => {
  const form = { session: "abcdefghjkmn", token: ENROL_TOKEN, nonce: "n".repeat(22), job: "17", host: "c1", port: "20001" };
  const enrol = (fields: Record<string, string> | string, from = "10.0.0.1") =>
    hub.ask("POST", JOB_PATHS.enrol, {
      headers: { "content-type": "application/x-www-form-urlencoded", "x-forwarded-for": from },
      body: typeof fields === "string" ? fields : new URLSearchParams(fields).toString(),
    });

  it("are answered in lines that sh reads", async () => {
    expect(await enrol(form)).toMatchObject({ status: 200, text: "FAIRWAY_SECRET=s3cret\n", setCookies: [] });
    const report = { session: form.session, secret: "s".repeat(43), exit: "3" };
    const answer = await hub.ask("POST", JOB_PATHS.report, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(report).toString(),
    });
    expect(answer.status).toBe(204);
    expect(hub.sessions.reports).toEqual([{ ...report, exit: 3 }]);
  });

  it("are checked by type, field by field", async () => {
    for (const wrong of [{ port: "0" }, { port: "80; id" }, { host: "-oProxy" }, { job: "$(id)" }, { restarts: "-1" }, { extra: "x" }])
      expect((await enrol({ ...form, ...wrong })).status, JSON.stringify(wrong)).toBe(422);
    expect((await enrol(`${new URLSearchParams(form).toString()}&port=1`)).status).toBe(400);
    const json = await hub.ask("POST", JOB_PATHS.enrol, { body: form });
    expect(json.status).toBe(400);
  });

  it("are refused without the right token, and not repeated without end", async () => {
    const wrong = { ...form, token: "w".repeat(43) };
    for (let i = 0; i < 20; i += 1) expect(await enrol(wrong)).toMatchObject({ status: 403, json: { code: "enrolment_refused" } });
    expect(await enrol(wrong)).toMatchObject({ status: 429, headers: { "retry-after": "2" } });
    expect((await enrol(form, "10.0.0.2")).status).toBe(200);
    hub.advance(2000);
    expect((await enrol(form)).status).toBe(200);
  });

  it("get no answer that could forge a line", async () => {
    hub.sessions.enrolAnswer = { FAIRWAY_SECRET: "a\nPATH=/evil" };
    expect((await enrol(form)).status).toBe(500);
  });
});

describe("documents", () => {
  it("describe every operation in OpenAPI 3.1, made from the contract", async () => {
    const { json } = await hub.ask("GET", OPENAPI_PATH);
    expect(json?.openapi).toMatch(/^3\.1\./);
    const paths = json?.paths as Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
    for (const [name, operation] of Object.entries<ApiOperation>(API)) {
      const described = paths[operation.path.replace(/:(\w+)/, "{$1}")]?.[operation.method.toLowerCase()];
      expect(described?.operationId).toBe(name);
      expect(described?.responses).toHaveProperty(String(operation.status));
    }
    const launch = paths["/api/v1/sessions"]?.post as unknown as {
      requestBody: { content: Record<string, { schema: { required: string[] } }> };
    };
    expect(launch.requestBody.content["application/json"]?.schema.required).toEqual(["profile"]);
  });

  it("say that the hub lives", async () => {
    expect(await hub.ask("GET", "/api/v1/health")).toMatchObject({ status: 200, json: { ok: true } });
  });
});
