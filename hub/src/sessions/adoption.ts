/**
 * Jobs of ours that the database does not know, or believes to be over: after a restore from a backup.
 * Nothing that runs is killed for that; it is taken in, shown to its owner, and can be stopped.
 */
import { ConfigName, SessionId, SessionName, UserName } from "@fairway/contract/names.ts";
import { z } from "zod";
import type { Cluster } from "../clusters/cluster.ts";
import { CancelRefused, type Job } from "../schedulers/types.ts";
import type { SessionRow } from "../store/schema.ts";
import { type NewSession, type SessionStore, SlotTaken } from "../store/sessions.ts";
import type { App } from "./apps.ts";
import type { SessionChanges } from "./changes.ts";

/** What `job-request.ts` writes beside the job. Its owner may have changed it: it is checked, and only ever speaks for its owner. */
const JobComment = z.object({
  fairway: z.object({ user: UserName, name: SessionName, app: ConfigName, profile: ConfigName.nullable() }),
});

export interface AdoptionOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly apps: ReadonlyMap<string, App>;
  readonly namePrefix: string;
  readonly now: () => number;
  readonly onNote: (note: string, job: Job) => void;
}

export async function adoptJob(job: Job, cluster: Cluster, options: AdoptionOptions, signal: AbortSignal): Promise<void> {
  const { store, changes, now, onNote } = options;
  const known = await store.byJobName(job.name);
  if (known !== null) return settleKnown(known, job, cluster, options, signal);
  const row = toRow(job, cluster, options);
  if (row === null) return onNote("a job carries our name but nothing that says whose session it is; left alone", job);
  const inserted = await insertSomewhere(row, store, now());
  if (inserted === null) return onNote("both its slot and the one beside it are taken; left alone", job);
  changes.announce({ row: inserted, from: null });
  await changes.apply(inserted.id, { kind: "job-seen", job, askedAt: now() });
  onNote("taken in: it runs, and the database did not know it", job);
}

/** The row says it ended. Where we had ended it on purpose, that is carried out; else it is somebody's work, and stays. */
async function settleKnown(row: SessionRow, job: Job, cluster: Cluster, { onNote }: AdoptionOptions, signal: AbortSignal): Promise<void> {
  if (row.stopReason === null) return onNote(`still runs although its session ended (${row.reason ?? "unknown"}); left alone`, job);
  try {
    await cluster.scheduler.cancel(cluster.transport.actAs, row.user, job, { timeoutMs: cluster.config.command_timeout, signal });
    onNote("ended: its session had been stopped", job);
  } catch (error) {
    if (!(error instanceof CancelRefused)) throw error;
    // Asked again at our next start: nothing changes by asking for everybody's jobs until then.
    onNote(`still runs although its session had been stopped, and this gateway may not end it: ${error.detail}`, job);
  }
}

function toRow(job: Job, cluster: Cluster, { apps, namePrefix, now }: AdoptionOptions): NewSession | null {
  const id = SessionId.safeParse(job.name.slice(namePrefix.length));
  const comment = JobComment.safeParse(parseJson(job.comment));
  if (!id.success || !comment.success) return null;
  const { user, name, app, profile } = comment.data.fairway;
  if (cluster.transport.accountOf(user) !== job.user) return null;
  return {
    id: id.data,
    user,
    name,
    app,
    appTitle: apps.get(app)?.title ?? app,
    profile,
    profileTitle: profile,
    options: {},
    resources: {
      cpus: 1,
      memoryBytes: null,
      gpus: null,
      timeLimitSeconds: null,
      partition: null,
      account: null,
      qos: null,
      reservation: null,
    },
    workingDirectory: null,
    cluster: cluster.name,
    jobName: job.name,
    jobId: job.id,
    state: "pending",
    createdAt: job.submittedAt ?? now(),
    submitAttempts: 1,
    submitStartedAt: job.submittedAt ?? now(),
  };
}

/**
 * In its own slot, or beside it when somebody has begun anew there (it can then be seen and stopped, not
 * opened). Null when that is taken, too: only somebody who forges names gets there.
 */
async function insertSomewhere(row: NewSession, store: SessionStore, at: number): Promise<SessionRow | null> {
  for (const name of [row.name, `found-${row.id.slice(0, 6)}`]) {
    try {
      return await store.insert({ ...row, name }, { at, event: "adopted" });
    } catch (error) {
      if (!(error instanceof SlotTaken)) throw error;
    }
  }
  return null;
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    // Changed by its owner, or cut by the scheduler: then it says nothing.
    return null;
  }
}
