/** Sessions as the API shows them, and what a launch asks for. */
import { z } from "zod";
import { END_CAUSES } from "./end-causes.ts";
import { ConfigName, SessionId, SessionName } from "./names.ts";
import { ROUTES } from "./routes.ts";
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
  reservation: z.string().nullable().default(null),
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
  endsAt: EpochMs.nullable().describe("when its time limit ends it; null while it is suspended: the limit does not run then"),
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

/** The scheduler's plan, or its answer to a trial submission. It may change; hence its age. */
export const ExpectedStart = z.object({ at: EpochMs, asOf: EpochMs, source: z.enum(["queue", "trial"]) });
export type ExpectedStart = z.infer<typeof ExpectedStart>;

/** Its place while it waits: in our own line to the cluster, then in the cluster's queue. */
export const Waiting = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("sending"), ahead: z.number().int().nonnegative().describe("launches that are sent to this cluster first") }),
  z.object({
    kind: z.literal("queue"),
    partition: z.string().nullable(),
    ahead: z.number().int().nonnegative().nullable().describe("pending jobs of its partition with a higher priority; null: not known"),
    of: z.number().int().positive().nullable().describe("pending jobs of its partition, this one included"),
    expectedStart: ExpectedStart.nullable(),
    asOf: EpochMs,
  }),
]);
export type Waiting = z.infer<typeof Waiting>;

/** May the time limit be raised now? */
export const Extension = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("possible"),
    bySeconds: z.number().int().positive().describe("what one extension adds"),
    latestEndsAt: EpochMs.describe("no extension leads beyond this"),
  }),
  z.object({ kind: z.literal("refused"), line: z.string().describe("why not, and what to do instead") }),
]);
export type Extension = z.infer<typeof Extension>;

/** Why it ended badly, as far as can be told. */
export const Ending = z.object({
  cause: z.enum(END_CAUSES),
  line: z.string(),
  next: z.string().nullable(),
  lastLines: z.array(z.string()).describe("of the job's log"),
});
export type Ending = z.infer<typeof Ending>;

/** What accounting says it used of what it had. Fractions are 0 to 1; null: not known here. */
export const Usage = z.object({
  elapsedSeconds: z.number().nonnegative(),
  cpuSeconds: z.number().nonnegative().nullable(),
  cpuFraction: z.number().nonnegative().nullable(),
  maxMemoryBytes: z.number().int().nonnegative().nullable(),
  memoryFraction: z.number().nonnegative().nullable(),
  gpuFraction: z.number().nonnegative().nullable(),
  hint: z.string().nullable().describe("what to ask for next time, when much was wasted or nearly too little"),
});
export type Usage = z.infer<typeof Usage>;

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
  openUrl: z.string().describe("where Open leads: url, or what the launch asked to be opened below it"),
  runsAs: z.string().describe("the account its job runs as"),
  exitCode: z.number().int().nullable(),
  detail: z.string().nullable().describe("the cluster's own words, e.g. sbatch's refusal"),
  createdAt: EpochMs,
  readyAt: EpochMs.nullable(),
  endedAt: EpochMs.nullable(),
  lastActivityAt: EpochMs.nullable(),
  waiting: Waiting.nullable().describe("while it is not started"),
  warnAt: z.array(EpochMs).describe("when people are warned of its end, while it runs"),
  extension: Extension.nullable().describe("while it runs with a time limit"),
  idle: z.object({ since: EpochMs, stopsAt: EpochMs }).nullable().describe("nothing happens in it, and its profile stops what is idle"),
  ending: Ending.nullable().describe("when it ended badly"),
  usage: Usage.nullable().describe("some time after its end, where accounting tells"),
  route: z.enum(ROUTES).nullable().describe("how Fairway reaches it, once that is known"),
  ssh: z.boolean().describe("ssh, sftp and forwards into it are possible now"),
});
export type Session = z.infer<typeof Session>;

export const OptionValue = z.union([z.string().max(1000), z.number(), z.boolean()]);

/**
 * Below a session's own URL, with a query if wanted: `lab/tree/x.ipynb`, `git-pull?repo=…`. A browser that
 * puts it behind `/user/NAME/` comes to no other place: no step upwards (`..`, however a browser would
 * read it), no backslash (which it takes for a slash), nothing invisible, no scheme, no host.
 */
export const OpenPath = z
  .string()
  .max(2000)
  .regex(/^(?![/\\])[^\s\\\p{Cc}\p{Cf}\p{Cs}]*$/u, "a path below the session's own address")
  .refine((path) => !/^[a-z][a-z0-9+.-]*:/i.test(path) && !leadsUpwards(path), "leads elsewhere");

/** `%2e` is a dot to a browser; to the app, so is `%252e` once somebody has decoded it, which is the app's matter. */
function leadsUpwards(path: string): boolean {
  const segments = (path.split(/[?#]/, 1)[0] ?? "").split("/");
  return segments.some((segment) => /^(?:\.|%2e){2}$/i.test(segment));
}

export const LaunchRequest = z
  .object({
    profile: ConfigName,
    name: SessionName.default(""),
    options: z.record(ConfigName, OptionValue).default({}),
    open: OpenPath.default("").describe("what to open in it once it is ready"),
  })
  .strict();
export type LaunchRequest = z.input<typeof LaunchRequest>;

export const SessionList = z.object({ sessions: z.array(Session), now: EpochMs });

export const SessionQuery = z
  .object({
    show: z.enum(["open", "ended", "all"]).default("all"),
    user: z.string().optional().describe("another user's sessions, or \"*\" for everybody's (administrators)"),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    before: z.coerce
      .number()
      .int()
      .nonnegative()
      .optional()
      .describe("only those created before this (epoch ms): the next page, by the last one's createdAt"),
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
