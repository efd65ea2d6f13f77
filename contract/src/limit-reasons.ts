/**
 * Reason codes that name a limit, in words. Slurm builds them as QOS or Assoc (the person in an account), whose limit
 * (Grp: all jobs together, Max: one job, person or account), a resource and what is counted of it; so do we.
 */
import { never, type PendingWords, wait } from "./pending-words.ts";

/** What a code calls it: its name as an amount, and as amount times time. */
const RESOURCES: Readonly<Record<string, readonly [amount: string, time: string]>> = {
  Cpu: ["CPUs", "CPU time"],
  Mem: ["memory", "memory time"],
  Node: ["nodes", "node time"],
  GRES: ["GPUs", "GPU time"],
  BB: ["fast storage", "fast storage time"],
  Billing: ["billed resources", "billed time"],
  Energy: ["energy", "energy"],
  License: ["software licences", "licence time"],
  Unknown: ["some resource", "time of some resource"],
};
const ALIASES: Readonly<Record<string, string>> = { CPU: "Cpu", Memory: "Mem" };

/** Whose limit it is. */
const OWNERS = {
  QOS: { name: "this QoS", all: "The running jobs of this QoS", other: "choose another QoS" },
  Assoc: { name: "your account", all: "The running jobs of your account", other: "choose another account" },
  Account: { name: "this QoS", all: "The running jobs of your account", other: "choose another account or QoS" },
  User: { name: "this QoS", all: "Your running jobs", other: "choose another QoS" },
} as const;
type Owner = (typeof OWNERS)[keyof typeof OWNERS];

type Say = (owner: Owner, amount: string, time: string) => PendingWords;

const reserved: Say = (owner, _amount, time) =>
  wait(`${owner.all} hold as much ${time} as they may together.`, `Ask for less time, or ${owner.other}.`);
const taken: Say = (owner, amount) =>
  wait(
    `${owner.all} have taken all the ${amount} that they may have together.`,
    `It starts when others of them end; else ask for less, or ${owner.other}.`,
  );

/** The first that fits counts. */
const RULES: readonly (readonly [RegExp, Say])[] = [
  [/^(?<owner>QOS|Assoc)Grp(?<resource>\w+?)RunMinutes(Limit)?$/, reserved],
  [/^Max(?<resource>\w+?)RunMinsPer(?<owner>Account|User)$/, reserved],
  [
    /^(?<owner>QOS|Assoc)Grp(?<resource>\w+?)Minutes(Limit)?$/,
    ({ name, other }, _amount, time) => wait(`All the ${time} of ${name} is used up.`, `Ask the cluster's staff for more, or ${other}.`),
  ],
  [/^(?<owner>QOS|Assoc)Grp(?<resource>\w+?)(Limit)?$/, taken],
  [/^Max(?<resource>\w+?)Per(?<owner>Account)$/, taken],
  [/^QOSMax(?<resource>\w+?)Per(?<owner>User)(Limit)?$/, taken],
  [
    /^(?<owner>QOS|Assoc)Max(?<resource>\w+?)MinutesPerJob(Limit)?$/,
    ({ name, other }, _amount, time) =>
      never(`It asks for more ${time} than ${name} allows one job.`, `Ask for less time or less of it, or ${other}.`),
  ],
  [
    /^(?<owner>QOS|Assoc)Max(?<resource>\w+?)PerJob(Limit)?$/,
    ({ name, other }, amount) => never(`It asks for more ${amount} than ${name} allows one job.`, `Ask for less, or ${other}.`),
  ],
  [
    /^(?<owner>QOS|Assoc)Max(?<resource>\w+?)PerNode$/,
    ({ name, other }, amount) => never(`It asks for more ${amount} on one node than ${name} allows.`, `Ask for less, or ${other}.`),
  ],
  [
    /^(?<owner>QOS)Min(?<resource>\w+?)(NotSatisfied)?$/,
    ({ other }, amount) => never(`It asks for less than this QoS requires: ${amount}.`, `Ask for more, or ${other}.`),
  ],
];

const END_ONE = "It starts when one of them ends.";
const QUEUE_FULL = "It is let in when others of them have ended.";

/** Limits of jobs and of time, which are no resource. */
const OTHERS: Readonly<Record<string, PendingWords>> = {
  QOSMaxJobsPerUserLimit: wait(
    "You have as many running jobs as this QoS allows one person.",
    "It starts when one of them ends: stop one, or choose another QoS.",
  ),
  AssocMaxJobsLimit: wait(
    "You have as many running jobs as your account allows you.",
    "It starts when one of them ends: stop one, or choose another account.",
  ),
  MaxJobsPerAccount: wait("Your account has as many running jobs as this QoS allows it.", END_ONE),
  QOSGrpJobsLimit: wait("This QoS has as many running jobs as it may have.", END_ONE),
  AssocGrpJobsLimit: wait("Your account has as many running jobs as it may have.", END_ONE),
  QOSMaxSubmitJobPerUserLimit: wait("You have as many jobs in the queue as this QoS allows one person.", QUEUE_FULL),
  AssocMaxSubmitJobLimit: wait("You have as many jobs in the queue as your account allows you.", QUEUE_FULL),
  MaxSubmitJobsPerAccount: wait("Your account has as many jobs in the queue as this QoS allows it.", QUEUE_FULL),
  QOSGrpSubmitJobsLimit: wait("This QoS has as many jobs in the queue as it may have.", QUEUE_FULL),
  AssocGrpSubmitJobsLimit: wait("Your account has as many jobs in the queue as it may have.", QUEUE_FULL),
  QOSMaxWallDurationPerJobLimit: never("It asks for more time than this QoS allows one job.", "Ask for less time, or choose another QoS."),
  AssocMaxWallDurationPerJobLimit: never(
    "It asks for more time than your account allows one job.",
    "Ask for less time, or choose another account.",
  ),
  QOSGrpWallLimit: wait("All the running time of this QoS is used up.", "Ask the cluster's staff for more, or choose another QoS."),
  AssocGrpWallLimit: wait(
    "All the running time of your account is used up.",
    "Ask the cluster's staff for more, or choose another account.",
  ),
  QOSJobLimit: wait("This QoS has reached a limit of its jobs.", "It starts when others of them end; else choose another QoS."),
  QOSResourceLimit: wait(
    "This QoS has reached a limit of what its jobs may use.",
    "It starts when others of them end; else choose another QoS.",
  ),
  QOSTimeLimit: wait("This QoS has reached a limit of its time.", "Ask for less time, or choose another QoS."),
  QOSUsageThreshold: wait("Your account has used too much of late for this QoS.", "Choose another QoS, or wait until it counts for less."),
  AssociationJobLimit: wait(
    "Your account has reached a limit of its jobs.",
    "It starts when others of them end; else choose another account.",
  ),
  AssociationResourceLimit: wait(
    "Your account has reached a limit of what its jobs may use.",
    "It starts when others of them end; else choose another account.",
  ),
  AssociationTimeLimit: wait("Your account has reached a limit of its time.", "Ask for less time, or choose another account."),
};

/** @returns undefined for a code that names no limit we know of. */
export function describeLimit(code: string): PendingWords | undefined {
  if (Object.hasOwn(OTHERS, code)) return OTHERS[code];
  for (const [pattern, say] of RULES) {
    const { owner = "", resource = "" } = pattern.exec(code)?.groups ?? {};
    const [amount, time] = RESOURCES[ALIASES[resource] ?? resource] ?? [];
    if (Object.hasOwn(OWNERS, owner) && amount !== undefined && time !== undefined)
      return say(OWNERS[owner as keyof typeof OWNERS], amount, time);
  }
  return undefined;
}
