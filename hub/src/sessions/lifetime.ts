/**
 * How long a running session may go on: raising its time limit, and saying that it is still used.
 * The new end is the cluster's to tell: nothing here writes one down.
 */
import { AppError } from "@fairway/contract/errors.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { SessionState } from "@fairway/contract/states.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import { LAUNCHER_REFUSED } from "../transports/types.ts";
import { ensureOwn, ensureScope } from "./access.ts";
import type { SessionChanges } from "./changes.ts";
import { RELAUNCH, toExtension } from "./extension.ts";
import type { LifetimeRules } from "./lifetime-rules.ts";
import { Serial } from "./serial.ts";
import type { Actor, LifetimeService } from "./types.ts";

export interface LifetimeOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly rules: LifetimeRules;
  /** What in the cluster's rules speaks against so many seconds in all for this session; null: nothing. */
  readonly refuseTime: (row: SessionRow, totalSeconds: number) => Promise<string | null>;
  readonly now: () => number;
  /** Ask this cluster's queue soon. */
  readonly kick: (cluster: string) => void;
  readonly view: (row: SessionRow) => Session;
  readonly audit: (entry: { actor: Actor; action: string; target: string; outcome: string; detail: string }) => Promise<void>;
}

const MINUTE_MS = 60_000;
/** What is suspended, too: whoever was warned before it was must not be too late afterwards. */
const HAS_BEGUN: readonly SessionState[] = ["ready", "unreachable", "suspended"];
/** So long until the answer is given without the cluster's word for the new end; viewers hear of it as soon as it comes. */
const CONFIRM_MS = 15_000;

export function createLifetimeService(options: LifetimeOptions): LifetimeService {
  // One after the other: the second of two clicks begins where the first led.
  const serial = new Serial();
  return {
    async extend(actor, id, seconds) {
      ensureScope(actor, "start:servers");
      await ensureOwn(options.store, actor, id, null);
      return serial.run(id, () => extend(actor, id, seconds, options));
    },
    async keep(actor, id) {
      ensureScope(actor, "start:servers");
      const row = await ensureOwn(options.store, actor, id, null);
      return options.view(await keep(row, options));
    },
  };
}

async function extend(actor: Actor, id: string, seconds: number | undefined, options: LifetimeOptions): Promise<Session> {
  const { store, changes, rules, now, kick, view, audit } = options;
  const row = await ensureOwn(store, actor, id, null);
  const cluster = options.clusters.get(row.cluster);
  const extension = toExtension(row, rules.extension(row), now());
  const { startedAt = null, endsAt = null } = row.job ?? {};
  if (cluster === undefined || row.jobId === null || extension === null || startedAt === null || endsAt === null)
    throw new AppError("conflict", "It does not run with a time limit that could be raised.", { next: "See its page for how it is." });
  if (extension.kind === "refused") throw new AppError("conflict", extension.line);
  const wantedEnd = endsAt + (seconds ?? extension.bySeconds) * 1000;
  if (wantedEnd > extension.latestEndsAt) throw tooLong(extension.latestEndsAt - endsAt);
  const totalMinutes = Math.ceil((wantedEnd - startedAt) / MINUTE_MS);
  const refusal = await options.refuseTime(row, totalMinutes * 60);
  if (refusal !== null) throw new AppError("conflict", refusal, { next: RELAUNCH });
  const target = `${row.user}/${row.id}`;
  const detail = `job ${row.jobId}: ${totalMinutes} min in all`;
  const record = (outcome: string) => audit({ actor, action: "session.extend", target, outcome, detail });
  // Before the act: a hub that dies in the middle must not have used an operator's rights unseen.
  await record("asked");
  const watch = changes.watch(id);
  try {
    await raiseLimit(row, row.jobId, cluster, totalMinutes).catch(async (error: unknown) => {
      await record(error instanceof AppError && error.code === "conflict" ? "refused" : "failed");
      throw error;
    });
    await record("done");
    kick(cluster.name);
    // By half a minute less: Slurm's minutes need not be ours to the second.
    return view(await confirm(id, startedAt + totalMinutes * MINUTE_MS - MINUTE_MS / 2, watch, options));
  } finally {
    watch.close();
  }
}

function tooLong(mostMs: number): AppError {
  const most = Math.max(1, Math.floor(mostMs / MINUTE_MS));
  return new AppError("conflict", `It can be extended by at most ${most} more minutes.`, { next: "Ask for less." });
}

/** @throws conflict when the operator script or Slurm refuses, cluster_away when neither could be asked */
async function raiseLimit(row: SessionRow, jobId: string, cluster: Cluster, totalMinutes: number): Promise<void> {
  const { scheduler, transport, config } = cluster;
  const args = scheduler.insight?.buildExtendArguments(jobId, row.jobName, totalMinutes);
  if (args === undefined || transport.asOperator === null)
    throw new AppError("conflict", `${cluster.title} does not let time limits be raised from here.`);
  const result = await transport.asOperator(args, { timeoutMs: config.command_timeout }).catch((cause: unknown) => {
    throw new AppError("cluster_away", `${cluster.title} could not be asked for more time.`, { cause, next: "Try again in a moment." });
  });
  if (result.exitCode === 0) return;
  const said = result.stderr.trim().split("\n").at(-1) ?? "";
  if (result.exitCode === LAUNCHER_REFUSED)
    throw new AppError("conflict", `The time limit was not raised: ${said.replace(/^fairway operator: /, "")}.`, {
      next: RELAUNCH,
    });
  throw new AppError("cluster_away", `${cluster.title} did not raise the time limit: ${said}`, { next: "Try again in a moment." });
}

/** Waits until the cluster itself tells the new end, or for so long. @returns the row as it is by then */
async function confirm(id: string, end: number, watch: ReturnType<SessionChanges["watch"]>, options: LifetimeOptions): Promise<SessionRow> {
  const deadline = AbortSignal.timeout(CONFIRM_MS);
  for (;;) {
    const row = await options.store.get(id);
    if (row === null) throw new AppError("not_found", "There is no such session.");
    const isTold = (row.job?.endsAt ?? 0) >= end;
    if (isTold || row.state === "ended" || deadline.aborted) return row;
    await watch.wait(CONFIRM_MS, deadline);
  }
}

async function keep(row: SessionRow, { store, changes, now }: LifetimeOptions): Promise<SessionRow> {
  for (let current = row; ; ) {
    if (!HAS_BEGUN.includes(current.state)) throw new AppError("conflict", "It does not run.", { next: "See its page for how it is." });
    // Said again and again it changes nothing, and its history would grow with every word.
    const isSaid = current.idleWarnedAt === null && current.keptAt !== null && Math.abs(now() - current.keptAt) < MINUTE_MS;
    if (isSaid) return current;
    const kept = await store.noteTimes(
      row.id,
      current,
      { idleSince: null, idleWarnedAt: null, keptAt: now() },
      { at: now(), event: "kept" },
    );
    if (kept !== null) {
      await changes.retell(row.id);
      return kept;
    }
    // It was warned, or ended, in this moment: look again.
    const again = await store.get(row.id);
    if (again === null) throw new AppError("not_found", "There is no such session.");
    current = again;
  }
}
