// The text of Slurm's configuration files. Pure.
import type { Layout } from "./layout.ts";

/** How far the host's cgroups can be used: v1 gives true memory limits and device isolation. */
export type CgroupMode = "v1" | "none";

export const nodeCpus = 16;
export const nodeMemoryMb = 32_000;
export const fakeGpuDir = "/var/lib/fakegpu";
export const gpusPerNode = 2;
/** Where srun listens for its tasks: known, so that a firewall between nodes can let it through. */
export const srunPorts = "60001-63000";

export function renderSlurmConf(layout: Layout, cgroups: CgroupMode): string {
  const compute = computeNames(layout);
  const gpuNode = compute.at(-1);
  const isOld = layout.spec.slurm === "20.11";
  return `# Made by the testbed. Short intervals: this cluster is for demonstrations and tests.
ClusterName=${layout.spec.name}
SlurmctldHost=head
SlurmUser=slurm
AuthType=auth/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=/etc/slurm/jwt.key
StateSaveLocation=/var/lib/slurm/slurmctld
SlurmdSpoolDir=/var/lib/slurm/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
MailProg=/bin/true

SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
PriorityType=priority/multifactor
PriorityWeightAge=1000
PriorityWeightFairshare=10000
PriorityWeightQOS=1000
PriorityWeightPartition=1000
PriorityCalcPeriod=1
EnforcePartLimits=ALL

ProctrackType=proctrack/${cgroups === "v1" ? "cgroup" : "linuxproc"}
TaskPlugin=task/${cgroups === "v1" ? "cgroup" : "none"}
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=10

AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=head
AccountingStorageEnforce=associations,limits,qos
AccountingStorageTRES=gres/gpu,gres/gpu:a100
${isOld ? "AccountingStoreJobComment=YES" : "AccountingStoreFlags=job_comment,job_env,job_script"}

MessageTimeout=10
SrunPortRange=${srunPorts}
SlurmctldTimeout=30
SlurmdTimeout=20
KillWait=15
MinJobAge=300
InactiveLimit=0
ReturnToService=2
SlurmdParameters=config_overrides
GresTypes=gpu

NodeName=DEFAULT CPUs=${nodeCpus} Sockets=1 CoresPerSocket=${nodeCpus} ThreadsPerCore=1 RealMemory=${nodeMemoryMb} State=UNKNOWN
${compute.map((name) => `NodeName=${name}${name === gpuNode ? ` Gres=gpu:a100:${gpusPerNode}` : ""}`).join("\n")}
PartitionName=DEFAULT DefMemPerCPU=1000 State=UP
PartitionName=batch Nodes=ALL Default=YES DefaultTime=1:00:00 MaxTime=24:00:00
PartitionName=debug Nodes=ALL DefaultTime=0:30:00 MaxTime=0:30:00 PriorityJobFactor=10
PartitionName=gpu Nodes=${gpuNode} DefaultTime=1:00:00 MaxTime=24:00:00
`;
}

export function renderGresConf(layout: Layout): string {
  return `NodeName=${computeNames(layout).at(-1)} Name=gpu Type=a100 File=${fakeGpuDir}/nvidia[0-${gpusPerNode - 1}]\n`;
}

export function renderCgroupConf(layout: Layout, cgroups: CgroupMode): string {
  if (cgroups === "none") {
    // Older ones have no such word, and load no cgroup plugin that nothing asks for.
    return layout.spec.slurm === "24.11" || layout.spec.slurm === "26.05" ? "CgroupPlugin=disabled\n" : "";
  }
  // No core constraint: a node claims more CPUs than its host has.
  return `CgroupMountpoint=/sys/fs/cgroup
${layout.spec.slurm === "20.11" ? "" : "CgroupPlugin=cgroup/v1\n"}ConstrainRAMSpace=yes
ConstrainDevices=yes
`;
}

/** `storagePass` is for 20.11 alone, which connects before it has dropped root. */
export function renderSlurmdbdConf(storagePass: string): string {
  return `AuthType=auth/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=/etc/slurm/jwt.key
DbdHost=head
SlurmUser=slurm
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=${storagePass}
StorageLoc=slurm_acct_db
PidFile=/run/slurmdbd.pid
LogFile=/var/log/slurm/slurmdbd.log
`;
}

function computeNames(layout: Layout): string[] {
  return layout.nodes.filter((node) => node.role === "compute").map((node) => node.name);
}
