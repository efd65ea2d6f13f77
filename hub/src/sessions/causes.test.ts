import { END_CAUSE_WORDS, END_CAUSES } from "@fairway/contract/end-causes.ts";
import { END_REASONS, type EndReason } from "@fairway/contract/states.ts";
import { describe, expect, it } from "vitest";
import { findCause, isBadEnd } from "./causes.ts";
import { describeEnding } from "./ending.ts";
import { sampleRow, T0 } from "./testing/rows.ts";

const suspect = (lines: readonly string[], exitCode: number | null = 1, reason: EndReason = "failed") => {
  const { cause, what } = findCause({ reason, exitCode, lines });
  return [cause, what];
};

/** What our job script writes around an app that fails; `code` as it knows it. */
const job = (code: number, ...lines: readonly string[]) => [
  "2026-11-21 13:14:55  Job 3 on c1: starting noop.",
  ...lines,
  `2026-11-21 13:14:56  Ended with exit code ${code}.`,
];

describe("the likely cause, by the log of real jobs (Slurm 24.11)", () => {
  it.each([
    [
      ["Killed", "slurmstepd-c1: error: Detected 1 oom_kill event in StepId=2.batch. Some of the step tasks have been OOM Killed."],
      "out_of_memory",
      null,
    ],
    [["slurmstepd: error: *** JOB 11 ON c1 CANCELLED AT 2026-11-21T13:15:12 DUE TO TIME LIMIT ***"], "time_limit", null],
    [
      ["slurmstepd-c2: error: *** JOB 14 ON c2 CANCELLED AT 2026-11-21T13:16:30 DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***"],
      "node_failure",
      null,
    ],
    [["slurmstepd-c1: error: *** JOB 9 ON c1 CANCELLED AT 2026-11-21T13:16:30 DUE TO PREEMPTION ***"], "preempted", null],
    [["/var/lib/slurm/slurmd/job00003/slurm_script: 4: jupyter-lab-nope: not found"], "command_not_found", "jupyter-lab-nope"],
    [["bash: line 1: jupyter-lab: command not found"], "command_not_found", "jupyter-lab"],
    [["slurmstepd-c1: error: execve(): /opt/app/run: No such file or directory"], "command_not_found", "/opt/app/run"],
    [job(127, "2026-11-21 13:14:55  jupyter-lab is not on PATH (/usr/bin:/bin)."), "command_not_found", "jupyter-lab"],
    [["Traceback (most recent call last):", "ModuleNotFoundError: No module named 'jupyterlab_nope'"], "module_missing", "jupyterlab_nope"],
    [["/var/lib/slurm/slurmd/job00005/slurm_script: 4: cannot create /etc/shadow: Permission denied"], "permission", "/etc/shadow"],
    [["PermissionError: [Errno 13] Permission denied: '/scratch/old'"], "permission", "/scratch/old"],
    [["OSError: [Errno 122] Disk quota exceeded: '/home/alice/.local/x'"], "quota", null],
    [["head: write error: No space left on device"], "disk_full", null],
    [["OSError: [Errno 98] Address already in use"], "port_taken", null],
    [job(75, "2026-11-21 13:14:55  All ports that this session may use are taken on c1."), "port_taken", null],
    [
      job(77, "2026-11-21 13:14:55  The gateway answered 403 to /enrol. ", "2026-11-21 13:14:55  The gateway did not let this job in."),
      "callback_failed",
      null,
    ],
    [["numpy.core._exceptions._ArrayMemoryError: Unable to allocate 80 GiB", "MemoryError"], "out_of_memory", null],
    [job(137, "Killed"), "killed", "9"],
    [["Killed"], "killed", "9"],
    [["Segmentation fault"], "killed", "11"],
  ])("%j", (lines, cause, what) => {
    expect(suspect(lines)).toEqual([cause, what]);
  });

  it("is what stands last: programs grumble all along", () => {
    const log = [
      "[W] ModuleNotFoundError: No module named 'jupyter_server_ydoc'",
      ...Array(40).fill("[I] served"),
      "OSError: Disk quota exceeded",
    ];
    expect(suspect(log)).toEqual(["quota", null]);
    expect(suspect([...log, ...Array(40).fill("[I] served")])).toEqual(["unknown", null]);
  });

  it("is not what ended an earlier run of a requeued job, which wrote into the same log", () => {
    const failed =
      "slurmstepd-c2: error: *** JOB 14 ON c2 CANCELLED AT 2026-11-21T13:16:30 DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***";
    const killed = "slurmstepd-c1: error: Detected 1 oom_kill event in StepId=2.batch. Some of the step tasks have been OOM Killed.";
    const first = [...job(137, "Killed"), failed];
    expect(suspect([...first, ...job(1, "[I] served")])).toEqual(["unknown", null]);
    expect(suspect([...first, job(1)[0] ?? "", "[I] served"], null, "lost")).toEqual(["unknown", null]);
    expect(suspect(["Killed", `[I] half a line${job(1)[0]}`, "[I] served"])).toEqual(["unknown", null]);
    // What Slurm wrote of the last run stands behind its beginning, also where the job itself came no further.
    expect(suspect([...first, ...job(1, "[I] served"), killed])).toEqual(["out_of_memory", null]);
    expect(suspect([...first, job(1)[0] ?? "", killed], null)).toEqual(["out_of_memory", null]);
    // A person's program may say something like it.
    expect(suspect([...job(1, "OSError: Disk quota exceeded", "echo Job 3 on c1: starting noop.")])).toEqual(["quota", null]);
  });

  it("is never guessed from nothing", () => {
    expect(suspect([])).toEqual(["unknown", null]);
    expect(suspect(["It works.", "Goodbye."])).toEqual(["unknown", null]);
    expect(suspect([], null, "lost")).toEqual(["unknown", null]);
  });
});

describe("the likely cause, by the exit code", () => {
  it.each([
    [127, "command_not_found", null],
    [126, "permission", null],
    [137, "killed", "9"],
    [139, "killed", "11"],
    [143, "killed", "15"],
    [1, "unknown", null],
    [255, "unknown", null],
    [null, "unknown", null],
  ])("%s", (code, cause, what) => {
    expect(suspect([], code)).toEqual([cause, what]);
  });

  it("is that of our job script: Slurm cuts its 137 to 9", () => {
    expect(suspect(job(137), 9)).toEqual(["killed", "9"]);
  });

  it("is no signal that came from outside, when we gave up waiting for it or it was taken out of our sight", () => {
    for (const reason of ["start_timeout", "lost"] as const) {
      expect(suspect(job(143, "slurmstepd-c2: error: *** JOB 10 ON c2 CANCELLED AT 2026-11-21T14:16:44 ***"), null, reason)).toEqual([
        "unknown",
        null,
      ]);
      expect(suspect(job(137, "Killed"), 9, reason)).toEqual(["unknown", null]);
      expect(suspect(job(143, "OSError: [Errno 98] Address already in use"), null, reason)).toEqual(["port_taken", null]);
    }
  });

  it("knows of memory and disk behind a signal, and of nothing else", () => {
    expect(suspect(["terminate called after throwing an instance of 'std::bad_alloc'"], 134)).toEqual(["out_of_memory", null]);
    expect(suspect(["write failed: No space left on device"], 135)).toEqual(["disk_full", null]);
    expect(suspect(["/x: Permission denied"], 137)).toEqual(["killed", "9"]);
  });
});

describe("the cause, by the scheduler's word", () => {
  it.each([
    ["walltime", "time_limit"],
    ["out_of_memory", "out_of_memory"],
    ["node_fail", "node_failure"],
    ["preempted", "preempted"],
  ] as const)("%s is surely %s, whatever the log says", (reason, cause) => {
    expect(suspect(["ModuleNotFoundError: No module named 'x'"], 1, reason)).toEqual([cause, null]);
  });

  it("of an app that never answered is looked for in its log", () => {
    const log = ["2026-11-21 13:14:55  The gateway does not answer yet (000: curl: (28) Connection timed out); trying on."];
    expect(suspect(log, null, "start_timeout")).toEqual(["callback_failed", null]);
  });
});

describe("an ending in words", () => {
  const ended = (changes: Parameters<typeof sampleRow>[0] = {}) => sampleRow({ state: "ended", reason: "failed", endedAt: T0, ...changes });

  it("is told of bad ends alone", () => {
    for (const reason of END_REASONS) expect(describeEnding(ended({ reason }), "") !== null).toBe(isBadEnd(reason));
    expect(
      ["stopped", "exited", "idle", "cancelled", "submit_failed", "pending_timeout"].some((reason) => isBadEnd(reason as EndReason)),
    ).toBe(false);
  });

  it("leaves no gap, whatever is known", () => {
    for (const cause of END_CAUSES) expect(END_CAUSE_WORDS[cause].line).toMatch(/\.$/);
    for (const log of ["", "head: x: not found", "y: Permission denied", "Killed", "EADDRINUSE", "The gateway did not let this job in."]) {
      for (const exitCode of [null, 1, 126, 127, 137]) {
        const ending = describeEnding(ended({ exitCode, job: null, host: null }), log);
        expect(`${ending?.line} ${ending?.next}`).not.toMatch(/[{}]|undefined|null/);
      }
    }
  });

  it("fills in what this session had", () => {
    const resources = { ...ended().resources, memoryBytes: 2 ** 31 };
    expect(describeEnding(ended({ reason: "out_of_memory", resources }), "")?.line).toBe("It ran out of memory: it had 2 GB.");
    expect(describeEnding(ended({ reason: "out_of_memory" }), "")?.line).toBe("It ran out of memory: it had its partition's default.");
  });

  it("knows the limit as it was in the end, not as it was asked for", () => {
    const view = { id: "7", state: "TIMEOUT", pendingReason: null, node: "c1", submittedAt: T0, restarts: 0 };
    const job = { ...view, startedAt: T0, endsAt: T0 + 2 * 3600_000 + 4000 };
    expect(describeEnding(ended({ reason: "walltime", job }), "")?.line).toContain("limit of 2 h was reached");
    expect(describeEnding(ended({ reason: "walltime" }), "")?.line).toContain("limit of 1 h was reached");
  });

  it("shows the last twenty lines, without secrets", () => {
    const log = Array.from({ length: 300 }, (_, index) => `line ${index}`).join("\n");
    const shown = describeEnding(ended(), `${log}\nhttp://c1/lab?token=abc\n`)?.lastLines;
    expect(shown).toHaveLength(20);
    expect(shown?.at(0)).toBe("line 281");
    expect(shown?.at(-1)).toBe("http://c1/lab?token=[hidden]");
  });
});
