/** What another shape of a waiting session would change, and which session follows it. Pure. */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Resources, Session } from "@fairway/contract/sessions.ts";

export interface ResourceChange {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** What is different, and only that. */
export function toChanges(before: Resources, after: Resources): readonly ResourceChange[] {
  const [old, other] = [toFacts(before), toFacts(after)];
  return Object.entries(old).flatMap(([label, value]) => {
    const now = other[label] ?? "";
    return now === value ? [] : [{ label, before: value, after: now }];
  });
}

function toFacts({ cpus, memoryBytes, gpus, timeLimitSeconds, partition, account, qos }: Resources): Record<string, string> {
  return {
    Partition: partition ?? "the default one",
    Cores: String(cpus),
    Memory: memoryBytes === null ? "the partition's default" : formatBytes(memoryBytes),
    GPUs: gpus === null ? "none" : `${gpus.count} × ${gpus.type ?? "any"}`,
    Time: timeLimitSeconds === null ? "the partition's limit" : formatDuration(timeLimitSeconds),
    Account: account ?? "the default one",
    QoS: qos ?? "the default one",
  };
}

/** The session that goes on under the same name after this one: the newest, if any. */
export function findSuccessor(session: Pick<Session, "user" | "name" | "createdAt">, open: readonly Session[]): Session | null {
  const later = open.filter(({ user, name, createdAt }) => user === session.user && name === session.name && createdAt > session.createdAt);
  return later.sort((a, b) => b.createdAt - a.createdAt)[0] ?? null;
}
