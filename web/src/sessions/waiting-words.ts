/** A waiting session's place in words, and what another shape of it would change. Pure. */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Resources, Session, Waiting } from "@fairway/contract/sessions.ts";

/** "Place 4 of 12 in gpu", "4 launches are sent before yours"; null where nothing is known. */
export function toPlace(waiting: Waiting): string | null {
  if (waiting.kind === "sending") {
    if (waiting.ahead === 0) return "Yours is sent next";
    return waiting.ahead === 1 ? "1 launch is sent before yours" : `${waiting.ahead} launches are sent before yours`;
  }
  const queue = waiting.partition ?? "the queue";
  if (waiting.ahead !== null) return `Place ${waiting.ahead + 1}${waiting.of === null ? "" : ` of ${waiting.of}`} in ${queue}`;
  return waiting.of === null ? null : `${waiting.of} ${waiting.of === 1 ? "job waits" : "jobs wait"} in ${queue}`;
}

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
