/** Sessions side by side, to compare; on a narrow screen each row becomes a block. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { toSessionTitle } from "../api/session-lists.ts";
import { Moment } from "../common/Moment.tsx";
import { TableHead } from "../common/TableHead.tsx";
import { useNow } from "../hooks.ts";
import { toTimeLeft } from "../time/time-left.ts";
import { toResourceParts } from "./resources.ts";
import css from "./SessionTable.module.css";
import { StateBadge } from "./StateBadge.tsx";
import { toPercent } from "./usage-words.ts";

interface SessionTableProps {
  readonly sessions: readonly Session[];
  readonly caption: string;
  /** Whose it is, and what an administrator may do about it. */
  readonly withUser?: boolean;
  readonly action?: (session: Session) => ReactNode;
}

export function SessionTable({ sessions, caption, withUser = false, action }: SessionTableProps) {
  const now = useNow();
  if (sessions.length === 0) return null;
  const withLeft = sessions.some(({ state }) => state !== "ended");
  const withUsage = !withLeft && sessions.some(({ usage }) => usage !== null); // side by side with what still runs it would be too much
  const columns = [
    "Session",
    ...(withUser ? ["User"] : []),
    ...["State", "Where", "Resources", "Job", "Created"],
    ...(withLeft ? ["Left"] : []),
    ...(withUsage ? USAGE_COLUMNS : []),
  ];
  return (
    <table className={css.table}>
      <caption className="visually-hidden">{caption}</caption>
      <TableHead columns={columns} withAction={action !== undefined} />
      <tbody>
        {sessions.map((session) => (
          <tr key={session.id} data-session={session.id}>
            <th scope="row">
              <Link to="/sessions/$id" params={{ id: session.id }}>
                {toSessionTitle(session)}
              </Link>
              {session.name === "" ? null : <span className="dim"> {session.name}</span>}
            </th>
            {withUser ? <td data-label="User">{session.user}</td> : null}
            <td>
              <StateBadge tone={session.tone} label={session.label} />
            </td>
            <td data-label="Where">
              {[session.resources.partition ?? session.cluster.title, session.job?.node].filter(Boolean).join(" · ")}
            </td>
            <td data-label="Resources">{toResourceParts(session.resources).join(" · ")}</td>
            <td data-label="Job">{session.job === null ? <None /> : <code>{session.job.id}</code>}</td>
            <td data-label="Created">
              <Moment at={session.createdAt} />
            </td>
            {withLeft ? <td data-label="Left">{toTimeLeft(session, now)?.text.replace(/ left$/, "") ?? <None />}</td> : null}
            {withUsage ? <UsageCells usage={session.usage} /> : null}
            {action === undefined ? null : <td>{action(session)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const USAGE_COLUMNS = ["Ran", "CPU used", "Memory used"];

/** What accounting tells, as a share of what was asked for. */
function UsageCells({ usage }: Pick<Session, "usage">) {
  const none = <None />;
  return (
    <>
      <td data-label="Ran">{usage === null ? none : formatDuration(usage.elapsedSeconds)}</td>
      <td data-label="CPU used">{usage?.cpuFraction == null ? none : toPercent(usage.cpuFraction)}</td>
      <td data-label="Memory used">{usage?.memoryFraction == null ? none : toPercent(usage.memoryFraction)}</td>
    </>
  );
}

function None() {
  return (
    <span className="dim" aria-hidden="true">
      –
    </span>
  );
}
