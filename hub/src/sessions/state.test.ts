import { canMove, SESSION_STATES, type SessionState } from "@fairway/contract/states.ts";
import { describe, expect, test } from "vitest";
import type { Job, JobState } from "../schedulers/types.ts";
import type { SessionRow } from "../store/schema.ts";
import { decide, isAwaitingNode, type SessionEventKind } from "./state.ts";
import { ENROLLED, READY, sampleJob, sampleRow, T0 } from "./testing/rows.ts";

const NOW = T0 + 60_000;
const seen = (changes: Partial<Job>, askedAt = NOW): SessionEventKind => ({ kind: "job-seen", job: sampleJob(changes), askedAt });
const after = (row: SessionRow, event: SessionEventKind): SessionRow => ({ ...row, ...decide(row, event, NOW) });

const JOB_STATES: readonly JobState[] = [
  ...(["pending", "held", "running", "suspended", "completing", "unknown"] as const),
  ...(["completed", "failed", "cancelled", "timeout", "out_of_memory", "node_fail", "preempted"] as const),
];

/** Every way in which a row can be in a state. */
function rowsIn(state: SessionState): SessionRow[] {
  const before = [{}, { jobId: "7" }];
  const running = [...before, { enrolledAt: T0, enrolledRestarts: 0, host: "c1", port: 1 }, ENROLLED, { ...ENROLLED, readyAt: T0 + 3000 }];
  const ways: Record<SessionState, readonly object[]> = {
    requested: [{}],
    submitting: [{}],
    pending: before,
    held: before,
    starting: running.slice(0, 4),
    ready: [READY],
    unreachable: [READY],
    suspended: running,
    stopping: [...running.map((way) => ({ ...way, stopReason: "stopped" })), { stopReason: "stopped", successor: SUCCESSOR }],
    ended: [{ reason: "stopped" }],
  };
  return ways[state].map((way) => sampleRow({ ...way, state }));
}

const SUCCESSOR = { options: { cpus: 1 }, resources: sampleRow().resources, workingDirectory: null, openPath: "" };
const EVENTS: readonly SessionEventKind[] = [
  { kind: "submit-started" },
  { kind: "not-submitted" },
  { kind: "submit-unanswered", detail: "away" },
  { kind: "sshd-listens", port: 20_009 },
  { kind: "submitted", jobId: "7" },
  { kind: "submit-refused", detail: "no" },
  ...JOB_STATES.flatMap((state) => [0, 1].flatMap((restarts) => [T0 + 1, NOW].map((askedAt) => seen({ state, restarts }, askedAt)))),
  { kind: "job-gone" },
  { kind: "moved", host: "c2", port: 2 },
  { kind: "answered" },
  { kind: "not-answering", detail: "silent" },
  { kind: "app-exited", exitCode: 3 },
  ...(["stopped", "start_timeout", "pending_timeout"] as const).map((reason) => ({ kind: "stop-asked", reason }) as const),
  ...[null, "not in an allowed group"].map((refusal) => ({ kind: "stop-sent", refusal }) as const),
  { kind: "swap-asked", successor: SUCCESSOR },
];
const ENROL = {
  kind: "enrolled",
  jobId: "7",
  restarts: 0,
  nonceHash: "n",
  host: "c1",
  port: 20_001,
  route: "direct",
  detail: null,
} as const satisfies SessionEventKind;

describe.each(SESSION_STATES)("from %s", (state) => {
  test("every event leads only where the table leads, and never to a throw", () => {
    for (const event of EVENTS) {
      for (const row of rowsIn(state)) {
        const what = `${JSON.stringify(event)} at ${JSON.stringify(row)}`;
        if (state === "ended") {
          expect(decide(row, event, NOW), what).toBeNull();
          continue;
        }
        const next = after(row, event);
        if (next.state !== state) expect(canMove(state, next.state), what).toBe(true);
        if (next.state === "ended") expect(next, what).toMatchObject({ endedAt: NOW, reason: expect.any(String) });
        if (state === "stopping") expect(["stopping", "ended"], what).toContain(next.state);
      }
    }
  });

  test("by an enrolment", () => {
    // Whom `enrolment.ts` lets in: nobody who is ready, stopping or over.
    if (["ready", "unreachable", "stopping", "ended"].includes(state)) return;
    for (const row of rowsIn(state)) {
      if (row.readyAt !== null) continue;
      expect(after(row, ENROL)).toMatchObject({ state: "starting", enrolledAt: NOW, host: "c1", port: 20_001 });
    }
  });
});

test("from a wish to an app that answers, and to its end", () => {
  const events: SessionEventKind[] = [
    { kind: "submit-started" },
    { kind: "submitted", jobId: "7" },
    seen({ state: "pending", pendingReason: "Priority" }),
    seen({ state: "running" }),
    ENROL,
    { kind: "answered" },
    { kind: "app-exited", exitCode: 0 },
    seen({ state: "completed" }),
  ];
  const states: SessionState[] = [];
  let row = sampleRow();
  for (const event of events) {
    row = after(row, event);
    states.push(row.state);
  }
  expect(states).toEqual(["submitting", "pending", "pending", "starting", "starting", "ready", "ready", "ended"]);
  expect(row).toMatchObject({ reason: "exited", exitCode: 0, jobId: "7", submitAttempts: 1 });
});

describe("what was not told is not concluded", () => {
  test("a submission without an answer stays one, and says why", () => {
    const row = after(sampleRow({ state: "submitting" }), { kind: "submit-unanswered", detail: "Connection refused" });
    expect(row).toMatchObject({ state: "submitting", detail: "Connection refused" });
    expect(after(row, { kind: "not-submitted" })).toMatchObject({ state: "requested", detail: "Connection refused" });
    expect(after(row, { kind: "submitted", jobId: "7" })).toMatchObject({ state: "pending", detail: null });
  });

  test("forgets why it could not be reached when it is over, or waits again", () => {
    const row = sampleRow({ ...READY, state: "unreachable", detail: "connection refused" });
    expect(after(row, { kind: "job-gone" })).toMatchObject({ state: "ended", detail: null });
    expect(after(row, { kind: "stop-asked", reason: "stopped" })).toMatchObject({ state: "stopping", detail: null });
  });

  test("what has enrolled was submitted, whatever the queue shows", () => {
    for (const state of ["starting", "stopping"] as const)
      expect(decide(sampleRow({ ...ENROLLED, jobId: null, state }), { kind: "not-submitted" }, NOW)).toBeNull();
  });

  test("a job's own word for its id is not the cluster's", () => {
    expect(after(sampleRow({ state: "submitting" }), { ...ENROL, jobId: "666" })).toMatchObject({ jobId: null, enrolledJob: "666" });
  });
});

describe("stale news", () => {
  const enrolled = sampleRow({ ...ENROLLED, state: "starting" });
  test("a queue asked before the job spoke to us does not put it back", () => {
    expect(decide(enrolled, seen({ state: "pending" }, ENROLLED.enrolledAt), NOW)).toBeNull();
    expect(decide(sampleRow(READY), seen({ state: "held" }, ENROLLED.enrolledAt - 1), NOW)).toBeNull();
  });
  test("asked afterwards it does: the job was requeued", () => {
    expect(after(enrolled, seen({ state: "pending" }))).toMatchObject({ state: "pending", enrolledAt: null, host: null });
    expect(after(enrolled, seen({ state: "held" }))).toMatchObject({ state: "held", enrolledAt: null });
  });
  test("a late answer to the submission undoes nothing", () => {
    expect(decide(sampleRow(READY), { kind: "submitted", jobId: "8" }, NOW)).toBeNull();
    expect(after(sampleRow({ state: "starting" }), { kind: "submitted", jobId: "7" })).toMatchObject({ state: "starting", jobId: "7" });
    expect(decide(sampleRow(READY), { kind: "submit-refused", detail: "no" }, NOW)).toBeNull();
  });
});

describe("requeue", () => {
  const again = { enrolledAt: null, enrolledRestarts: null, enrolNonceHash: null, readyAt: null, host: null, port: null, restarts: 1 };
  test("seen while it waits again", () => {
    expect(after(sampleRow(READY), seen({ state: "pending", restarts: 1 }))).toMatchObject({ ...again, state: "pending" });
  });
  test("seen only when it runs again: a ready session starts anew (it once stopped the whole comparison)", () => {
    expect(after(sampleRow(READY), seen({ state: "running", restarts: 1 }))).toMatchObject({ ...again, state: "starting" });
  });
  test("its count is believed whatever our clock says: a step backwards must not hide it", () => {
    expect(after(sampleRow(READY), seen({ state: "running", restarts: 1 }, T0 - 3_600_000))).toMatchObject(again);
  });
  test("before it had enrolled: the count is kept, for the first run's token is then too old", () => {
    expect(after(sampleRow({ state: "starting", jobId: "7" }), seen({ state: "pending", restarts: 2 }))).toMatchObject({ restarts: 2 });
  });
  test("accounting, which does not know the count, does not lower it", () => {
    expect(after(sampleRow({ state: "pending", restarts: 2 }), seen({ state: "pending", restarts: 0 })).restarts).toBe(2);
  });
});

describe("why it ended", () => {
  const ways: readonly [JobState, string][] = [
    ["completed", "exited"],
    ["failed", "failed"],
    ["cancelled", "cancelled"],
    ["timeout", "walltime"],
    ["out_of_memory", "out_of_memory"],
    ["node_fail", "node_fail"],
    ["preempted", "preempted"],
  ];
  test.each(ways)("a job that %s by itself", (state, reason) => {
    expect(after(sampleRow(READY), seen({ state }))).toMatchObject({ state: "ended", reason });
  });
  test.each(["completed", "failed", "cancelled"] as const)("purpose over cause: stopped by us it shows as %s", (state) => {
    for (const stopReason of ["stopped", "start_timeout", "pending_timeout"] as const)
      expect(after(sampleRow({ ...READY, state: "stopping", stopReason }), seen({ state })).reason).toBe(stopReason);
  });
  test.each(["timeout", "out_of_memory", "node_fail", "preempted"] as const)(
    "what nobody intended is told also while stopping: %s",
    (state) => {
      const row = after(sampleRow({ ...READY, state: "stopping", stopReason: "stopped" }), seen({ state }));
      expect(row.reason).not.toBe("stopped");
    },
  );
  test("the app's own exit code wins over the job's", () => {
    expect(after(sampleRow({ ...READY, exitCode: 3 }), seen({ state: "failed", exitCode: 1 })).exitCode).toBe(3);
    expect(after(sampleRow(READY), seen({ state: "failed", exitCode: 1 })).exitCode).toBe(1);
  });
  test("gone without a trace", () => {
    expect(after(sampleRow(READY), { kind: "job-gone" }).reason).toBe("lost");
    expect(after(sampleRow({ ...READY, state: "stopping", stopReason: "stopped" }), { kind: "job-gone" }).reason).toBe("stopped");
  });
});

describe("stop", () => {
  const stop: SessionEventKind = { kind: "stop-asked", reason: "stopped" };
  test("what was never sent ends at once", () => {
    expect(after(sampleRow(), stop)).toMatchObject({ state: "ended", reason: "stopped", stopReason: "stopped" });
  });
  test("the first wish counts", () => {
    const row = after(sampleRow({ ...READY }), stop);
    expect(decide(row, { kind: "stop-asked", reason: "start_timeout" }, NOW)).toBeNull();
  });
  test("that is refused says so until it is taken; nothing else is said meanwhile", () => {
    const row = after(sampleRow({ ...READY, state: "stopping" }), { kind: "stop-sent", refusal: "not in an allowed group" });
    expect(row).toMatchObject({ state: "stopping", detail: "not in an allowed group" });
    expect(after(row, { kind: "stop-sent", refusal: null })).toMatchObject({ state: "stopping", detail: null });
    expect(after(row, seen({ state: "cancelled" }))).toMatchObject({ state: "ended", detail: null });
    const unsent = after(sampleRow({ state: "submitting" }), stop);
    expect(decide(unsent, { kind: "submit-unanswered", detail: "away" }, NOW)).toBeNull();
  });
  test("while the submission is under way: refused, not sent, or found", () => {
    const row = after(sampleRow({ state: "submitting" }), stop);
    expect(after(row, { kind: "submit-refused", detail: "no" })).toMatchObject({ state: "ended", reason: "stopped" });
    expect(after(row, { kind: "not-submitted" })).toMatchObject({ state: "ended", reason: "stopped" });
    expect(after(row, seen({ state: "running" }))).toMatchObject({ state: "stopping", jobId: "7" });
    expect(after(row, { kind: "submitted", jobId: "7" })).toMatchObject({ state: "stopping", jobId: "7" });
  });
});

test("who moves is not led to before it has answered there", () => {
  const row = after(sampleRow(READY), { kind: "moved", host: "c2", port: 9 });
  expect(row).toMatchObject({ state: "starting", readyAt: null, host: "c2", port: 9 });
  expect(decide(sampleRow(READY), { kind: "moved", host: "c1", port: 20_001 }, NOW)).toBeNull();
});

test("its time to start begins when its node is there, not while that is switched on", () => {
  for (const rawState of ["CONFIGURING", "POWER_UP_NODE"]) {
    const coming = after(sampleRow({ state: "pending", stateSince: T0 }), seen({ rawState }));
    expect(isAwaitingNode({ ...coming, stateSince: T0 })).toBe(true);
    expect(decide({ ...coming, stateSince: T0 }, seen({ rawState }), NOW)).not.toHaveProperty("stateSince");
    expect(after({ ...coming, stateSince: T0 }, seen({}))).toMatchObject({ state: "starting", stateSince: NOW });
    expect(isAwaitingNode({ ...coming, ...ENROLLED, state: "starting" })).toBe(false);
  }
  expect(decide(after(sampleRow({ state: "pending" }), seen({})), seen({}), NOW)).not.toHaveProperty("stateSince");
});

test("resumed from suspension it is what it was", () => {
  expect(after(sampleRow({ ...READY, state: "suspended" }), seen({ state: "running" })).state).toBe("ready");
  expect(after(sampleRow({ ...ENROLLED, state: "suspended" }), seen({ state: "running" })).state).toBe("starting");
  const warned = sampleRow({ ...READY, state: "suspended", idleSince: T0, idleWarnedAt: T0 + 1 });
  expect(after(warned, seen({ state: "running" })), "a warning of idleness from before counts no more").toMatchObject({
    idleSince: null,
    idleWarnedAt: null,
  });
});

describe("starting something else instead", () => {
  const swap = { kind: "swap-asked", successor: SUCCESSOR } as const;

  test("is a stop that remembers what comes next, of what waits only", () => {
    for (const state of ["submitting", "pending", "held"] as const)
      expect(after(sampleRow({ state }), swap)).toMatchObject({ state: "stopping", stopReason: "stopped", successor: SUCCESSOR });
    expect(after(sampleRow(), swap)).toMatchObject({ state: "ended", reason: "stopped", successor: SUCCESSOR });
    for (const state of ["starting", "ready", "unreachable", "suspended", "stopping"] as const)
      for (const row of rowsIn(state)) expect(decide(row, swap, NOW)).toBeNull();
  });

  test("is called off by a stop", () => {
    const row = after(sampleRow({ state: "pending" }), swap);
    expect(after(row, { kind: "stop-asked", reason: "stopped" })).toMatchObject({ state: "stopping", successor: null });
    expect(after(row, { kind: "stop-asked", reason: "cancelled" })).toMatchObject({ state: "stopping", successor: null });
  });

  test("is not called off by a time-out that comes at the same moment", () => {
    const row = after(sampleRow({ state: "pending" }), swap);
    for (const reason of ["pending_timeout", "start_timeout", "idle"] as const)
      expect(after(row, { kind: "stop-asked", reason })).toMatchObject({ state: "stopping", successor: SUCCESSOR });
  });
});
