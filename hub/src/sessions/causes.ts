/**
 * Why a session ended badly: from what the scheduler said, the exit code and the last lines of the log to
 * the likely cause. Pure. What is sure comes first (the scheduler's own word), then what its lines in the
 * log say, then the exit code, then what programs usually write before they give up.
 */
import type { EndCause } from "@fairway/contract/end-causes.ts";
import type { EndReason } from "@fairway/contract/states.ts";

export interface EndEvidence {
  readonly reason: EndReason;
  /** As a shell counts: 128 and the signal's number for what was killed. */
  readonly exitCode: number | null;
  /** The end of the log, oldest first. */
  readonly lines: readonly string[];
}

/** `what`: the program, file or module that is meant; null: not told. */
export interface Suspicion {
  readonly cause: EndCause;
  readonly what: string | null;
}

/** Ends that somebody wanted, or that need no log to be understood, have no cause to look for. */
export function isBadEnd(reason: EndReason): boolean {
  return ["walltime", "preempted", "out_of_memory", "node_fail", "failed", "start_timeout", "lost"].includes(reason);
}

const BY_REASON: Partial<Record<EndReason, EndCause>> = {
  walltime: "time_limit",
  preempted: "preempted",
  out_of_memory: "out_of_memory",
  node_fail: "node_failure",
};

interface Sign {
  readonly cause: EndCause;
  /** Its first group, if any, is `what`. */
  readonly pattern: RegExp;
  readonly what?: string;
}

/** Slurm's own daemons write into the job's log, too, with their name in front: `slurmstepd-c1: error: `, before 24.05 without the node. */
const SCHEDULER_SIGNS: readonly Sign[] = [
  {
    cause: "out_of_memory",
    pattern: /^(?:slurmstepd\S*|srun): error: .*(?:oom[-_]kill event|Exceeded (?:job|step) memory limit|Out Of Memory)/i,
  },
  { cause: "time_limit", pattern: /^(?:slurmstepd\S*|srun): error: .*CANCELLED AT \S+ DUE TO TIME LIMIT/ },
  { cause: "node_failure", pattern: /^(?:slurmstepd\S*|srun): error: .*(?:DUE TO NODE FAILURE|Node failure on )/i },
  { cause: "preempted", pattern: /^(?:slurmstepd\S*|srun): error: .*CANCELLED AT \S+ DUE TO PREEMPTION/ },
  { cause: "command_not_found", pattern: /^slurmstepd\S*: error: execve\(\): ([^:]+): No such file or directory/ },
];

/** What our own job script says before it gives up, and only then. */
const JOB_SCRIPT_SIGNS: readonly Sign[] = [
  {
    cause: "callback_failed",
    pattern: /The gateway (?:did not let this job in|does not answer yet|answered \d+ to \/enrol|'s answer held no)/,
  },
  { cause: "callback_failed", pattern: /The gateway's address \S+ is not https|FAIRWAY_CA is (?:none|not base64)/ },
  { cause: "port_taken", pattern: /All ports that this session may use are taken/ },
  { cause: "command_not_found", pattern: /([\w./+@-]+) is not on PATH/ },
];

/** What a shell says when something it had started was killed. */
const SIGNAL_SIGNS: readonly Sign[] = [
  { cause: "killed", what: "9", pattern: /(?:^|\s)Killed(?:\s|$)/ },
  { cause: "killed", what: "11", pattern: /^Segmentation fault|: Segmentation fault|\sSegmentation fault\s/ },
  { cause: "killed", what: "7", pattern: /^Bus error|: Bus error/ },
];

const MEMORY_SIGNS: readonly Sign[] = [
  { cause: "out_of_memory", pattern: /\bMemoryError\b|std::bad_alloc|Cannot allocate memory|JavaScript heap out of memory|\bENOMEM\b/ },
];

const DISK_SIGNS: readonly Sign[] = [
  { cause: "quota", pattern: /Disk quota exceeded|\bEDQUOT\b/i },
  { cause: "disk_full", pattern: /No space left on device|\bENOSPC\b|Cannot make a folder in/i },
];

const PROGRAM_SIGNS: readonly Sign[] = [
  { cause: "port_taken", pattern: /Address already in use|\bEADDRINUSE\b/i },
  { cause: "module_missing", pattern: /(?:ModuleNotFoundError|ImportError): No module named '?([\w.-]+)'?/ },
  { cause: "command_not_found", pattern: /(?:^|[\s:])([\w./+@-]+): (?:command )?not found\s*$/ },
  { cause: "command_not_found", pattern: /\b(?:env|exec|nohup): ['‘]?([^'’:]+)['’]?: No such file or directory/ },
  { cause: "permission", pattern: /Permission denied: '([^']+)'/ },
  { cause: "permission", pattern: /(?:^|[\s:'"])(\/[^\s:'"]*)['"]?: Permission denied/i },
  { cause: "permission", pattern: /Permission denied|\bEACCES\b/i },
];

/** What was ended from outside: that a signal ended it says nothing of why. */
const ENDED_FROM_OUTSIDE: readonly EndReason[] = ["start_timeout", "lost"];

/** The first that `share/job.sh` says in each run; behind half a line where the one before was cut off. */
const RUN_BEGINS = /[\d-]{10} [\d:]{8} {2}Job \S+ on \S+: starting [\w-]+\.$/;

/** Programs grumble all along; what made them give up stands near the end. */
const NEAR_THE_END = 30;

export function findCause({ reason, exitCode, lines: log }: EndEvidence): Suspicion {
  const sure = BY_REASON[reason];
  if (sure !== undefined) return { cause: sure, what: null };
  const lines = toLastRun(log);
  const near = lines.slice(-NEAR_THE_END);
  const isFromOutside = ENDED_FROM_OUTSIDE.includes(reason);
  const code = findExitCode(near) ?? exitCode;
  return (
    findLast(lines, SCHEDULER_SIGNS) ??
    findLast(near, JOB_SCRIPT_SIGNS) ??
    judgeExitCode(isFromOutside && isSignal(code) ? null : code, near) ??
    findLast(near, [...MEMORY_SIGNS, ...DISK_SIGNS, ...PROGRAM_SIGNS]) ??
    findLast(near, isFromOutside ? [] : SIGNAL_SIGNS) ?? { cause: "unknown", what: null }
  );
}

/** A requeued job writes on into the same log: what ended an earlier run is no cause of this end. */
function toLastRun(lines: readonly string[]): readonly string[] {
  const begin = lines.findLastIndex((line) => RUN_BEGINS.test(line));
  return begin < 0 ? lines : lines.slice(begin);
}

const isSignal = (code: number | null): code is number => code !== null && code > 128 && code <= 192;

/** As our job script said it: Slurm has only 7 bits for it, so that its 137 reads 9 there. */
function findExitCode(lines: readonly string[]): number | null {
  const code = lines.findLast((line) => /\sEnded with exit code \d+\.$/.test(line))?.match(/(\d+)\.$/)?.[1];
  return code === undefined ? null : Number(code);
}

/** 127 and 126 are every shell's; above 128 a signal ended it, and only lack of memory or disk explains one. */
function judgeExitCode(exitCode: number | null, lines: readonly string[]): Suspicion | null {
  if (exitCode === null) return null;
  const whatOf = (cause: EndCause) =>
    findLast(
      lines,
      PROGRAM_SIGNS.filter((sign) => sign.cause === cause),
    )?.what ?? null;
  if (exitCode === 127) return { cause: "command_not_found", what: whatOf("command_not_found") };
  if (exitCode === 126) return { cause: "permission", what: whatOf("permission") };
  if (isSignal(exitCode)) {
    return findLast(lines, [...MEMORY_SIGNS, ...DISK_SIGNS]) ?? { cause: "killed", what: String(exitCode - 128) };
  }
  return null;
}

/** The sign that was seen last; on the same line the one that stands first in the table, which is the more telling. */
function findLast(lines: readonly string[], signs: readonly Sign[]): Suspicion | null {
  for (const line of lines.toReversed()) {
    for (const { cause, pattern, what = null } of signs) {
      const match = pattern.exec(line);
      if (match !== null) return { cause, what: match[1] ?? what };
    }
  }
  return null;
}
