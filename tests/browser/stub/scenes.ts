/**
 * What the stub hub tells: each state that the portal can show and a real cluster shows rarely, with
 * every field as the contract has it. Times are relative to when it is asked for.
 */
import type { Cluster, Me, Site, Token } from "@fairway/contract/accounts.ts";
import type { ClusterOffer, FileList, PartitionOffer } from "@fairway/contract/clusters.ts";
import type { Alternative, LaunchCheck, LaunchPreview } from "@fairway/contract/launching.ts";
import type { Profile, ProfileOption } from "@fairway/contract/profiles.ts";
import type { Resources, Session, Step } from "@fairway/contract/sessions.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const GB = 1024 ** 3;
const now = Date.now();

export const site: Site = {
  name: "Harbour",
  accent: null,
  version: "0.1.0",
  demo: false,
  providers: [{ id: "local", kind: "password", label: "Sign in" }],
  demoUsers: [],
};

export const me: Me = {
  name: "alice",
  role: "user",
  scopes: ["self"],
  xsrf: "stub",
  limits: { running: 8, allowed: 10, source: "the group physics" },
  groups: ["physics"],
};

export const tokens: readonly Token[] = [
  {
    id: "token2222222",
    note: "nightly script",
    scopes: ["self"],
    createdAt: now - 20 * HOUR,
    lastUsedAt: now - HOUR,
    expiresAt: now + 700 * HOUR,
  },
];

const harbour = { name: "harbour", title: "Harbour", awaySince: null };
const resources: Resources = {
  cpus: 8,
  memoryBytes: 16 * GB,
  gpus: null,
  timeLimitSeconds: 4 * 3600,
  partition: "gpu",
  account: "physics",
  qos: null,
  reservation: null,
};

const STEP_LABELS = {
  send: "Sent to the cluster",
  queue: "Waited in the queue",
  start: "Job started on its node",
  answer: "App answers",
} as const;

/** The first `done` steps are done, the next is in progress. */
function toSteps(done: number): Step[] {
  return (["send", "queue", "start", "answer"] as const).map((name, index) => ({
    name,
    label: STEP_LABELS[name],
    status: index < done ? "done" : index === done ? "active" : "todo",
    since: index === done ? now - 12 * SECOND : null,
    seconds: index < done ? 0.4 + index * 3 : null,
  }));
}

let count = 0;

function makeSession(changes: Partial<Session> & Pick<Session, "id">): Session {
  count += 1;
  const running = { id: String(4700 + count), state: "RUNNING", pendingReason: null, node: "c2", restarts: 0 };
  return {
    user: "alice",
    name: count === 1 ? "" : `s-${count}`,
    app: { name: "jupyterlab", title: "JupyterLab" },
    profile: { name: "flexible", title: "As you like" },
    options: { cpus: 8, partition: "gpu" },
    cluster: harbour,
    state: "ready",
    reason: null,
    stateSince: now - HOUR,
    label: "Ready",
    tone: "good",
    line: "JupyterLab is running on c2.",
    next: null,
    job: { ...running, submittedAt: now - HOUR, startedAt: now - HOUR, endsAt: now + 3 * HOUR },
    resources,
    steps: toSteps(4),
    url: "/user/alice/",
    openUrl: "/user/alice/",
    runsAs: "alice",
    exitCode: null,
    detail: null,
    createdAt: now - HOUR - count * SECOND,
    readyAt: now - HOUR,
    endedAt: null,
    lastActivityAt: now - 2 * MINUTE,
    waiting: null,
    warnAt: [],
    extension: { kind: "possible", bySeconds: 3600, latestEndsAt: now + 8 * HOUR },
    idle: null,
    ending: null,
    usage: null,
    route: null,
    ssh: false,
    ...changes,
  };
}

const pending = {
  state: "pending",
  label: "Waiting",
  tone: "waiting",
  line: "Other jobs have a higher priority.",
  readyAt: null,
  extension: null,
  steps: toSteps(1),
} as const satisfies Partial<Session>;

const pendingJob = {
  id: "4711",
  state: "PENDING",
  pendingReason: "Priority",
  node: null,
  submittedAt: now - 5 * MINUTE,
  startedAt: null,
  endsAt: null,
  restarts: 0,
};

const ended = { state: "ended", extension: null, endedAt: now - 10 * MINUTE, stateSince: now - 10 * MINUTE } as const;

export const SESSIONS = {
  ready: makeSession({ id: "ready2222222", route: "tunnel", ssh: true }),
  short: makeSession({
    id: "short2222222",
    job: {
      ...pendingJob,
      id: "4712",
      state: "RUNNING",
      pendingReason: null,
      node: "c1",
      startedAt: now - 2 * HOUR,
      endsAt: now + 8 * MINUTE,
    },
    warnAt: [now - 20 * MINUTE, now - 2 * MINUTE],
    line: "JupyterLab is running on c1.",
  }),
  refused: makeSession({
    id: "refused22222",
    extension: { kind: "refused", line: "It already has the longest time that gpu allows: 4 h." },
  }),
  idle: makeSession({
    id: "idle22222222",
    extension: null,
    idle: { since: now - 51 * MINUTE, stopsAt: now + 9 * MINUTE },
  }),
  waiting: makeSession({
    ...pending,
    id: "waiting22222",
    job: pendingJob,
    waiting: {
      kind: "queue",
      partition: "gpu",
      ahead: 3,
      of: 12,
      expectedStart: { at: now + 25 * MINUTE, asOf: now - 24 * SECOND, source: "queue" },
      asOf: now - 24 * SECOND,
    },
  }),
  trial: makeSession({
    ...pending,
    id: "trial2222222",
    job: { ...pendingJob, id: "4713", pendingReason: "QOSMaxJobsPerUserLimit" },
    line: "You have as many running jobs as your QoS allows.",
    next: "It starts when one of them ends. Stop one that you no longer need.",
    waiting: {
      kind: "queue",
      partition: "gpu",
      ahead: null,
      of: 12,
      expectedStart: { at: now + 26 * HOUR, asOf: now - 3 * MINUTE, source: "trial" },
      asOf: now - 24 * SECOND,
    },
  }),
  sending: makeSession({
    ...pending,
    id: "sending22222",
    state: "requested",
    label: "Sending",
    tone: "busy",
    line: "Asking Harbour for the resources.",
    job: null,
    steps: toSteps(0),
    waiting: { kind: "sending", ahead: 4 },
  }),
  starting: makeSession({
    id: "starting2222",
    state: "starting",
    label: "Starting",
    tone: "busy",
    line: "JupyterLab is starting on c2.",
    readyAt: null,
    extension: null,
    steps: toSteps(2),
  }),
  memory: makeSession({
    ...ended,
    id: "memory222222",
    reason: "out_of_memory",
    label: "Out of memory",
    tone: "bad",
    line: "It ran out of memory: it had 16 GB.",
    next: "Launch it again with more memory.",
    exitCode: 137,
    ending: {
      cause: "out_of_memory",
      line: "It ran out of memory: it had 16 GB.",
      next: "Launch it again with more memory.",
      lastLines: [
        "loading shard 7 of 8",
        "slurmstepd: error: Detected 1 oom_kill event in StepId=4709.batch. Some of the step tasks have been OOM Killed.",
      ],
    },
    usage: {
      elapsedSeconds: 2710,
      cpuSeconds: 1900,
      cpuFraction: 0.088,
      maxMemoryBytes: 15.96 * GB,
      memoryFraction: 0.9975,
      gpuFraction: null,
      hint: "It used nearly all of its memory: ask for more next time. It used less than one of its 8 cores: ask for fewer.",
    },
  }),
  walltime: makeSession({
    ...ended,
    id: "walltime2222",
    reason: "walltime",
    label: "Time was up",
    tone: "warning",
    line: "Ended at its limit of 4 h. Saved files are kept; unsaved changes may be lost.",
    next: "Launch it again, with more time if you need it.",
    usage: {
      elapsedSeconds: 14_400,
      cpuSeconds: 60_000,
      cpuFraction: 0.52,
      maxMemoryBytes: 3.2 * GB,
      memoryFraction: 0.2,
      gpuFraction: 0.04,
      hint: null,
    },
  }),
  stopped: makeSession({ ...ended, id: "stopped22222", reason: "stopped", label: "Stopped", tone: "quiet", line: "You stopped it." }),
} as const satisfies Record<string, Session>;

export const clusters: readonly Cluster[] = [
  {
    name: "harbour",
    title: "Harbour",
    scheduler: "slurm",
    version: "24.11.5",
    actsAs: "user",
    loginTerminals: true,
    awaySince: null,
    lastSeenAt: now - 4 * SECOND,
    problem: null,
  },
  {
    name: "lagoon",
    title: "Lagoon",
    scheduler: "slurm",
    version: "22.05.8",
    actsAs: "user",
    loginTerminals: false,
    awaySince: now - 40 * MINUTE,
    lastSeenAt: now - 40 * MINUTE,
    problem: "squeue: error: Unable to contact slurm controller (connect failure)",
  },
];

function makePartition(changes: Partial<PartitionOffer> & Pick<PartitionOffer, "name">): PartitionOffer {
  return {
    isDefault: false,
    refusal: null,
    maxTimeSeconds: 4 * 3600,
    defaultTimeSeconds: 3600,
    nodes: { total: 4, up: 4, idle: 1 },
    cpus: { total: 64, free: 12, freeOnOneNode: 8 },
    memory: { totalBytes: 512 * GB, freeBytes: 120 * GB, freeOnOneNodeBytes: 60 * GB },
    gpus: [],
    pendingJobs: 0,
    ...changes,
  };
}

export function offerOf(name: string): ClusterOffer | null {
  const cluster = clusters.find((candidate) => candidate.name === name);
  if (cluster === undefined) return null;
  const seenAt = cluster.lastSeenAt ?? now;
  return {
    cluster,
    partitions: [
      makePartition({ name: "batch", isDefault: true }),
      makePartition({
        name: "gpu",
        gpus: [{ type: "a100", total: 4, free: 0 }],
        pendingJobs: 12,
        cpus: { total: 32, free: 0, freeOnOneNode: 0 },
      }),
      makePartition({ name: "debug", maxTimeSeconds: 1800 }),
      makePartition({ name: "staff", refusal: "Only the account staff may use it; yours is physics." }),
    ],
    accounts: [
      { name: "physics", isDefault: true, qos: ["normal", "short"], defaultQos: "normal" },
      { name: "teaching", isDefault: false, qos: ["normal"], defaultQos: "normal" },
    ],
    qos: [{ name: "normal", limits: ["at most 2 running jobs a person", "at most 16 cores a person"] }],
    reservations: [{ name: "course-7", partition: "batch", startsAt: now + HOUR, endsAt: now + 3 * HOUR }],
    rulesAsOf: seenAt - 2 * MINUTE,
    freeAsOf: seenAt,
  };
}

const option = { help: null, when: null } as const;
const choices = (...names: string[]) => names.map((name) => ({ value: name, label: name, refusal: null as string | null }));

const flexibleOptions: ProfileOption[] = [
  { ...option, name: "cpus", label: "Cores", sets: "cpus", kind: "number", min: 1, max: 16, step: 1, default: 2, unit: "cores" },
  {
    ...option,
    name: "partition",
    label: "Partition",
    sets: "partition",
    kind: "choice",
    choices: [
      ...choices("batch", "gpu", "debug"),
      { value: "staff", label: "staff", refusal: "Only the account staff may use it; yours is physics." },
    ],
    default: "batch",
  },
  {
    ...option,
    name: "gpus",
    label: "GPUs",
    sets: "gpus",
    when: { option: "partition", is: ["gpu"] },
    kind: "number",
    min: 0,
    max: 4,
    step: 1,
    default: 1,
    unit: null,
  },
  { ...option, name: "reservation", label: "Reservation", sets: "reservation", kind: "choice", choices: [], default: "" },
  { ...option, name: "folder", label: "Working directory", sets: "working_directory", kind: "file", picks: "folder", default: "" },
  { ...option, name: "hours", label: "Time", sets: "hours", kind: "number", min: 1, max: 24, step: 1, default: 1, unit: "h" },
];

export const profiles: readonly Profile[] = [
  {
    name: "flexible",
    title: "As you like",
    description: "JupyterLab with cores, memory and time to choose",
    app: { name: "jupyterlab", title: "JupyterLab", icon: null },
    cluster: harbour,
    summary: "1 core, 2 GB",
    options: flexibleOptions,
    remembered: { cpus: 4 },
    refusal: null,
  },
  {
    name: "lagoon-lab",
    title: "Lab on Lagoon",
    description: null,
    app: { name: "jupyterlab", title: "JupyterLab", icon: null },
    cluster: { name: "lagoon", title: "Lagoon", awaySince: now - 40 * MINUTE },
    summary: "2 cores, 4 GB, 2 h",
    options: [],
    remembered: {},
    refusal: "Lagoon does not answer at the moment. Its sessions can be launched when it is back.",
  },
];

export const alternatives: Alternative[] = [
  {
    options: { cpus: 2, partition: "debug", hours: 1 },
    resources: { ...resources, cpus: 2, partition: "debug", timeLimitSeconds: 1800 },
    line: "2 cores instead of 8, on debug (at most 30 min)",
    asOf: now - 15 * SECOND,
  },
  {
    options: { cpus: 8, partition: "batch", hours: 4 },
    resources: { ...resources, partition: "batch" },
    line: "the same on batch",
    asOf: now - 15 * SECOND,
  },
];

/** On gpu one would wait; more than 12 cores are refused; the rest starts at once. */
export function checkOf(options: Readonly<Record<string, unknown>>): LaunchCheck {
  const asOf = Date.now() - 2 * SECOND;
  const cpus = Number(options.cpus ?? 1);
  const partition = String(options.partition ?? "batch");
  const shape = { ...resources, cpus, partition };
  if (cpus > 12) {
    const message = `${partition} has no node with more than 12 cores; you asked for ${cpus}.`;
    return { problems: [{ path: "options.cpus", message }], resources: shape, estimate: { kind: "unknown", line: "" }, alternatives: [] };
  }
  if (partition !== "gpu") return { problems: [], resources: shape, estimate: { kind: "now", asOf }, alternatives: [] };
  return { problems: [], resources: shape, estimate: { kind: "at", at: now + 25 * MINUTE, asOf }, alternatives };
}

export const preview: LaunchPreview = {
  script: `#!/bin/sh\n# The job's script, as it would be sent.\n${"set -eu\n".repeat(40)}`,
  sbatch: "sbatch --job-name=fw-preview --cpus-per-task=2 --partition=batch jupyterlab.sh",
  curl: `curl -sS -H "Authorization: Bearer $FAIRWAY_TOKEN" -d '{"profile":"flexible"}' http://127.0.0.1/api/v1/sessions`,
  link: "http://127.0.0.1/launch/flexible?cpus=2",
};

const entry = (name: string, kind: "file" | "folder") => ({
  name,
  kind,
  sizeBytes: kind === "file" ? 1200 : null,
  modifiedAt: now - 30 * HOUR,
});
const FOLDERS: Readonly<Record<string, FileList["entries"]>> = {
  "/": [entry("home", "folder")],
  "/home": [entry("alice", "folder"), entry("bob", "folder")],
  "/home/alice": [entry(".cache", "folder"), entry("data", "folder"), entry("empty", "folder"), entry("analysis.ipynb", "file")],
  "/home/alice/data": [entry("2026", "folder")],
  "/home/alice/data/2026": [],
  "/home/alice/empty": [],
};

/** Null: not readable. */
export function listFolder(path: string): FileList | null {
  const folder = path === "" ? "/home/alice" : path;
  const entries = FOLDERS[folder];
  if (entries === undefined) return null;
  const parent = folder === "/" ? null : folder.slice(0, Math.max(1, folder.lastIndexOf("/")));
  return { path: folder, parent, entries, isCut: false };
}

const toLog = (lines: number) =>
  Array.from(
    { length: lines },
    (_, index) => `${String(index + 1).padStart(5)} epoch ${index % 97}: loss ${(1 / (index + 1)).toFixed(6)}\n`,
  );

/** Long enough that drawing it badly would show. */
export const LONG_LOG = toLog(10_000).join("");
export const SHORT_LOG = toLog(12).join("");
