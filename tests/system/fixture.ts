/**
 * What the system tests share: Fairway on a testbed of its own, people who speak to it over HTTP as
 * any client would, and the means to kill it at a chosen line. It reaches into no module of ours.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "@fairway/contract/sessions.ts";
import { demoPassword, downTestbed, type Testbed, type TestbedOptions, upTestbed } from "@fairway/testbed/index.ts";
import { HTTP_PORT, installFairway, type SiteOptions, slurmNode, startFairway, stopFairway } from "../../deploy/demo/site.ts";

export interface Fixture {
  readonly testbed: Testbed;
  /** Origin and base URL, without the last slash. */
  readonly url: string;
  person(name: string): Promise<Person>;
  end(): Promise<void>;
}

/** Of the testbed: what the hub and the nodes reach, where the hub is, and how many nodes there are. */
export type Shape = Pick<TestbedOptions, "network" | "hubOn" | "computeNodes">;

/** Brings up Fairway, on a new testbed unless one is given. `port`: on this machine's loopback. */
export async function startSite(
  name: string,
  port: number,
  { testbed: given, shape, ...options }: SiteOptions & { readonly testbed?: Testbed; readonly shape?: Shape } = {},
): Promise<Fixture> {
  if (given === undefined) await downTestbed(name);
  const testbed = given ?? (await upTestbed({ name, ...shape }));
  await installFairway(testbed, options);
  await installGates(testbed);
  await startFairway(testbed, options);
  await testbed.publish("hub", HTTP_PORT, port);
  const url = `http://127.0.0.1:${port}${(options.baseUrl ?? "/").slice(0, -1)}`;
  return {
    testbed,
    url,
    person: (person) => signIn(url, person),
    end: async () => {
      try {
        await stopFairway(testbed);
      } finally {
        await testbed.down();
      }
    },
  };
}

export interface Person {
  readonly name: string;
  readonly token: string;
  readonly cookie: string;
  readonly xsrf: string;
  /** With the token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  json<T>(path: string, init?: RequestInit): Promise<T>;
  launch(body: object): Promise<Session>;
  session(id: string): Promise<Session>;
  /** Waits until it is in one of these states; fails, with what it was in, when it does not get there. */
  waitFor(id: string, states: readonly Session["state"][], timeoutMs?: number): Promise<Session>;
  stop(id: string): Promise<void>;
}

async function signIn(url: string, name: string): Promise<Person> {
  const answer = await fetch(`${url}/api/v1/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: name, password: demoPassword }),
  });
  if (!answer.ok) throw new Error(`${name} could not sign in: ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const { xsrf } = (await answer.json()) as { xsrf: string };
  const made = await fetch(`${url}/api/v1/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie, "x-xsrftoken": xsrf },
    body: JSON.stringify({ note: "system test" }),
  });
  const { token } = (await made.json()) as { token: string };
  return toPerson(url, name, token, cookie, xsrf);
}

function toPerson(url: string, name: string, token: string, cookie: string, xsrf: string): Person {
  const api: Person["api"] = (path, init = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      redirect: "manual",
      headers: { authorization: `Bearer ${token}`, ...(init.body == null ? {} : { "content-type": "application/json" }), ...init.headers },
    });
  const json = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const answer = await api(path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${init?.method ?? "GET"} ${path}: ${answer.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as T;
  };
  const session = (id: string) => json<Session>(`/api/v1/sessions/${id}`);
  return {
    name,
    token,
    cookie,
    xsrf,
    api,
    json,
    session,
    launch: (body) => json<Session>("/api/v1/sessions", { method: "POST", body: JSON.stringify(body) }),
    waitFor: async (id, states, timeoutMs = 60_000) => {
      const found = await waitForState(() => session(id), states, timeoutMs);
      if (found.state === "ready") await edgeToHear(new URL(found.url, url), token);
      return found;
    },
    stop: async (id) => {
      await json(`/api/v1/sessions/${id}`, { method: "DELETE" });
      await waitForState(() => session(id), ["ended"], 60_000);
    },
  };
}

/** The edge hears of a session from the hub, in its own time: until then it says that it is not there, or starts. */
async function edgeToHear(url: URL, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  await until(`the edge to have heard of ${url.pathname}`, 20_000, async () => {
    const { status } = await fetch(url, { headers, redirect: "manual" });
    return ![404, 424, 503].includes(status);
  });
}

/** While the hub is being killed its answers may fail: that is not what is waited for. */
async function waitForState(look: () => Promise<Session>, states: readonly Session["state"][], timeoutMs: number): Promise<Session> {
  const deadline = Date.now() + timeoutMs;
  let last: Session | null = null;
  let failure: unknown = null;
  while (Date.now() < deadline) {
    try {
      last = await look();
      if (states.includes(last.state)) return last;
    } catch (error) {
      failure = error;
    }
    await delay(100);
  }
  throw new Error(
    `still ${last === null ? "unknown" : `${last.state} (${last.line} ${last.detail ?? ""})`} after ${timeoutMs} ms, not ${states.join("/")}`,
    { cause: failure },
  );
}

/** Waits until `look` gives something. */
export async function until<T>(what: string, timeoutMs: number, look: () => Promise<T | null | false | undefined>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== null && found !== false && found !== undefined) return found;
    await delay(100);
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`);
}

export interface LiveJob {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly state: string;
}

/** Slurm's own truth: every job that is not over. */
export async function liveJobs(testbed: Testbed): Promise<LiveJob[]> {
  const text = await testbed.mustExec("head", ["squeue", "-h", "-o", "%i|%j|%u|%T"]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [id = "", name = "", user = "", state = ""] = line.split("|");
      return { id, name, user, state };
    })
    .filter((job) => job.state !== "COMPLETING");
}

/**
 * Programs on PATH before the real ones: sbatch and scancel stop at a gate while its file exists, and
 * say that they have come to it. So a kill can hit a chosen line; what runs behind is the real Slurm.
 */
async function installGates(testbed: Testbed): Promise<void> {
  const node = slurmNode(testbed);
  for (const program of ["sbatch", "scancel"]) {
    const script = `#!/bin/sh
gate() { [ ! -e "/gates/$1" ] || { touch "/gates/$1.reached"; while [ -e "/gates/$1" ]; do sleep 0.05; done; }; }
gate ${program}-before
/usr/bin/${program} "$@"; code=$?
gate ${program}-after
exit $code
`;
    await testbed.mustExec(node, ["tee", `/usr/local/bin/${program}`], { stdin: script });
    await testbed.mustExec(node, ["chmod", "755", `/usr/local/bin/${program}`]);
  }
  await testbed.mustExec(node, ["install", "-d", "-m", "1777", "/gates"]);
}

export type Gate = "sbatch-before" | "sbatch-after" | "scancel-before";

export async function closeGate(testbed: Testbed, gate: Gate): Promise<void> {
  await testbed.mustExec("hub", ["touch", `/gates/${gate}`]);
}

export async function openGate(testbed: Testbed, gate: Gate): Promise<void> {
  await testbed.mustExec("hub", ["rm", "-f", `/gates/${gate}`, `/gates/${gate}.reached`]);
}

export async function waitAtGate(testbed: Testbed, gate: Gate): Promise<void> {
  await until(
    `${gate} to be reached`,
    20_000,
    async () => (await testbed.exec("hub", ["test", "-e", `/gates/${gate}.reached`])).code === 0,
  );
}

/** SIGKILL to the hub alone; its supervisor starts another. */
export async function killHub(testbed: Testbed): Promise<void> {
  await testbed.mustExec("hub", ["pkill", "-KILL", "-f", "hub/src/main.ts hub --config"]);
}

/** A power cut of the hub's processes and of whatever it had started. */
export async function killSubmissions(testbed: Testbed): Promise<void> {
  await testbed.exec("hub", ["pkill", "-KILL", "-f", "/usr/local/bin/sbatch"]);
  await testbed.exec("hub", ["pkill", "-KILL", "-f", "^timeout .*--job-name=fw-"]);
  await testbed.exec("hub", ["pkill", "-KILL", "-f", "sbatch --parsable"]);
}
