/**
 * Likely causes of a bad end, with their words. What gives each away in a job's state, exit code and
 * last lines is the hub's matter; that it is "likely" must stay readable in the line.
 */
export const END_CAUSES = [
  "out_of_memory",
  "time_limit",
  "node_failure",
  "preempted",
  "command_not_found",
  "quota",
  "disk_full",
  "permission",
  "module_missing",
  "port_taken",
  "callback_failed",
  "killed",
  "unknown",
] as const;
export type EndCause = (typeof END_CAUSES)[number];

/** `{…}` is filled in by whoever found the cause. */
export const END_CAUSE_WORDS: Readonly<Record<EndCause, { line: string; next: string | null }>> = {
  out_of_memory: { line: "It ran out of memory: it had {memory}.", next: "Launch it again with more memory." },
  time_limit: {
    line: "Its time limit of {limit} was reached. Saved files are kept; unsaved changes may be lost.",
    next: "Launch it again, with more time if you need it.",
  },
  node_failure: { line: "Its node {node} failed. Nothing you did.", next: "Launch it again; it will run on another node." },
  preempted: { line: "A job with higher priority took its place.", next: "Launch it again, or choose a partition that is not preempted." },
  command_not_found: {
    line: "A program was not found on its node: {what}.",
    next: "Tell your cluster's staff that the app is not installed there, or choose another profile.",
  },
  quota: {
    line: "Its log says that your disk quota is used up.",
    next: "Delete files you no longer need in your home directory, then launch it again.",
  },
  disk_full: { line: "Its log says that a disk is full.", next: "Free some space, then launch it again." },
  permission: {
    line: "Its log says that it may not use something it needs: {what}.",
    next: "Check the permissions of what the log names.",
  },
  module_missing: {
    line: "Its log says that a Python module is missing: {what}.",
    next: "Install it in your environment, or choose another profile.",
  },
  port_taken: { line: "Its log says that it found no free port on {node}.", next: "Launch it again; it will take other ports." },
  callback_failed: {
    line: "The job could not reach Fairway from {node}.",
    next: "Tell your cluster's staff: the node cannot reach Fairway's address.",
  },
  killed: { line: "It was killed (signal {what}).", next: "Often this is memory: launch it again with more, or ask your cluster's staff." },
  unknown: { line: "What went wrong cannot be told for sure.", next: "Read the last lines of its log." },
};
