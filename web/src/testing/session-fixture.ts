/** A session as the API gives it, for unit tests: ready, and each test says what is different. */
import type { JobView, Session } from "@fairway/contract/sessions.ts";

export const NOW = Date.UTC(2026, 10, 21, 14, 0, 0);

export function makeJob(changes: Partial<JobView> = {}): JobView {
  const running = { id: "4711", state: "RUNNING", pendingReason: null, node: "c2", restarts: 0 };
  return { ...running, submittedAt: NOW - 3_660_000, startedAt: NOW - 3_600_000, endsAt: NOW + 10_800_000, ...changes };
}

export function makeSession(changes: Partial<Session> = {}): Session {
  return {
    id: "k7m2p9q4r3t5",
    user: "alice",
    name: "",
    app: { name: "jupyterlab", title: "JupyterLab" },
    profile: { name: "small", title: "Small" },
    options: {},
    cluster: { name: "harbour", title: "Harbour", awaySince: null },
    state: "ready",
    reason: null,
    stateSince: NOW - 3_590_000,
    label: "Ready",
    tone: "good",
    line: "JupyterLab is running on c2.",
    next: null,
    job: makeJob(),
    resources: {
      cpus: 2,
      memoryBytes: 4 * 1024 ** 3,
      gpus: null,
      timeLimitSeconds: 14_400,
      partition: "batch",
      account: "physics",
      qos: null,
      reservation: null,
    },
    steps: [],
    url: "/user/alice/",
    runsAs: "alice",
    exitCode: null,
    detail: null,
    createdAt: NOW - 3_661_000,
    readyAt: NOW - 3_590_000,
    endedAt: null,
    lastActivityAt: null,
    openUrl: "/user/alice/",
    waiting: null,
    warnAt: [],
    extension: null,
    idle: null,
    ending: null,
    usage: null,
    route: null,
    ssh: false,
    ...changes,
  };
}
