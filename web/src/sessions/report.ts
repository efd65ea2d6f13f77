/** What the help desk needs to know about a session: ids, times, versions. No secrets, nothing private but names. */
import type { Session } from "@fairway/contract/sessions.ts";

export interface ReportFacts {
  readonly site: string;
  readonly version: string;
  readonly page: string;
  readonly browser: string;
  readonly nowMs: number;
  readonly logTail: string;
}

const LOG_LINES = 20;

/** Plain text; times in UTC, because the reader sits elsewhere. */
export function toReport(session: Session, facts: ReportFacts): string {
  const { job } = session;
  const lines: readonly (readonly [string, string | number | null | undefined])[] = [
    ["Session", `${session.id}${session.name === "" ? "" : ` (${session.name})`}`],
    ["User", session.user === session.runsAs ? session.user : `${session.user}, job runs as ${session.runsAs}`],
    ["App", session.app.title],
    ["Profile", session.profile?.name],
    [
      "Options",
      Object.entries(session.options)
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
    ],
    ["State", `${session.state}${session.reason === null ? "" : ` (${session.reason})`} since ${toUtc(session.stateSince)}`],
    ["Shown as", `${session.label}: ${session.line}`],
    [
      "Cluster",
      session.cluster.awaySince === null ? session.cluster.name : `${session.cluster.name}, away since ${toUtc(session.cluster.awaySince)}`,
    ],
    ["Job", job === null ? null : `${job.id} ${job.state}${job.pendingReason === null ? "" : ` (${job.pendingReason})`}`],
    ["Node", job?.node],
    ["Partition", session.resources.partition],
    ["Exit code", session.exitCode],
    ["The cluster said", session.detail],
    ["Created", toUtc(session.createdAt)],
    ["Submitted", toUtc(job?.submittedAt)],
    ["Started", toUtc(job?.startedAt)],
    ["Ready", toUtc(session.readyAt)],
    ["Ended", toUtc(session.endedAt)],
    ["Fairway", `${facts.version} at ${facts.site}`],
    ["Page", facts.page],
    ["Browser", facts.browser],
    ["Report made", toUtc(facts.nowMs)],
  ];
  const head = lines.flatMap(([label, value]) =>
    value === null || value === undefined || value === "" ? [] : [`${`${label}:`.padEnd(18)}${value}`],
  );
  const tail = facts.logTail.trimEnd().split("\n").slice(-LOG_LINES);
  return tail.join("") === "" ? head.join("\n") : [...head, "", `Last lines of the log:`, ...tail].join("\n");
}

function toUtc(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
