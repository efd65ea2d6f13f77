/**
 * Does the app of a session answer, and is it really that app? Connects as the edge will: pinned TLS,
 * the session's secret. The secret is sent only after the other end has shown the pinned key.
 */
import { request } from "node:http";
import { connect as connectTcp, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { NotANode, resolveNode } from "./node-address.ts";
import { toPin } from "./session-keys.ts";

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** What the cluster itself calls the node, see `node-address.ts`. */
  readonly node: string | null;
  /** Null: plain TCP. */
  readonly pin: string | null;
  readonly path: string;
  readonly header: { readonly header: string; readonly value: string };
}

export type ProbeResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: "refused" | "silent" | "other_key" | "bad_answer" | "not_a_node"; readonly detail: string };

/** One try, over within `timeoutMs`. Never throws: not answering is the answer. */
export async function probe(target: ProbeTarget, timeoutMs: number, signal: AbortSignal): Promise<ProbeResult> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let socket: Socket | null = null;
  try {
    socket = await connect(target, deadline);
    const status = await untilAborted(ask(socket, target), deadline);
    return status < 400 ? { ok: true } : { ok: false, why: "bad_answer", detail: `HTTP ${status}` };
  } catch (error) {
    if (error instanceof NotANode) return { ok: false, why: "not_a_node", detail: error.message };
    if (error instanceof OtherKey) return { ok: false, why: "other_key", detail: "something else listens on its port" };
    const code = (error as NodeJS.ErrnoException).code;
    return code === "ECONNREFUSED"
      ? { ok: false, why: "refused", detail: "connection refused" }
      : { ok: false, why: "silent", detail: code ?? "no answer in time" };
  } finally {
    socket?.destroy();
  }
}

class OtherKey extends Error {}

async function connect(target: ProbeTarget, signal: AbortSignal): Promise<Socket> {
  const { host, port, node, pin } = target;
  const addresses = await untilAborted(resolveNode(host, node), signal);
  // Exactly the addresses that were looked at: a name may mean another one a moment later.
  const lookup: LookupFunction = (_host, _options, callback) => callback(null, [...addresses]);
  const where = { host, port, lookup, autoSelectFamily: true };
  return new Promise((resolve, reject) => {
    // The key is pinned, so no name and no authority is asked: whoever holds the key is the session.
    const socket = pin === null ? connectTcp(where) : connectTls({ ...where, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(new Error("no answer in time"));
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

function shownPin(socket: Socket): string | null {
  const raw = "getPeerX509Certificate" in socket ? (socket as TLSSocket).getPeerX509Certificate() : undefined;
  try {
    return raw === undefined ? null : toPin(raw.publicKey);
  } catch {
    // A kind of key that we cannot read is not the one that we made.
    return null;
  }
}

/** What cannot be called off need not be waited for. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error("no answer in time"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject);
  });
}

/** May never settle: an upgrade that nobody asked for, say, ends neither well nor badly. */
function ask(socket: Socket, target: ProbeTarget): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: `${target.host}:${target.port}`, connection: "close", [target.header.header]: target.header.value };
    const outgoing = request({ createConnection: () => socket, method: "GET", path: target.path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    // Also after the answer: ending the socket may end a body that is still coming.
    outgoing.on("error", reject);
    outgoing.end();
  });
}
