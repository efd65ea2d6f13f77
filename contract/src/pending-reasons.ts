/**
 * Why a job waits, in words, and what the person can do about it. For every reason code of Slurm 20.11 to 26.05 (squeue's
 * %r; its source: job_state_reason.c): limits by rule, the rest by table. The code itself always stays visible beside.
 */
import { describeLimit } from "./limit-reasons.ts";
import { never, type PendingWords, wait } from "./pending-words.ts";

export type { PendingWords } from "./pending-words.ts";

const LESS = "Something smaller or shorter may start sooner.";
const OTHER_PARTITION = "Choose another partition, or wait until the cluster's staff bring it back.";
const AGAIN = "Cancel it and launch it again.";
const ASK_STAFF = "Cancel it and launch it again; if that does not help, ask the cluster's staff.";

const WORDS: Readonly<Record<string, PendingWords>> = {
  None: wait("The scheduler has not looked at it yet."),
  Resources: wait("It is next in line and waits for resources to become free.", LESS),
  Priority: wait("Other jobs are ahead of it.", LESS),
  Prolog: wait("Its node is being prepared."),
  Cleaning: wait("It is being cleaned up before it starts again."),
  BeginTime: wait("It is to start at a later time, or went back into the queue a moment ago."),
  Dependency: wait("It waits for another job to finish."),
  DependencyNeverSatisfied: never("It waits for a job that can no longer finish as required.", AGAIN),
  JobArrayTaskLimit: wait("Other tasks of the same array are running."),
  FedJobLock: wait("Another cluster is looking whether it can start there."),

  JobHeldUser: wait("You put it on hold.", "Release it on the cluster: scontrol release, and the job's number."),
  JobHeldAdmin: wait("The cluster's staff, or the cluster itself, put it on hold.", "Ask the cluster's staff why."),
  JobHoldMaxRequeue: never("It failed to start too often and was put on hold.", ASK_STAFF),

  PartitionDown: wait("The partition is switched off at the moment.", OTHER_PARTITION),
  PartitionInactive: wait("The partition is not accepting work at the moment.", OTHER_PARTITION),
  PartitionNodeLimit: never(
    "It asks for more nodes than the partition allows, or for fewer.",
    "Change the nodes, or choose another partition.",
  ),
  PartitionTimeLimit: never("It asks for more time than the partition allows.", "Ask for less time, or choose another partition."),
  PartitionConfig: never("The partition does not allow what it asks for, or not to you.", "Ask for less, or choose another partition."),
  MaxMemPerLimit: never("It asks for more memory than the partition allows.", "Ask for less memory, or choose another partition."),
  AccountNotAllowed: never("Its account may not use this partition.", "Choose another account or partition."),
  QOSNotAllowed: never("Its QoS may not be used in this partition.", "Choose another QoS or partition."),
  InvalidAccount: never("Its account is not valid on this cluster.", "Choose another account."),
  InvalidQOS: never("Its QoS is not valid for you on this cluster.", "Choose another QoS."),
  AccountingPolicy: never("The limits of your account or QoS do not allow it.", "Ask for less, or choose another account or QoS."),

  BadConstraints: never("No node can ever meet what it asks for.", "Ask for less, or choose another partition."),
  Constraints: wait("No node can meet all that it asks for at the moment.", "Ask for less, or choose another partition."),
  ReqNodeNotAvail: wait("A node it needs is not available: down, drained or reserved.", "Choose another partition, or ask for less time."),
  NodeDown: wait("A node it needs is down.", OTHER_PARTITION),
  FrontEndDown: wait("The cluster's front end is down."),
  MaxPoweredUpNodes: wait("As many nodes are switched on as the cluster allows."),
  PowerNotAvail: wait("There is not enough electric power for it at the moment."),
  PowerReserved: wait("The electric power it needs is reserved for others."),
  MpiPortsBusy: wait("All ports for parallel programs are taken on its nodes."),
  NvidiaImexChannels: wait("All channels between GPUs of several nodes are taken."),
  BlockFreeAction: wait("Its nodes are being made free."),
  BlockMaxError: wait("Its nodes had too many errors."),

  Licenses: wait("It waits for a software licence."),
  Reservation: wait(
    "It waits for its reservation to begin, or for room in it.",
    "Launch it without the reservation to start in the normal queue.",
  ),
  ReservationDeleted: never("Its reservation was deleted.", "Launch it again without the reservation."),
  ReservationInvalid: never("Its reservation is not valid.", "Launch it again without the reservation."),
  BurstBufferResources: wait("It waits for space on the fast storage."),
  BurstBufferStageIn: wait("Its files are being copied to the fast storage."),
  BurstBufferOperation: wait("Copying its files to or from the fast storage failed.", ASK_STAFF),
  SchedDefer: never("It asks to start at once or not at all, which this cluster does not do.", AGAIN),
  DeadLine: never("It could not start before the deadline that it was given.", AGAIN),

  JobLaunchFailure: wait("Its node failed to start it.", ASK_STAFF),
  SystemFailure: wait("Something failed in the cluster.", ASK_STAFF),
  NonZeroExitCode: wait("Its last run ended with an error.", ASK_STAFF),
  RaisedSignal: wait("Its last run was ended by a signal.", ASK_STAFF),
  OutOfMemory: wait("Its last run needed more memory than it asked for.", "Cancel it and launch it with more memory."),
  TimeLimit: wait("Its last run reached its time limit.", AGAIN),
  InactiveLimit: wait("Its last run did nothing for too long.", AGAIN),
};

/** Sentences that Slurm puts in place of the code. */
const SENTENCES: readonly (readonly [RegExp, PendingWords])[] = [
  [
    /^Nodes required for job are/,
    wait("The nodes it needs are down, drained, or kept for jobs ahead of it.", "Choose another partition, or ask for less."),
  ],
  [/^launch fail|env retrieval failed/, never("Its node failed to start it, and it was put on hold.", ASK_STAFF)],
  [/^job requeued in (held|special)/, wait("It went back into the queue, on hold.", "It can start once whoever did that releases it.")],
  [/^uid \d+ not in group/, never("The partition is for members of a group that you are not in.", "Choose another partition.")],
  [
    /^Job is at or exceeds QOS/,
    never("This QoS has used up its time, or does not allow so much.", "Ask for less time, or choose another QoS."),
  ],
  [
    /^Job is at or exceeds assoc/,
    never("Your account has used up its time, or does not allow so much.", "Ask for less time, or choose another account."),
  ],
];

/** @param code may carry a list behind it: `ReqNodeNotAvail, UnavailableNodes:c2`. */
export function describePendingReason(code: string): PendingWords {
  const first = code.split(/[ ,(:]/, 1)[0] ?? "";
  const sentence = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  return (
    sentence ??
    (Object.hasOwn(WORDS, first) ? WORDS[first] : describeLimit(first)) ??
    wait(`It waits; the cluster's own word for why is "${code}".`)
  );
}
