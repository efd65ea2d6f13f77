/** An edge on a port of its own with a hub and an app, and clients that show every byte. */
import { type IncomingHttpHeaders, request } from "node:http";
import { request as tlsRequest } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import type { EdgeConfig } from "../src/config.ts";
import { type Edge, startEdge } from "../src/edge.ts";
import type { Limits } from "../src/limits.ts";
import { readText, type TestHub } from "./test-hub.ts";

export interface EdgeWishes {
  readonly config?: Partial<EdgeConfig>;
  readonly limits?: Partial<Limits>;
  readonly clock?: () => number;
}

export class TestEdge {
  readonly edge: Edge;
  readonly log: string[];
  readonly isTls: boolean;

  private constructor(edge: Edge, log: string[], isTls: boolean) {
    this.edge = edge;
    this.log = log;
    this.isTls = isTls;
  }

  static async start(hub: TestHub, wishes: EdgeWishes = {}): Promise<TestEdge> {
    const log: string[] = [];
    const config: EdgeConfig = {
      baseUrl: "/",
      siteName: "Test site",
      publicOrigins: [],
      listeners: [{ kind: "tcp", address: "127.0.0.1", port: 0, tls: null }],
      trustedProxies: [],
      hubSocket: hub.hubSocket,
      feedSocket: hub.feedSocket,
      snapshotFile: join(hub.dir, "snapshot.json"),
      doorSocket: null,
      terminalsSocket: null,
      webDir: join(hub.dir, "web"),
      accessLog: true,
      ...wishes.config,
    };
    const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(line) });
    const edge = await startEdge(config, {
      logger,
      limits: { feedRetryMaxMs: 50, hubRetryMs: 20, snapshotDelayMs: 5, drainMs: 500, ...wishes.limits },
      ...(wishes.clock === undefined ? {} : { clock: wishes.clock }),
    });
    const first = config.listeners[0]!;
    return new TestEdge(edge, log, first.kind === "tcp" && first.tls !== null);
  }

  get port(): number {
    return (this.edge.addresses[0] as AddressInfo).port;
  }

  /** The host as our client names it. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get origin(): string {
    return `${this.isTls ? "https" : "http"}://${this.host}`;
  }

  /** Waits until the feed's snapshot is in. */
  async knowsHub(): Promise<void> {
    await until(() => this.log.some((line) => line.includes("feed is here")));
  }

  async close(): Promise<void> {
    await this.edge.close();
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
  /** What problem+json or our echoing app says. */
  json(): Record<string, unknown>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** One request on a connection of its own. */
export async function ask(edge: TestEdge, path: string, { method = "GET", headers = {}, body }: Ask = {}): Promise<Answer> {
  const send = edge.isTls ? tlsRequest : request;
  return new Promise((resolve, reject) => {
    const req = send({ host: "127.0.0.1", port: edge.port, path, method, headers, agent: false, rejectUnauthorized: false }, (res) => {
      readText(res).then((text) => {
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          rawHeaders: res.rawHeaders,
          body: text,
          trailers: res.trailers,
          json: () => JSON.parse(text) as Record<string, unknown>,
        });
      }, reject);
    });
    req.on("error", reject);
    req.end(body);
  });
}

/**
 * Sends bytes as they are and returns all that comes back until the edge closes, or its answer falls silent; how soon
 * that begins is another matter.
 */
export async function askRaw(edge: TestEdge, bytes: string, silenceMs = 300): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(edge.port, "127.0.0.1");
    let text = "";
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on("data", (chunk) => {
      socket.setTimeout(silenceMs);
      text += chunk.toString("latin1");
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(text));
    socket.write(bytes, "latin1");
  });
}

/** Waits for something to become true, and says what did not. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 50_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within 50 s: ${String(isTrue)}`);
    await delay(5);
  }
}

/** Headers an echoing app received, by lower-case name. */
export function echoed(answer: Answer): Map<string, string[]> {
  const raw = answer.json().rawHeaders as string[];
  const seen = new Map<string, string[]>();
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    seen.set(name, [...(seen.get(name) ?? []), raw[at + 1]!]);
  }
  return seen;
}
