/** Between a session as the hub knows it and its row in the table. */
import { Ending, JobView, Resources, Usage } from "@fairway/contract/sessions.ts";
import { z } from "zod";
import type { SessionRow, SessionsTable } from "./schema.ts";

const Options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const SuccessorJson = z.object({
  options: Options,
  resources: Resources,
  workingDirectory: z.string().nullable(),
  openPath: z.string(),
});

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
    sshActivityAt: null,
    openPath: "",
    countedGroups: "",
    warnedEndsAt: null,
    warnedMarkMs: null,
    idleSince: null,
    idleWarnedAt: null,
    keptAt: null,
    settledAt: null,
    route: null,
    sshdPort: null,
    ...session,
    options: JSON.stringify(session.options),
    resources: JSON.stringify(session.resources),
    job: toJson(session.job),
    successor: toJson(session.successor),
    ending: toJson(session.ending),
    usage: toJson(session.usage),
  };
}

export function toRowPatch(patch: SessionPatch): Partial<SessionsTable> {
  const { options, resources, job, successor, ending, usage, ...plain } = patch;
  return {
    ...plain,
    ...(options === undefined ? {} : { options: JSON.stringify(options) }),
    ...(resources === undefined ? {} : { resources: JSON.stringify(resources) }),
    ...(job === undefined ? {} : { job: toJson(job) }),
    ...(successor === undefined ? {} : { successor: toJson(successor) }),
    ...(ending === undefined ? {} : { ending: toJson(ending) }),
    ...(usage === undefined ? {} : { usage: toJson(usage) }),
  };
}

export function toSession(row: SessionsTable): SessionRow {
  return {
    ...row,
    options: Options.parse(JSON.parse(row.options)),
    resources: Resources.parse(JSON.parse(row.resources)),
    job: fromJson(JobView, row.job),
    successor: fromJson(SuccessorJson, row.successor),
    ending: fromJson(Ending, row.ending),
    usage: fromJson(Usage, row.usage),
  };
}

const toJson = (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value));
const fromJson = <T>(schema: z.ZodType<T>, text: string | null) => (text === null ? null : schema.parse(JSON.parse(text)));
