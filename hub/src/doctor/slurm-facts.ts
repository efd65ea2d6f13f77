/** What of a cluster's Slurm configuration matters to Fairway, from the controller's own word. Pure. */
import type { Finding } from "./finding.ts";

/** By name, what it means for us; shown in this order. */
const SETTINGS: readonly (readonly [name: string, why: string])[] = [
  ["ClusterName", "its name"],
  ["SLURM_VERSION", "its version"],
  ["SelectType", "what is given out: single cores, or whole nodes"],
  ["SelectTypeParameters", "whether memory counts"],
  ["PrivateData", "what is hidden from accounts without operator rights"],
  ["ProctrackType", "whether everything of a job ends with it"],
  ["TaskPlugin", "whether a job is held to its cores and memory"],
  ["JobAcctGatherType", "whether what a job used is measured"],
  ["AccountingStorageType", "whether accounting is kept"],
  ["MinJobAge", "how long an ended job stays in the queue's list"],
  ["MessageTimeout", "how long a command waits for the controller"],
  ["KillWait", "how long a job has between its signal and its end"],
  ["UsePAM", "whether PAM has a say on the nodes"],
];

/** @param config the answer to `scontrol show config` */
export function describeSlurm(cluster: string, config: string): Finding[] {
  const values = new Map(
    [...config.matchAll(/^\s*([A-Za-z_]+)\s*=[ \t]*(.*?)\s*$/gm)].map(([, name = "", value = ""]) => [name, value] as const),
  );
  const shown = SETTINGS.flatMap(([name, why]): Finding[] => {
    const value = values.get(name);
    return value === undefined || value === "" ? [] : [{ level: "ok", what: `${cluster}: ${name}=${value} (${why})` }];
  });
  return [...shown, ...warnings(cluster, values)];
}

function warnings(cluster: string, values: ReadonlyMap<string, string>): Finding[] {
  const found: Finding[] = [];
  if (/linear/i.test(values.get("SelectType") ?? "")) {
    found.push({
      level: "warn",
      what: `${cluster}: every job gets a whole node (SelectType=${values.get("SelectType")})`,
      next: "A notebook of one core takes a node of its own: a partition that is shared would serve more people.",
    });
  }
  const age = Number(/^(\d+)/.exec(values.get("MinJobAge") ?? "")?.[1] ?? Number.NaN);
  if (age < 60) {
    found.push({
      level: "warn",
      what: `${cluster}: ended jobs leave the queue's list after ${age} s`,
      next: "How a job ended then comes from accounting alone: set MinJobAge to 60 or more.",
    });
  }
  return found;
}
