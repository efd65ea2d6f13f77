/** What scontrol says of the simulated cluster: one partition of full nodes, without accounting. Pure. */

const NODES = 63;
const CPUS = 16;

const CONFIG = `Configuration data as of 2026-01-01T00:00:00
AccountingStorageEnforce = none
AccountingStorageType   = (null)
ClusterName             = simulated
PreemptType             = (null)
SLURM_VERSION           = 24.11.5
`;

const PARTITION =
  "PartitionName=batch AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=YES QoS=N/A DefaultTime=01:00:00 DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO MaxNodes=UNLIMITED MaxTime=1-00:00:00 MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED Nodes=n[1-63] PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO OverTimeLimit=NONE PreemptMode=OFF State=UP TotalCPUs=1008 TotalNodes=63 DefMemPerCPU=1000 MaxMemPerNode=UNLIMITED\n";

const toNode = (name: string) =>
  `NodeName=${name} Arch=x86_64 CoresPerSocket=${CPUS} CPUAlloc=${CPUS} CPUEfctv=${CPUS} CPUTot=${CPUS} CPULoad=0.10 AvailableFeatures=(null) Gres=(null) NodeAddr=${name} NodeHostName=${name} Version=24.11.5 OS=Linux RealMemory=32000 AllocMem=16000 FreeMem=16000 Sockets=1 Boards=1 State=ALLOCATED ThreadsPerCore=1 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A Partitions=batch BootTime=1700000000 CfgTRES=cpu=${CPUS},mem=32000M AllocTRES=cpu=${CPUS},mem=16000M\n`;

/** @returns null for what it does not know. */
export function renderShow(what: string): string | null {
  switch (what) {
    case "config":
      return CONFIG;
    case "partition":
      return PARTITION;
    case "node":
      return Array.from({ length: NODES }, (_, index) => toNode(`n${index + 1}`)).join("");
    case "reservation":
      return "No reservations in the system\n";
    default:
      return null;
  }
}
