/**
 * Browsers' terminals: WebSockets that the edge has let in and hands over on a Unix socket which nobody else
 * reaches. The edge says who it is; what they may, the hub is asked.
 */
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { DoorCredential, TERMINAL_CREDENTIAL_HEADER } from "@fairway/contract/door.ts";
import { readTerminalSegment } from "@fairway/contract/names.ts";
import type { Logger } from "pino";
import { WebSocketServer } from "ws";
import type { Live } from "../live.ts";
import type { SessionLinks } from "../session-link.ts";
import { type ConversationTimes, converse } from "./conversation.ts";
import { type Caller, type ShellLimits, Shells, type ShellsParts, type TerminalHub } from "./shells.ts";

export interface TerminalsParts {
  /** In a folder that only Fairway's account reaches. */
  readonly socketPath: string;
  readonly hub: TerminalHub;
  readonly audit: ShellsParts["audit"];
  readonly links: SessionLinks;
  readonly live: Live;
  readonly onUse: ShellsParts["onUse"];
  readonly logger: Logger;
  readonly clock?: () => number;
  readonly limits?: Partial<TerminalLimits>;
}

export interface TerminalLimits extends ShellLimits, ConversationTimes {
  /** Of one message from a browser. */
  readonly messageBytes: number;
  /** WebSockets of one person, with and without a shell. */
  readonly socketsPerUser: number;
}

export const DEFAULT_TERMINAL_LIMITS: TerminalLimits = {
  shellsPerUser: 8,
  keptMs: 600_000,
  outputBytes: 256 * 1024,
  windowBytes: 128 * 1024,
  attachMs: 10_000,
  pingMs: 20_000,
  pollMs: 1000,
  messageBytes: 64 * 1024,
  socketsPerUser: 16,
};

export interface Terminals {
  readonly shells: Pick<Shells, "size">;
  close(): Promise<void>;
}

/** @throws {Error} when the socket cannot be listened on. */
export async function openTerminals(parts: TerminalsParts): Promise<Terminals> {
  const { socketPath, hub, audit, links, live, onUse, logger, clock = Date.now } = parts;
  const limits = { ...DEFAULT_TERMINAL_LIMITS, ...parts.limits };
  const shells = new Shells({ hub, audit, links, live, onUse, clock, limits });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes });
  const countOf = new Map<string, number>();

  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const caller = readCaller(request, clock());
    if (caller === null) return refuse(socket, "401 Unauthorized");
    const { user } = caller.credential;
    const count = countOf.get(user) ?? 0;
    if (count >= limits.socketsPerUser) return refuse(socket, "429 Too Many Requests");
    countOf.set(user, count + 1);
    socket.once("close", () => {
      const left = (countOf.get(user) ?? 1) - 1;
      if (left === 0) countOf.delete(user);
      else countOf.set(user, left);
    });
    sockets.handleUpgrade(request, socket, head, (client) => converse({ socket: client, caller, shells, clock, times: limits, logger }));
  });
  rmSync(socketPath, { force: true });
  server.listen(socketPath);
  await once(server, "listening");
  chmodSync(socketPath, 0o600);

  return {
    shells,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      await shells.close();
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Null for what the edge would not send. */
function readCaller({ url, headers }: IncomingMessage, now: number): Caller | null {
  const place = readTerminalSegment(/\/terminal\/([^/?]+)\/socket(?:\?|$)/.exec(url ?? "")?.[1] ?? "");
  const header = headers[TERMINAL_CREDENTIAL_HEADER];
  if (place === null || typeof header !== "string") return null;
  const credential = DoorCredential.safeParse(parseJson(header)).data;
  if (credential === undefined || (credential.kind !== "login" && credential.kind !== "token")) return null;
  return { credential, since: now, place, address: String(headers["x-forwarded-for"] ?? "").slice(0, 64) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no credential at all
  }
}

function refuse(socket: Socket, status: string): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
