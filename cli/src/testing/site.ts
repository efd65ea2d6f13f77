/** A site that speaks the contract over real HTTP, for tests: what it answers passes the contract's schemas. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { API, type ApiName, type ApiOperation } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { LogChunk, Session } from "@fairway/contract/sessions.ts";

export interface Asked {
  readonly name: ApiName;
  readonly authorization: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What the site answers; throw an AppError to refuse. */
export type Answers = Partial<Record<ApiName, (asked: Asked) => unknown>>;

export interface TestSite {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Tells those who watch; resolves at once. */
  push(session: Session): void;
  /** A piece of the log, for those who follow it. */
  pushLog(chunk: LogChunk): void;
  /** Tells those who watch that a cluster went away or came back. */
  pushClusters(): void;
  /** Breaks every open event stream, as a hub that restarts does. */
  breakStreams(): void;
  /** Resolves when this many streams have been opened in all. */
  streamOpened(count: number): Promise<void>;
  close(): Promise<void>;
}

interface SiteOptions {
  readonly base?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** By how much its clock is ahead of this machine's. */
  readonly aheadMs?: number;
}

export async function startSite(answers: Answers, options: SiteOptions = {}): Promise<TestSite> {
  const base = options.base ?? "/";
  const asked: Asked[] = [];
  const streams = new Map<ServerResponse, ApiName>();
  const opened = new EventTarget();
  let openedCount = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader("date", new Date(Date.now() + (options.aheadMs ?? 0)).toUTCString());
    const call = await readCall(request, base);
    if (call === null) return sendProblem(response, new AppError("not_found", "There is no such path."));
    asked.push(call);
    const operation: ApiOperation = API[call.name];
    if (operation.scope !== "anyone" && call.authorization !== "token right") {
      return sendProblem(response, new AppError("not_signed_in", "The token is not valid."));
    }
    if (operation.events !== undefined) {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
      streams.set(response, call.name);
      response.on("close", () => streams.delete(response));
      openedCount += 1;
      opened.dispatchEvent(new Event("opened"));
      return;
    }
    try {
      const answer: unknown = await answers[call.name]?.(call);
      if (operation.response === undefined) return void response.writeHead(operation.status).end();
      const text = JSON.stringify(operation.response.parse(answer));
      response.writeHead(operation.status, { "content-type": "application/json" }).end(text);
    } catch (error) {
      sendProblem(response, error instanceof AppError ? error : new AppError("internal", String(error)));
    }
  };
  const tell = (data: unknown, isMeant: (name: ApiName) => boolean): void => {
    for (const [stream, name] of streams) if (isMeant(name)) stream.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}${base}`,
    asked,
    push(session) {
      tell({ kind: "session", session }, (name) => name !== "logEvents");
    },
    pushLog(chunk) {
      tell(chunk, (name) => name === "logEvents");
    },
    pushClusters() {
      tell({ kind: "clusters", clusters: [] }, (name) => name !== "logEvents");
    },
    breakStreams() {
      for (const stream of streams.keys()) stream.destroy();
    },
    async streamOpened(count) {
      while (openedCount < count) await once(opened, "opened");
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readCall(request: IncomingMessage, base: string): Promise<Asked | null> {
  const url = new URL(request.url ?? "/", "http://site");
  const path = url.pathname.startsWith(base) ? `/${url.pathname.slice(base.length)}` : "";
  for (const [name, operation] of Object.entries(API)) {
    const names = [...operation.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? "");
    const match = new RegExp(`^${operation.path.replace(/:\w+/g, "([^/]+)")}$`).exec(path);
    if (match === null || operation.method !== request.method) continue;
    const text = (await request.setEncoding("utf8").toArray()).join("");
    return {
      name: name as ApiName,
      authorization: request.headers.authorization,
      params: Object.fromEntries(names.map((param, index) => [param, match[index + 1] ?? ""])),
      query: Object.fromEntries(url.searchParams),
      body: text === "" ? null : JSON.parse(text),
    };
  }
  return null;
}

function sendProblem(response: ServerResponse, error: AppError): void {
  response.writeHead(error.status, { "content-type": "application/problem+json" }).end(JSON.stringify(error.toProblem()));
}
