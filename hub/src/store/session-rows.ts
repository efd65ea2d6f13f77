/** Between a session as the hub knows it and its row in the table. */
import { JobView, Resources } from "@fairway/contract/sessions.ts";
import { z } from "zod";
import type { SessionRow, SessionsTable } from "./schema.ts";

const Options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** What a new session must say of itself; the rest begins empty. */
export type NewSession = Pick<
  SessionRow,
  | "id"
  | "user"
  | "name"
  | "app"
  | "appTitle"
  | "profile"
  | "profileTitle"
  | "options"
  | "resources"
  | "workingDirectory"
  | "cluster"
  | "jobName"
  | "createdAt"
> &
  Partial<SessionRow>;

/** What may change in a session's life; what it is may not. */
export type SessionPatch = Partial<Omit<SessionRow, "id" | "user" | "name" | "jobName" | "createdAt">>;

export function toNewRow(session: NewSession): SessionsTable {
  return {
    state: "requested",
    reason: null,
    stateSince: session.createdAt,
    jobId: null,
    restarts: 0,
    enrolledAt: null,
    enrolledJob: null,
    enrolledRestarts: null,
    enrolNonceHash: null,
    host: null,
    port: null,
    exitCode: null,
    detail: null,
    submitStartedAt: null,
    submitAttempts: 0,
    stopRequestedAt: null,
    stopReason: null,
    readyAt: null,
    endedAt: null,
    lastActivityAt: null,
    ...session,
    options: JSON.stringify(session.options),
    resources: JSON.stringify(session.resources),
    job: session.job ? JSON.stringify(session.job) : null,
  };
}

export function toRowPatch(patch: SessionPatch): Partial<SessionsTable> {
  const { options, resources, job, ...plain } = patch;
  return {
    ...plain,
    ...(options === undefined ? {} : { options: JSON.stringify(options) }),
    ...(resources === undefined ? {} : { resources: JSON.stringify(resources) }),
    ...(job === undefined ? {} : { job: job === null ? null : JSON.stringify(job) }),
  };
}

export function toSession(row: SessionsTable): SessionRow {
  return {
    ...row,
    options: Options.parse(JSON.parse(row.options)),
    resources: Resources.parse(JSON.parse(row.resources)),
    job: row.job === null ? null : JobView.parse(JSON.parse(row.job)),
  };
}
