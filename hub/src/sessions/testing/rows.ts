/** Rows and jobs in memory, for tests of what is pure. */
import type { Job } from "../../schedulers/types.ts";
import type { SessionRow } from "../../store/schema.ts";
import { toNewRow, toSession } from "../../store/session-rows.ts";

export const T0 = 1_700_000_000_000;
export const SESSION_ID = "abcdefgh2345";
export const JOB_NAME = `fw-test-${SESSION_ID}`;

export function sampleRow(changes: Partial<SessionRow> = {}): SessionRow {
  const row = toNewRow({
    id: SESSION_ID,
    user: "alice",
    name: "",
    app: "noop",
    appTitle: "No-op",
    profile: "small",
    profileTitle: "Small",
    options: {},
    resources: {
      cpus: 1,
      memoryBytes: null,
      gpus: null,
      timeLimitSeconds: 3600,
      partition: null,
      account: null,
      qos: null,
      reservation: null,
    },
    workingDirectory: null,
    cluster: "main",
    jobName: JOB_NAME,
    createdAt: T0,
  });
  return { ...toSession(row), ...changes };
}

export function sampleJob(changes: Partial<Job> = {}): Job {
  const state = changes.state ?? "running";
  return {
    id: "7",
    name: JOB_NAME,
    user: "alice",
    state,
    rawState: state.toUpperCase(),
    pendingReason: null,
    node: state === "pending" || state === "held" ? null : "c1",
    submittedAt: T0,
    startedAt: state === "pending" || state === "held" ? null : T0 + 1000,
    endsAt: null,
    restarts: 0,
    exitCode: null,
    comment: null,
    ...changes,
  };
}

/** What an enrolment leaves in a row. */
export const ENROLLED = { jobId: "7", enrolledAt: T0 + 2000, enrolledJob: "7", enrolledRestarts: 0, host: "c1", port: 20_001 } as const;
export const READY = { ...ENROLLED, state: "ready", readyAt: T0 + 3000 } as const;
