/**
 * Does the app of a session answer, and is it really that app? Connects as the edge will: pinned TLS,
 * the session's secret. The secret is sent only after the other end has shown the pinned key.
 */
import { type IncomingMessage, request } from "node:http";
import { connect as connectTcp, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type TLSSocket } from "node:tls";
import { untilAborted } from "../pause.ts";
import { NotANode, resolveNode } from "./node-address.ts";
import { toPin } from "./session-keys.ts";
import type { Where } from "./upstream.ts";

export interface ProbeTarget {
  readonly where: Where;
  /** What the cluster itself calls the node, see `node-address.ts`. */
  readonly node: string | null;
  /** Null: plain TCP. */
  readonly pin: string | null;
  readonly path: string;
  readonly header: { readonly header: string; readonly value: string };
  /** JSON that is posted; without it, the question is a GET. */
  readonly body?: string;
}

export type ProbeResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly why: "refused" | "silent" | "other_key" | "bad_answer" | "not_a_node" | "no_way";
      readonly detail: string;
    };

const NO_ANSWER = "no answer in time";

/** One try, over within `timeoutMs`. Never throws: not answering is the answer. */
export async function probe(target: ProbeTarget, timeoutMs: number, signal: AbortSignal): Promise<ProbeResult> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let socket: Socket | null = null;
  try {
    socket = await connect(target, deadline);
    const { status } = await untilAborted(ask(socket, target, 0), deadline);
    return status < 400 ? { ok: true } : { ok: false, why: "bad_answer", detail: `HTTP ${status}` };
  } catch (error) {
    if (error instanceof NotANode) return { ok: false, why: "not_a_node", detail: error.message };
    if (error instanceof OtherKey) return { ok: false, why: "other_key", detail: "something else listens on its port" };
    const code = deadline.aborted ? undefined : (error as NodeJS.ErrnoException).code;
    if (code === "ECONNREFUSED") return { ok: false, why: "refused", detail: "connection refused" };
    if (code === "ENOENT") return { ok: false, why: "no_way", detail: "the way to its node is not open" };
    return { ok: false, why: "silent", detail: code ?? NO_ANSWER };
  } finally {
    socket?.destroy();
  }
}

/** What an app answered; `date`: by its own clock (epoch ms), where it told. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly date: number | null;
}

/** One question, with its answer's body. @throws when there is none within `timeoutMs`, or somebody else answers */
export async function askOnce(target: ProbeTarget, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let socket: Socket | null = null;
  try {
    socket = await connect(target, deadline);
    return await untilAborted(ask(socket, target, MAX_BODY_BYTES), deadline);
  } catch (error) {
    throw deadline.aborted ? new Error(NO_ANSWER, { cause: error }) : error;
  } finally {
    socket?.destroy();
  }
}

class OtherKey extends Error {}

/** It holds nothing of anybody's, and takes longer to make than a handshake. */
const secureContext = createSecureContext();

const MAX_BODY_BYTES = 1024 * 1024;

async function connect(target: ProbeTarget, signal: AbortSignal): Promise<Socket> {
  const { pin } = target;
  const where = await locate(target, signal);
  return new Promise((resolve, reject) => {
    // The key is pinned, so no name and no authority is asked: whoever holds the key is the session.
    const socket =
      pin === null ? connectTcp(where) : connectTls({ ...where, secureContext, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", fail);
    socket.once(pin === null ? "connect" : "secureConnect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", fail);
      if (pin !== null && shownPin(socket) !== pin) return fail(new OtherKey());
      resolve(socket);
    });
  });
}

/** A Unix socket is one of our own; a node's address is looked at before anything is sent there. */
async function locate({ where, node }: ProbeTarget, signal: AbortSignal) {
  if (where.kind === "unix") return { path: where.path };
  const { host, port } = where;
  const addresses = await untilAborted(resolveNode(host, node), signal);
  // Exactly the addresses that were looked at: a name may mean another one a moment later.
  const lookup: LookupFunction = (_host, _options, callback) => callback(null, [...addresses]);
  return { host, port, lookup, autoSelectFamily: true };
}

function shownPin(socket: Socket): string | null {
  const raw = "getPeerX509Certificate" in socket ? (socket as TLSSocket).getPeerX509Certificate() : undefined;
  try {
    return raw === undefined ? null : toPin(raw.publicKey);
  } catch {
    // A kind of key that we cannot read is not the one that we made.
    return null;
  }
}

/** May never settle: an upgrade that nobody asked for, say, ends neither well nor badly. `maxBytes` 0: the body is no matter. */
function ask(socket: Socket, target: ProbeTarget, maxBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, path, where } = target;
    const headers = {
      host: where.kind === "unix" ? "localhost" : `${where.host}:${where.port}`,
      connection: "close",
      [target.header.header]: target.header.value,
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    };
    const method = body === undefined ? "GET" : "POST";
    const outgoing = request({ createConnection: () => socket, method, path, headers }, (response) => {
      const date = Date.parse(response.headers.date ?? "");
      const head = { status: response.statusCode ?? 0, date: Number.isNaN(date) ? null : date };
      if (maxBytes === 0) {
        response.resume();
        resolve({ ...head, body: "" });
        return;
      }
      readBody(response, maxBytes).then((body) => resolve({ ...head, body }), reject);
    });
    // Also after the answer: ending the socket may end a body that is still coming.
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`its answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
