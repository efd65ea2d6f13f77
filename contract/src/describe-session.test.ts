import { describe, expect, test } from "vitest";
import { describePlace, describeSession, formatBytes, formatDuration, type SessionFacts } from "./describe-session.ts";
import { END_REASONS, SESSION_STATES } from "./states.ts";

const facts: SessionFacts = {
  state: "ready",
  reason: null,
  stopReason: null,
  appTitle: "JupyterLab",
  clusterTitle: "Main cluster",
  clusterAwaySince: null,
  jobId: "4711",
  node: "c1",
  pendingReason: null,
  isNodeComing: false,
  exitCode: null,
  detail: null,
  timeLimitSeconds: 4 * 3600,
  memoryBytes: 16 * 1024 ** 3,
  ending: null,
};
const unknown: SessionFacts = { ...facts, jobId: null, node: null, timeLimitSeconds: null, memoryBytes: null };

describe("every state and every end has a whole sentence, whatever is known", () => {
  const all = [
    ...SESSION_STATES.filter((state) => state !== "ended").map((state) => ({ state, reason: null })),
    ...END_REASONS.map((reason) => ({ state: "ended" as const, reason })),
  ];
  test.each(all)("$state $reason", (what) => {
    for (const known of [facts, unknown]) {
      const { label, line } = describeSession({ ...known, ...what });
      expect(label).not.toBe("");
      expect(line).toMatch(/^\S.*[.)]$/);
      expect(line).not.toMatch(/[{}]|undefined|null|NaN/);
    }
  });
});

test.each([
  [{}, "JupyterLab is running on c1."],
  [{ state: "starting", node: null }, "JupyterLab is starting on its node."],
  [{ state: "starting", isNodeComing: true }, "c1 is being switched on or prepared; JupyterLab starts there after that."],
  [{ state: "starting", isNodeComing: true, node: null }, "Its node is being switched on or prepared; JupyterLab starts there after that."],
  [{ state: "stopping" }, "Asked Main cluster to end job 4711."],
  [{ state: "ended", reason: "walltime" }, "Ended at its limit of 4 h. Saved files are kept; unsaved changes may be lost."],
  [{ state: "ended", reason: "out_of_memory" }, "It needed more than the 16 GB asked for."],
  [{ state: "ended", reason: "failed", exitCode: 3 }, "JupyterLab ended with an error (exit code 3)."],
  [{ state: "ended", reason: "submit_failed", detail: "Invalid account." }, "Main cluster refused the job: Invalid account."],
] as const)("%j", (changes, line) => {
  expect(describeSession({ ...facts, ...changes }).line).toBe(line);
});

test("what staff stopped here is not told as cancelled outside, also when it never had a job", () => {
  const cancelled = { ...facts, state: "ended", reason: "cancelled" } as const;
  expect(describeSession(cancelled).line).toBe("Job 4711 was cancelled outside Fairway.");
  for (const jobId of ["4711", null])
    expect(describeSession({ ...cancelled, jobId, stopReason: "cancelled" }).line).toBe("The staff of this site stopped it.");
  // Its time was up before the stop was carried out.
  expect(describeSession({ ...cancelled, reason: "walltime", stopReason: "cancelled" }).label).toBe("Time was up");
});

test("what somebody else wrote is text, whatever it holds", () => {
  const detail = "{job} $& <b>bold</b>";
  expect(describeSession({ ...facts, state: "ended", reason: "submit_failed", detail }).line).toBe(
    `Main cluster refused the job: ${detail}`,
  );
});

test("a cluster that is away is said beside every open state, and not beside an end", () => {
  const away = { ...facts, clusterAwaySince: 1 };
  expect(describeSession(away).next).toContain("does not answer");
  const unsent = describeSession({ ...away, state: "requested" });
  expect(unsent.line).toContain("does not answer");
  // It has said nothing of this one yet.
  expect(unsent.next).not.toContain("the last it said");
  expect(describeSession({ ...away, state: "ended", reason: "stopped" }).next).not.toContain("does not answer");
});

test("a stop that is refused is not said to have been asked for: why, and who can end it", () => {
  const refused = { ...facts, state: "stopping", detail: "fairway launcher: not in an allowed group (hpc)" } as const;
  const { line, next } = describeSession(refused);
  expect(line).toBe("Fairway may not end job 4711 as its owner, and asks again: fairway launcher: not in an allowed group (hpc).");
  expect(next).toContain("scancel 4711");
  expect(describeSession({ ...refused, detail: null })).toMatchObject({ line: "Asked Main cluster to end job 4711.", next: null });
});

test("a launch that the cluster has not taken says why", () => {
  const line = describeSession({ ...facts, state: "requested", detail: "Unable to contact slurm controller." }).line;
  expect(line).toContain("Unable to contact slurm controller.");
});

test("while it waits: why, in words, and what to do; without a reason, the queue alone", () => {
  const waits = { ...facts, state: "pending", pendingReason: "QOSMaxCpuPerJobLimit" } as const;
  expect(describeSession(waits)).toMatchObject({
    line: expect.stringContaining("more CPUs"),
    next: expect.stringContaining("Ask for less"),
  });
  expect(describeSession({ ...waits, state: "held", pendingReason: "JobHeldUser" })).toMatchObject({ line: "You put it on hold." });
  expect(describeSession({ ...waits, clusterAwaySince: 1 }).next).toContain("does not answer");
  expect(describeSession({ ...waits, pendingReason: null })).toMatchObject({ line: "In the queue of Main cluster.", next: null });
  expect(describeSession({ ...waits, state: "ready" }).next).toBeNull();
});

test.each([
  [0, "0 s"],
  [45, "45 s"],
  [59.6, "1 min"],
  [3600, "1 h"],
  [3_660, "1 h 1 min"],
  [86_400 + 30, "1 d"],
  [187_200, "2 d 4 h"],
  [-5, "0 s"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [1024, "1 kB"],
  [512 * 1024 ** 2, "512 MB"],
  [1.5 * 1024 ** 3, "1.5 GB"],
  [2048 * 1024 ** 4, "2048 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

describe("a place in line", () => {
  const queue = { kind: "queue", partition: "gpu", ahead: 3, of: 12, expectedStart: null, asOf: 0 } as const;

  test("counts those ahead, and oneself among all", () => {
    expect(describePlace(queue)).toBe("Place 4 of 12 in gpu");
    expect(describePlace({ ...queue, ahead: 0, of: null, partition: null })).toBe("Place 1 in the queue");
  });

  test("says no more than is known", () => {
    expect(describePlace({ ...queue, ahead: null, of: 1 })).toBe("1 job waits in gpu");
    expect(describePlace({ ...queue, ahead: null, of: null })).toBeNull();
  });

  test("is told in our own line, too, before the cluster has the job", () => {
    expect([0, 1, 4].map((ahead) => describePlace({ kind: "sending", ahead }))).toEqual([
      "Yours is sent next",
      "1 launch is sent before yours",
      "4 launches are sent before yours",
    ]);
  });
});
