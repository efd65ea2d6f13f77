/**
 * Why a job waits, in words. Keys are Slurm's reason codes (squeue's %r); a code may carry a list
 * after a comma (`ReqNodeNotAvail, UnavailableNodes:c2`), so only its first word is looked up.
 * The code itself always stays visible beside the words.
 */
const WORDS: Readonly<Record<string, string>> = {
  None: "The scheduler has not looked at it yet.",
  Resources: "It is next in line and waits for resources to become free.",
  Priority: "Other jobs are ahead of it.",
  Dependency: "It waits for another job to finish.",
  DependencyNeverSatisfied: "It waits for a job that can no longer finish as required.",
  BeginTime: "It is to start at a later time.",
  JobHeldUser: "You put it on hold.",
  JobHeldAdmin: "The cluster's staff put it on hold.",
  JobArrayTaskLimit: "Other tasks of the same array are running.",
  PartitionDown: "The partition is switched off at the moment.",
  PartitionInactive: "The partition is not accepting work at the moment.",
  PartitionNodeLimit: "It asks for more nodes than the partition allows.",
  PartitionTimeLimit: "It asks for more time than the partition allows.",
  Licenses: "It waits for a software licence.",
  ReqNodeNotAvail: "A node it needs is not available.",
  Reservation: "It waits for its reservation to begin.",
  ReservationDeleted: "Its reservation was deleted.",
  NodeDown: "A node it needs is down.",
  BadConstraints: "No node can ever meet what it asks for.",
  FrontEndDown: "The cluster's front end is down.",
  Cleaning: "It is being cleaned up before it starts again.",
  Prolog: "Its node is being prepared.",
  InvalidAccount: "Its account is not valid on this cluster.",
  InvalidQOS: "Its QoS is not valid on this cluster.",
  AssociationJobLimit: "Your account has reached its limit of running jobs.",
  AssocMaxJobsLimit: "You have reached your limit of running jobs.",
  AssocGrpCpuLimit: "Your account has reached its limit of CPUs.",
  AssocGrpMemLimit: "Your account has reached its limit of memory.",
  AssocGrpGRES: "Your account has reached its limit of GPUs.",
  AssocGrpCPUMinutesLimit: "Your account has used up its CPU time.",
  QOSMaxJobsPerUserLimit: "You have reached this QoS's limit of running jobs.",
  QOSMaxCpuPerUserLimit: "You have reached this QoS's limit of CPUs.",
  QOSMaxMemoryPerUser: "You have reached this QoS's limit of memory.",
  QOSMaxGRESPerUser: "You have reached this QoS's limit of GPUs.",
  QOSMaxWallDurationPerJobLimit: "It asks for more time than this QoS allows.",
  QOSGrpCpuLimit: "This QoS has reached its limit of CPUs.",
  QOSJobLimit: "This QoS has reached its limit of running jobs.",
  QOSResourceLimit: "This QoS has reached one of its limits.",
};

/** The reason in words, or null for a code we have no words for (show the code alone then). */
export function describePendingReason(code: string): string | null {
  const first = code.split(/[ ,(]/, 1)[0] ?? "";
  return WORDS[first] ?? null;
}

export const KNOWN_PENDING_REASONS: readonly string[] = Object.keys(WORDS);
