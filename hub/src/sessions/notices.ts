/** What happens to sessions -> what their owners are told by mail and webhook. The portal hears of everything by itself. */
import type { EndReason } from "@fairway/contract/states.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Notice, NoticeSession } from "../notify/types.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionChanged } from "./changes.ts";
import { describeRow } from "./view.ts";

/** Who waited less is still there. */
const LONG_WAIT_MS = 10 * 60_000;
/** And who launched it a moment ago sees how it ends. */
const STILL_LOOKING_MS = 60_000;
/** Ends that nobody asked for: the others are no news to the owner. */
const UNASKED: readonly EndReason[] = [
  "idle",
  "walltime",
  "preempted",
  "out_of_memory",
  "node_fail",
  "failed",
  "submit_failed",
  "pending_timeout",
  "start_timeout",
  "lost",
];

/** The notice that a change deserves; null: none. The hub that made the change is the one that hears of it. */
export function toNotice({ row, from }: SessionChanged, cluster: Cluster | undefined, now: number): Notice | null {
  const session = toNoticeSession(row, cluster);
  const waitedMs = now - row.createdAt;
  const isEnd = row.state === "ended" && from !== "ended" && waitedMs > STILL_LOOKING_MS;
  if (isEnd && row.reason !== null && (UNASKED.includes(row.reason) || isStrangers(row))) {
    const { line, next } = describeRow(row, cluster);
    return { kind: "ended", at: now, session, reason: row.reason, line, next };
  }
  const isFirstReady = row.state === "ready" && from !== "ready" && from !== "unreachable" && from !== "suspended";
  if (isFirstReady && from !== null && row.restarts === 0 && waitedMs > LONG_WAIT_MS) return { kind: "ready", at: now, session, waitedMs };
  return null;
}

export function toNoticeSession(row: SessionRow, cluster: Cluster | undefined): NoticeSession {
  return {
    id: row.id,
    user: row.user,
    name: row.name,
    title: row.profileTitle ?? row.appTitle,
    cluster: { name: row.cluster, title: cluster?.title ?? row.cluster },
    jobId: row.jobId,
  };
}

/** Cancelled, and not by its owner through us: an administrator, or somebody with scancel. */
const isStrangers = (row: SessionRow) => row.reason === "cancelled";
