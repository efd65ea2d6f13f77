/** A session's resources in one line, as cards and tables show them. */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Resources, Session } from "@fairway/contract/sessions.ts";

/** "4 cores", "16 GB", "1 × a100" */
export function toResourceParts(resources: Resources): readonly string[] {
  const { cpus, memoryBytes, gpus } = resources;
  return [
    `${cpus} ${cpus === 1 ? "core" : "cores"}`,
    ...(memoryBytes === null ? [] : [formatBytes(memoryBytes)]),
    ...(gpus === null ? [] : [`${gpus.count} × ${gpus.type ?? "GPU"}`]),
  ];
}

/** "gpu · node c2 · 4 cores · 16 GB": where it runs first; the cluster where it says something new. */
export function toWhereabouts(session: Session, withCluster = false): string {
  const { partition } = session.resources;
  const place = partition === null || withCluster ? [session.cluster.title] : [];
  if (partition !== null) place.push(partition);
  if (session.job?.node != null) place.push(`node ${session.job.node}`);
  return [...place, ...toResourceParts(session.resources)].join(" · ");
}

export function toLimitText(resources: Resources): string {
  return resources.timeLimitSeconds === null ? "the partition's limit" : formatDuration(resources.timeLimitSeconds);
}

/** The launch form's address, filled in as this session was. */
export function toLaunchSearch({ options }: Pick<Session, "options">): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]));
}
