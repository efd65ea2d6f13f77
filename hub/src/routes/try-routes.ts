/**
 * Which ways lead to a node: each is tried, at once and within seconds. Nothing is sent; whether the port is
 * the right one is not asked here. A refusal is an answer: the way to the node is open.
 */
import { once } from "node:events";
import { connect, type LookupFunction } from "node:net";
import type { RouteKind } from "@fairway/contract/routes.ts";
import { untilAborted } from "../pause.ts";
import { NotANode, resolveNode } from "../sessions/node-address.ts";
import type { Forwards, Reach } from "../transports/types.ts";

/** How it went; `detail` is for people and never empty. */
export interface RouteReport {
  readonly route: RouteKind;
  readonly ok: boolean;
  readonly detail: string;
  readonly ms: number;
}

export interface RouteTarget {
  /** Null: its address is not known, so only a tunnel could do. */
  readonly host: string | null;
  readonly port: number;
  /** What the cluster itself calls the node, see `node-address.ts`; null while it has not told. */
  readonly node: string | null;
  /** Null: the cluster has no login node. */
  readonly forwards: Forwards | null;
}

/** A login node far away takes a second for a connection; a job waits for this with its enrolment. */
export const TRY_MS = 3000;

/** The `detail` of a try that could not be made for want of the cluster's word. */
export const NODE_UNKNOWN = "the cluster has not named its node yet";

/** Reports on `direct` and, where there is a login node, `ssh`. A tunnel is the job's to open: see `toTunnelReport`. Never throws. */
export async function tryRoutes(target: RouteTarget, timeoutMs: number, signal: AbortSignal): Promise<readonly RouteReport[]> {
  const { host, port, node, forwards } = target;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const tries: Promise<RouteReport>[] = [report("direct", host === null ? unknownAddress() : reachDirectly(host, port, node, deadline))];
  if (forwards !== null)
    tries.push(report("ssh", host === null ? unknownAddress() : reachBySsh(forwards, { host, port }, timeoutMs, deadline)));
  return Promise.all(tries);
}

/** Whether a job could open a tunnel; that it gets through is seen when it has. */
export function toTunnelReport({ hasDoor, hasSsh }: { hasDoor: boolean; hasSsh: boolean }): RouteReport {
  const detail = !hasDoor ? "this site has no door" : hasSsh ? "its node has an ssh client" : "its node has no ssh client";
  return { route: "tunnel", ok: hasDoor && hasSsh, detail, ms: 0 };
}

/** "direct: no answer in time; ssh: through in 12 ms" */
export function describeReports(reports: readonly RouteReport[]): string {
  return reports.map(({ route, ok, detail, ms }) => `${route}: ${ok && ms > 0 ? `${detail} in ${ms} ms` : detail}`).join("; ");
}

async function report(route: RouteKind, reach: Promise<Reach>): Promise<RouteReport> {
  const result = await reach;
  return result.ok
    ? { route, ok: true, detail: "through", ms: Math.max(1, Math.round(result.ms)) }
    : { route, ok: false, detail: result.detail, ms: 0 };
}

const unknownAddress = async (): Promise<Reach> => ({ ok: false, detail: NODE_UNKNOWN });

async function reachBySsh(
  forwards: Forwards,
  target: { host: string; port: number },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Reach> {
  try {
    return await forwards.tryReach(target, timeoutMs, signal);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : "the login node could not be asked" };
  }
}

async function reachDirectly(host: string, port: number, node: string | null, signal: AbortSignal): Promise<Reach> {
  const begunAt = performance.now();
  try {
    await connectOnce(host, port, node, signal);
  } catch (error) {
    if (error instanceof NotANode) return { ok: false, detail: node === null ? NODE_UNKNOWN : error.message };
    if (!isRefusal(error)) return { ok: false, detail: describeFailure(error) };
  }
  return { ok: true, ms: performance.now() - begunAt };
}

async function connectOnce(host: string, port: number, node: string | null, signal: AbortSignal): Promise<void> {
  const addresses = await untilAborted(resolveNode(host, node), signal);
  // Exactly the addresses that were looked at: a name may mean another one a moment later.
  const lookup: LookupFunction = (_host, _options, callback) => callback(null, [...addresses]);
  const socket = connect({ host, port, lookup, autoSelectFamily: true, signal });
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}

/** Of several addresses one that refuses is enough. */
function isRefusal(error: unknown): boolean {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.some((each) => codeOf(each) === "ECONNREFUSED");
}

function describeFailure(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  switch (codeOf(first)) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its name is not known here";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EACCES":
    case "EPERM":
      return "there is no way to it from here";
    default:
      return "no answer in time";
  }
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : undefined);
