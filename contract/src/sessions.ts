/** Sessions as the API shows them, and what a launch asks for. */
import { z } from "zod";
import { ConfigName, SessionId, SessionName } from "./names.ts";
import { END_REASONS, SESSION_STATES } from "./states.ts";

const EpochMs = z.number().int().nonnegative().describe("UTC, milliseconds since 1970");

export const Resources = z.object({
  cpus: z.number().int().positive(),
  memoryBytes: z.number().int().positive().nullable().describe("null: the partition's default"),
  gpus: z.object({ type: z.string().nullable(), count: z.number().int().positive() }).nullable(),
  timeLimitSeconds: z.number().int().positive().nullable(),
  partition: z.string().nullable(),
  account: z.string().nullable(),
  qos: z.string().nullable(),
});
export type Resources = z.infer<typeof Resources>;

/** What the cluster says of the job, in its own words; null until it has an id. */
export const JobView = z.object({
  id: z.string(),
  state: z.string().describe("the scheduler's own state, e.g. PENDING"),
  pendingReason: z.string().nullable().describe("the scheduler's own code, e.g. Priority"),
  node: z.string().nullable(),
  submittedAt: EpochMs.nullable(),
  startedAt: EpochMs.nullable(),
  endsAt: EpochMs.nullable().describe("when its time limit ends it"),
  restarts: z.number().int().nonnegative(),
});
export type JobView = z.infer<typeof JobView>;

export const STEP_NAMES = ["send", "queue", "start", "answer"] as const;
/** A step of the way to ready: done, in progress since, or not yet. Never a percentage. */
export const Step = z.object({
  name: z.enum(STEP_NAMES),
  label: z.string(),
  status: z.enum(["done", "active", "todo"]),
  since: EpochMs.nullable(),
  seconds: z.number().nonnegative().nullable().describe("how long it took, when done"),
});
export type Step = z.infer<typeof Step>;

export const Session = z.object({
  id: SessionId,
  user: z.string(),
  name: z.string().describe('the slot; "" is the default session'),
  app: z.object({ name: z.string(), title: z.string() }),
  profile: z.object({ name: z.string(), title: z.string() }).nullable(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  cluster: z.object({ name: z.string(), title: z.string(), awaySince: EpochMs.nullable() }),
  state: z.enum(SESSION_STATES),
  reason: z.enum(END_REASONS).nullable(),
  stateSince: EpochMs,
  label: z.string().describe("the state in a word or two"),
  tone: z.enum(["busy", "waiting", "good", "warning", "bad", "quiet"]),
  line: z.string().describe("the state in a sentence"),
  next: z.string().nullable().describe("what to do now, when something is wrong"),
  job: JobView.nullable(),
  resources: Resources,
  steps: z.array(Step),
  url: z.string().describe("path of the running app on this site"),
  runsAs: z.string().describe("the account its job runs as"),
  exitCode: z.number().int().nullable(),
  detail: z.string().nullable().describe("the cluster's own words, e.g. sbatch's refusal"),
  createdAt: EpochMs,
  readyAt: EpochMs.nullable(),
  endedAt: EpochMs.nullable(),
  lastActivityAt: EpochMs.nullable(),
});
export type Session = z.infer<typeof Session>;

export const OptionValue = z.union([z.string().max(200), z.number(), z.boolean()]);

export const LaunchRequest = z
  .object({
    profile: ConfigName,
    name: SessionName.default(""),
    options: z.record(ConfigName, OptionValue).default({}),
  })
  .strict();
export type LaunchRequest = z.input<typeof LaunchRequest>;

export const SessionList = z.object({ sessions: z.array(Session), now: EpochMs });

export const SessionQuery = z
  .object({
    show: z.enum(["open", "ended", "all"]).default("all"),
    user: z.string().optional().describe("another user's sessions, or \"*\" for everybody's (administrators)"),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  })
  .strict();

export const LogQuery = z.object({ offset: z.coerce.number().int().nonnegative().default(0) }).strict();
/** A piece of the job's log, from `offset`; ask again from `nextOffset`. */
export const LogChunk = z.object({
  text: z.string(),
  offset: z.number().int(),
  nextOffset: z.number().int(),
  sizeBytes: z.number().int(),
  state: z.enum(["none", "growing", "complete"]),
});
export type LogChunk = z.infer<typeof LogChunk>;
