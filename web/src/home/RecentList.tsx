/** Sessions that ended: why, when, and the way back in. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { toSessionTitle } from "../api/session-lists.ts";
import { ErrorNote } from "../common/ErrorState.tsx";
import { Moment } from "../common/Moment.tsx";
import { useRelaunch } from "../sessions/actions.ts";
import { StateBadge } from "../sessions/StateBadge.tsx";
import css from "./HomePage.module.css";

export function RecentList({ sessions }: { readonly sessions: readonly Session[] }) {
  const relaunch = useRelaunch();
  return (
    <>
      <ErrorNote error={relaunch.error} />
      <ul className={css.recent}>
        {sessions.map((session) => (
          <li key={session.id}>
            <div className={css.what}>
              <Link to="/sessions/$id" params={{ id: session.id }}>
                {toSessionTitle(session)}
              </Link>
              <p className="dim small">{session.line}</p>
            </div>
            <div className={css.how}>
              <StateBadge tone={session.tone} label={session.label} />
              <span className="dim small">
                <Moment at={session.endedAt ?? session.stateSince} as="ago" />
              </span>
            </div>
            <Button
              variant="default"
              size="xs"
              onClick={() => relaunch.mutate(session)}
              loading={relaunch.isPending && relaunch.variables.id === session.id}
              aria-label={`Relaunch ${toSessionTitle(session)}`}
            >
              Relaunch
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
