/** A hub for tests: the real application on a Unix socket, a real SQLite store, real identity. */
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { Pool } from "undici";
import type { OfferService } from "../../clusters/types.ts";
import { createIdentity } from "../../identity/index.ts";
import { createDemoProvider } from "../../identity/providers/demo.ts";
import type { IdentityService } from "../../identity/types.ts";
import { openTemporaryStore } from "../../store/testing/sample.ts";
import { createApp } from "../app.ts";
import type { StreamLimits } from "../event-stream.ts";
import { listenOnSocket } from "../listen.ts";
import { createLog } from "../log.ts";
import { MemoryLogs, noLaunches, noLifetimes, noOffers } from "./memory-services.ts";
import { MemorySessions } from "./memory-sessions.ts";

export const ORIGIN = "https://hub.example";
/** As the edge says of every request it passes on. */
export const FROM_EDGE = { "x-forwarded-proto": "https", "x-forwarded-host": "hub.example", "x-forwarded-for": "192.0.2.1" };

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** Parsed JSON, or null. */
  readonly json: Record<string, unknown> | null;
  readonly setCookies: readonly string[];
}

export interface Ask {
  readonly headers?: Record<string, string>;
  readonly body?: string | object;
}

export interface TestHub {
  readonly identity: IdentityService;
  readonly sessions: MemorySessions;
  readonly logs: MemoryLogs;
  readonly pool: Pool;
  readonly socketPath: string;
  /** Everything that was logged so far. */
  log(): string;
  ask(method: "GET" | "POST" | "DELETE" | "PUT", path: string, ask?: Ask): Promise<Answer>;
  /** Signs in; answers the headers that a browser's page would send from then on. */
  signIn(user: string): Promise<{ cookie: string; "x-xsrftoken": string }>;
  advance(ms: number): void;
  /** Ends the hub alone, as when it restarts under a running edge. */
  close: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function startHub(options: { baseUrl?: string; streamLimits?: StreamLimits; offers?: OfferService } = {}): Promise<TestHub> {
  const { baseUrl = "/", streamLimits = {}, offers = noOffers } = options;
  const { store, path, remove } = await openTemporaryStore();
  let now = 1_700_000_000_000;
  const clock = { now: () => now };
  const users = new Map(["alice", "bob", "carol"].map((name) => [name, `${name}-password`]));
  const providers = [createDemoProvider({ users, isDemo: true })];
  const identity = await createIdentity({ store, clock, masterKey: randomBytes(32), providers, admins: ["carol"] });
  const sessions = new MemorySessions();
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const site = { name: "Test", accent: null, version: "0.0.1", demo: true, providers: [...identity.providers], demoUsers: [] };
  const logs = new MemoryLogs(sessions);
  const { sshAccess, deviceSignIns } = identity;
  const services = { logs, launches: noLaunches, lifetimes: noLifetimes, offers, groupsOf: async () => [], sshAccess, deviceSignIns };
  const app = createApp({ identity, sessions, ...services, site, baseUrl, clock, log: createLog("debug", destination), streamLimits });
  const socketPath = join(dirname(path), "hub.sock");
  await listenOnSocket(app, socketPath);
  const pool = new Pool("http://hub", { socketPath });

  const ask: TestHub["ask"] = async (method, route, { headers = {}, body } = {}) => {
    const isJson = typeof body === "object";
    const answer = await pool.request({
      method,
      path: baseUrl + route.slice(1),
      headers: { ...FROM_EDGE, ...(isJson && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
    });
    const text = await answer.body.text();
    const hasJson = /json/.test(String(answer.headers["content-type"]));
    const json = hasJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : null;
    return { status: answer.statusCode, headers: answer.headers, text, json, setCookies: [answer.headers["set-cookie"] ?? []].flat() };
  };

  return {
    identity,
    sessions,
    logs,
    pool,
    socketPath,
    log: () => lines.join(""),
    ask,
    async signIn(user) {
      const answer = await ask("POST", "/api/v1/sign-in", { body: { username: user, password: `${user}-password` } });
      const cookie = answer.setCookies.map((line) => line.split(";", 1)[0]).join("; ");
      return { cookie, "x-xsrftoken": String(answer.json?.xsrf) };
    },
    advance(ms) {
      now += ms;
    },
    close: async () => app.close(),
    async stop() {
      await app.close();
      await pool.destroy();
      await remove();
    },
  };
}
