/**
 * The built portal before a hub that tells whatever a test wants: rare states cannot be waited for on
 * a real cluster. It keeps no rules; what the hub really does is shown by the tests on a testbed.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Cluster } from "@fairway/contract/accounts.ts";
import type { SessionEvent } from "@fairway/contract/api.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import * as scenes from "./scenes.ts";
import { SshApi } from "./ssh-api.ts";
import { StubDoor } from "./stub-door.ts";

const DIST = join(import.meta.dirname, "../../../web/dist");
const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-stub'; img-src 'self' data:; connect-src 'self'; font-src 'self'";

export interface StubHub {
  readonly url: string;
  /** What changes were asked for: "POST /api/v1/sessions/ready2222222/extend". */
  readonly asked: readonly string[];
  /** Shells for the terminal's page. */
  readonly door: StubDoor;
  /** Changes a session, and tells every open page. */
  tell(session: Session): void;
  /** The clusters are these now, and every open page is told. */
  tellClusters(clusters: readonly Cluster[]): void;
  end(): Promise<void>;
}

/** `shown`: the sessions that there are. `hasDoor` false: without SSH. @throws when the portal is not built. */
export async function startStubHub(shown: readonly Session[], { hasDoor = true } = {}): Promise<StubHub> {
  if (!existsSync(join(DIST, "index.html"))) throw new Error("the portal is not built: npm run build");
  const sessions = new Map(shown.map(toPresent).map((session) => [session.id, session]));
  const streams = new Set<ServerResponse>();
  const asked: string[] = [];
  const ssh = new SshApi(hasDoor);
  const door = new StubDoor();

  let clusters = scenes.clusters;

  const tellAll = (event: SessionEvent) => {
    for (const stream of streams) send(stream, event);
  };
  const tell = (session: Session) => {
    sessions.set(session.id, session);
    tellAll({ kind: "session", session });
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://stub");
    if (!url.pathname.startsWith("/api/")) return servePortal(url.pathname, response);
    if (request.method !== "GET" && !/\/launches\//.test(url.pathname)) asked.push(`${request.method} ${url.pathname}`);
    void answerApi({ request, response, url, sessions, clusters, streams, tell, ssh });
  });
  server.on("upgrade", (request, socket, head) => door.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    door,
    tell,
    tellClusters: (now) => {
      clusters = now;
      tellAll({ kind: "clusters", clusters: [...now] });
    },
    end: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        door.cut();
      }),
  };
}

const LOADED_AT = Date.now();

/** The scenes are as old as the test file; each test begins with them as they are meant. Only moments are that large. */
function toPresent(session: Session): Session {
  const move = (_: string, value: unknown) => (typeof value === "number" && value > 1e12 ? value + Date.now() - LOADED_AT : value);
  return JSON.parse(JSON.stringify(session), move) as Session;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly sessions: Map<string, Session>;
  readonly clusters: readonly Cluster[];
  readonly streams: Set<ServerResponse>;
  readonly tell: (session: Session) => void;
  readonly ssh: SshApi;
}

async function answerApi(call: Call): Promise<void> {
  const { request, response, url, sessions, clusters, streams, tell, ssh } = call;
  const [, , , resource = "", id = "", verb = "", more = ""] = url.pathname.split("/");
  const body = await readBody(request);
  const session = sessions.get(id);
  const ofSsh = ssh.answer(request.method ?? "", resource, id, body);
  if (ofSsh !== undefined) return json(response, ofSsh);
  switch (`${request.method} ${resource}${id === "" ? "" : resource === "launches" ? ` ${id}` : " :id"}${verb === "" ? "" : ` ${verb}`}`) {
    case "GET site":
      return json(response, scenes.site);
    case "GET me":
      return json(response, scenes.me);
    case "GET tokens":
      return json(response, { tokens: scenes.tokens });
    case "GET profiles":
      return json(response, { profiles: scenes.profiles });
    case "GET clusters":
      return json(response, { clusters });
    case "GET clusters :id":
      return json(response, scenes.offerOf(id));
    case "GET clusters :id files":
      return json(response, scenes.listFolder(url.searchParams.get("path") ?? ""));
    case "POST launches check":
      return json(response, scenes.checkOf((body as { options: Record<string, unknown> }).options));
    case "POST launches preview":
      return json(response, scenes.preview);
    case "GET events":
      stream(response);
      streams.add(response);
      response.once("close", () => streams.delete(response));
      for (const known of sessions.values()) send(response, { kind: "session", session: known });
      return;
    case "GET sessions":
      return json(response, listSessions([...sessions.values()], url.searchParams));
    case "GET sessions :id":
      return json(response, session ?? null);
    case "GET sessions :id alternatives":
      return json(response, { alternatives: scenes.alternatives, asOf: Date.now() - 15_000 });
    case "GET sessions :id log":
      if (more === "events") {
        stream(response);
        return send(response, toChunk(Number(url.searchParams.get("offset") ?? 0), session));
      }
      return json(response, toChunk(Number(url.searchParams.get("offset") ?? 0), session));
    case "POST sessions :id extend":
    case "POST sessions :id keep":
    case "POST sessions :id start-instead": {
      if (session === undefined) return json(response, null);
      const changed = toChanged(session, verb);
      tell(changed);
      if (verb === "start-instead") tell({ ...scenes.SESSIONS.starting, id: "successor222", name: session.name, createdAt: Date.now() });
      return json(response, changed);
    }
    default:
      return json(response, null);
  }
}

function toChanged(session: Session, verb: string): Session {
  if (verb === "keep") return { ...session, idle: null };
  if (verb === "start-instead") return { ...session, state: "stopping", label: "Stopping", waiting: null };
  const { job } = session;
  return { ...session, warnAt: [], job: job === null ? null : { ...job, endsAt: (job.endsAt ?? 0) + 3_600_000 } };
}

function listSessions(all: readonly Session[], query: URLSearchParams) {
  const show = query.get("show");
  const before = Number(query.get("before") ?? Number.MAX_SAFE_INTEGER);
  const fits = ({ state, createdAt }: Session) => createdAt < before && (show === "all" || (show === "ended") === (state === "ended"));
  const sessions = all.filter(fits).sort((a, b) => b.createdAt - a.createdAt);
  return { sessions: sessions.slice(0, Number(query.get("limit") ?? 50)), now: Date.now() };
}

function toChunk(offset: number, session: Session | undefined) {
  const log = session?.id === scenes.SESSIONS.ready.id ? scenes.LONG_LOG : scenes.SHORT_LOG;
  const state = session?.state === "ended" ? "complete" : "growing";
  return { text: log.slice(offset), offset, nextOffset: log.length, sizeBytes: log.length, state };
}

/** Null is what there is not, or what one may not see. */
function json(response: ServerResponse, value: unknown): void {
  if (value !== null) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
    return;
  }
  const problem = {
    type: "about:blank",
    title: "There is no such thing",
    status: 404,
    code: "not_found",
    detail: "You may not read this.",
  };
  response.writeHead(404, { "content-type": "application/problem+json" });
  response.end(JSON.stringify({ ...problem, next: "Choose another." }));
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
}

function send(response: ServerResponse, event: unknown): void {
  response.write(`data: ${JSON.stringify(event)}\n\n`);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  return text === "" ? {} : JSON.parse(text);
}

function servePortal(path: string, response: ServerResponse): void {
  const name = /^\/static\/([\w.-]+)$/.exec(path)?.[1];
  if (name !== undefined) {
    const file = join(DIST, "static", name);
    if (!existsSync(file)) {
      json(response, null);
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(readFileSync(file));
    return;
  }
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY });
  response.end(readFileSync(join(DIST, "index.html"), "utf8").replaceAll("%NONCE%", "stub").replaceAll("%BASE%", "/"));
}
