/**
 * Everything by `curl` and by a stock Jupyter client with a token; and nothing of it by anybody else.
 */
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { KernelManager, ServerConnection } from "@jupyterlab/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Fixture, killHub, liveJobs, type Person, startSite, until } from "./fixture.ts";

let site: Fixture;
let alice: Person;
let bob: Person;
let id: string;

beforeAll(async () => {
  site = await startSite("clients", 18_103, { baseUrl: "/jupyter/" });
  [alice, bob] = await Promise.all([site.person("alice"), site.person("bob")]);
  ({ id } = await alice.launch({ profile: "jupyterlab" }));
  await alice.waitFor(id, ["ready"]);
});
afterAll(async () => site?.end());

test("a stock Jupyter client runs a cell on the compute node over its WebSocket", async () => {
  const { job } = await alice.session(id);
  const output = await runCell("import socket; print(socket.gethostname())");
  expect(output.trim()).toBe(job?.node);
  expect(["c1", "c2"]).toContain(output.trim());
});

async function runCell(code: string): Promise<string> {
  const baseUrl = `${site.url}/user/alice/`;
  const serverSettings = ServerConnection.makeSettings({
    baseUrl,
    wsUrl: baseUrl.replace("http", "ws"),
    token: alice.token,
    appendToken: false,
    // A stock browser client cannot set headers on a WebSocket; a stock program can, and does.
    WebSocket: class extends WebSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols, { headers: { authorization: `token ${alice.token}` } });
      }
    } as unknown as typeof globalThis.WebSocket,
  });
  const kernels = new KernelManager({ serverSettings });
  const kernel = await kernels.startNew({ name: "python3" });
  let text = "";
  try {
    const future = kernel.requestExecute({ code });
    future.onIOPub = (message) => {
      if (message.header.msg_type === "stream") text += (message.content as { text: string }).text;
    };
    await future.done;
  } finally {
    await kernel.shutdown();
    kernel.dispose();
    kernels.dispose();
  }
  return text;
}

const TRIES = [
  { method: "GET", path: "/user/alice/api/status" },
  { method: "POST", path: "/user/alice/api/kernels", body: "{}" },
  { method: "PUT", path: "/user/alice/api/contents/x.txt", body: "{}" },
  { method: "DELETE", path: "/user/alice/api/kernels/1" },
] as const;

test.each(TRIES)("bob's token and cookie get 403 on alice's session: $method", async ({ method, path, ...rest }) => {
  const init = { method, ...("body" in rest ? { body: rest.body } : {}) };
  expect((await bob.api(path, init)).status).toBe(403);
  const byCookie = await fetch(`${site.url}${path}`, {
    ...init,
    redirect: "manual",
    headers: { cookie: bob.cookie, "sec-fetch-site": "same-origin", "content-type": "application/json" },
  });
  expect(byCookie.status).toBe(403);
});

test("an upgrade to a WebSocket: alice may, bob may not, nobody else may", async () => {
  const path = "/user/alice/api/events/subscribe";
  const origin = new URL(site.url).origin;
  expect(await upgrade(path, { authorization: `token ${alice.token}` })).toBe(101);
  expect(await upgrade(path, { cookie: alice.cookie, origin })).toBe(101);
  expect(await upgrade(path, { cookie: alice.cookie, origin: "https://evil.example" })).toBe(403);
  expect(await upgrade(path, { authorization: `token ${bob.token}` })).toBe(403);
  expect(await upgrade(path, { cookie: bob.cookie, origin })).toBe(403);
  expect(await upgrade(path, {})).toBe(401);
});

test("an open WebSocket outlives a restart of the hub, and ends when its token is revoked", async () => {
  const made = await alice.json<{ token: string; info: { id: string } }>("/api/v1/tokens", {
    method: "POST",
    body: JSON.stringify({ note: "to be revoked" }),
  });
  const headers = { authorization: `token ${made.token}` };
  const socket = new WebSocket(`${site.url.replace("http", "ws")}/user/alice/api/events/subscribe`, { headers });
  let isClosed = false;
  socket.once("close", () => {
    isClosed = true;
  });
  await once(socket, "open");
  await killHub(site.testbed);
  await until("the next hub to answer", 20_000, async () => (await alice.api("/api/v1/me")).ok);
  expect(isClosed).toBe(false);
  const pong = once(socket, "pong");
  socket.ping();
  await pong;

  await alice.json(`/api/v1/tokens/${made.info.id}`, { method: "DELETE" });
  await until("the socket of the revoked token to be closed", 60_000, async () => isClosed);
});

function upgrade(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${site.url.replace("http", "ws")}${path}`, { headers });
    socket.once("open", () => {
      resolve(101);
      socket.close();
    });
    socket.once("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once("error", reject);
  });
}

test("no credentials: a program gets 401, a browser the sign-in page", async () => {
  const program = await fetch(`${site.url}/user/alice/api/status`, { redirect: "manual" });
  expect(program.status).toBe(401);
  const browser = await navigate(`${site.url}/user/alice/lab`);
  expect(browser.statusCode).toBe(302);
  expect(browser.headers.location).toMatch(/^\/jupyter\/hub\/login\?next=/);
});

/** As a browser's address bar does it; fetch() marks its requests as a script's. */
async function navigate(url: string): Promise<IncomingMessage> {
  const outgoing = get(url, { headers: { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" } });
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  answer.resume();
  return answer;
}

test("bob can neither see, stop nor read the log of alice's session, nor list her sessions", async () => {
  for (const [method, path] of [
    ["GET", `/api/v1/sessions/${id}`],
    ["DELETE", `/api/v1/sessions/${id}`],
    ["GET", `/api/v1/sessions/${id}/log`],
    ["GET", `/api/v1/sessions/${id}/events`],
    ["POST", `/api/v1/sessions/${id}/relaunch`],
  ] as const) {
    expect((await bob.api(path, { method })).status).toBe(404);
  }
  expect((await bob.api("/api/v1/sessions?user=alice")).status).toBe(403);
  expect((await bob.api("/api/v1/sessions?user=*")).status).toBe(403);
});

test("a token without the scope for it opens no session and starts none", async () => {
  const { token } = await alice.json<{ token: string }>("/api/v1/tokens", {
    method: "POST",
    body: JSON.stringify({ note: "read only", scopes: ["read:servers"] }),
  });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${site.url}${path}`, {
      ...init,
      redirect: "manual",
      headers: { authorization: `token ${token}`, "content-type": "application/json" },
    });
  expect((await ask(`/api/v1/sessions/${id}`)).status).toBe(200);
  expect((await ask("/user/alice/api/status")).status).toBe(403);
  expect((await ask("/api/v1/sessions", { method: "POST", body: '{"profile":"noop","name":"x"}' })).status).toBe(403);
});

test("carol has no Slurm account: she is told so before anything is sent", async () => {
  const carol = await site.person("carol");
  const answer = await carol.api("/api/v1/sessions", { method: "POST", body: '{"profile":"noop"}' });
  expect([answer.status, await answer.json()]).toEqual([
    422,
    expect.objectContaining({ code: "invalid_input", detail: expect.stringContaining("carol has no account") as unknown }),
  ]);
  const { sessions } = await carol.json<{ sessions: unknown[] }>("/api/v1/sessions");
  expect(sessions).toEqual([]);
});

test("what nobody could know before, the cluster refuses in its own words", async () => {
  const partition = (state: string) => site.testbed.mustExec("head", ["scontrol", "update", "PartitionName=batch", `State=${state}`]);
  // Refusing her has it read the rules anew: the next change is news to it.
  await (await site.person("carol")).api("/api/v1/sessions", { method: "POST", body: '{"profile":"noop"}' });
  await partition("INACTIVE");
  try {
    const session = await bob.launch({ profile: "noop", name: "too-late" });
    const ended = await bob.waitFor(session.id, ["ended"]);
    expect([ended.reason, ended.detail]).toEqual(["submit_failed", expect.stringContaining("partition not available")]);
  } finally {
    await partition("UP");
  }
});

const HOSTILE = ["$(touch /tmp/x)", "`id`", "a;b", "a b", "a\nb", "--help", "-x", "'", '"', "|", "&", "\0", "é", "../..", "*"];

test.each(HOSTILE)("a shell metacharacter in any text field is refused, and nothing is submitted: %j", async (text) => {
  const bodies = [
    { profile: text },
    { profile: "noop", name: text },
    { profile: "custom", name: "h", options: { account: text } },
    { profile: "custom", name: "h", options: { partition: text } },
    { profile: "custom", name: "h", options: { cpus: text } },
    { profile: "custom", name: "h", options: { [text]: 1 } },
  ];
  const before = await bob.json<{ sessions: unknown[] }>("/api/v1/sessions");
  for (const body of bodies) {
    const answer = await bob.api("/api/v1/sessions", { method: "POST", body: JSON.stringify(body) });
    expect(answer.status, JSON.stringify(body)).toBe(422);
    expect(((await answer.json()) as { fields: unknown[] }).fields.length).toBeGreaterThan(0);
  }
  expect((await bob.json<{ sessions: unknown[] }>("/api/v1/sessions")).sessions).toHaveLength(before.sessions.length);
});

test("options out of bounds, unknown fields, a large body, odd user names: a clear 4xx", async () => {
  const post = (body: string) => bob.api("/api/v1/sessions", { method: "POST", body });
  for (const cpus of [0, 17, 1.5, 1e9, -1]) expect((await post(JSON.stringify({ profile: "custom", options: { cpus } }))).status).toBe(422);
  expect((await post('{"profile":"custom","options":{"cpus":"2"}}')).status).toBe(422);
  expect((await post('{"profile":"noop","command":"id"}')).status).toBe(422);
  expect((await post('{"profile":"noop","options":{"qos":"x"}}')).status).toBe(422);
  expect((await post("{")).status).toBe(400);
  expect((await post(`{"profile":"${"x".repeat(1_000_000)}"}`)).status).toBe(413);
  for (const username of ["Alice", "alice ", "root", "..", "-u", "a/b", "$(id)", "alice\n", "x".repeat(64)]) {
    const answer = await fetch(`${site.url}/api/v1/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password: "fairway" }),
    });
    expect([401, 422, 429], username).toContain(answer.status);
  }
});

test("the session is stopped, and Slurm's queue is empty", async () => {
  await alice.stop(id);
  expect(await liveJobs(site.testbed)).toEqual([]);
  await until("the edge to say that it is gone", 20_000, async () => (await alice.api("/user/alice/api/status")).status === 424);
});
