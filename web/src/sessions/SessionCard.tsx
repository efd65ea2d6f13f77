/** One session at a glance. The card is one link to its page; "Open" is the one primary button. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { toSessionTitle } from "../api/session-lists.ts";
import { useNow } from "../hooks.ts";
import { canOpen, canOpenTerminal, canSwap } from "./actions.ts";
import { ExtendButton } from "./ExtendButton.tsx";
import { JobWords } from "./JobWords.tsx";
import { toWhereabouts } from "./resources.ts";
import css from "./SessionCard.module.css";
import { StateBadge } from "./StateBadge.tsx";
import { StepList } from "./StepList.tsx";
import { StopButton } from "./StopButton.tsx";
import { TerminalLink } from "./TerminalLink.tsx";
import { TimeLeftLine } from "./TimeLeftLine.tsx";
import { WaitingLine } from "./WaitingLine.tsx";

// What most cards never show loads with the first that does.
const StartInstead = lazy(() => import("./StartInstead.tsx").then((module) => ({ default: module.StartInstead })));
const IdleNote = lazy(() => import("./IdleNote.tsx").then((module) => ({ default: module.IdleNote })));

interface SessionCardProps {
  readonly session: Session;
  /** Where there is only one cluster, its name says nothing. */
  readonly withCluster?: boolean;
}

export function SessionCard({ session, withCluster = false }: SessionCardProps) {
  return (
    <article className={css.card} data-tone={session.tone} data-session={session.id} data-state={session.state}>
      <div className={css.head}>
        <h2 className={css.title}>
          <Link to="/sessions/$id" params={{ id: session.id }}>
            {toSessionTitle(session)}
          </Link>
          {session.name === "" ? null : <span className={css.slot}>{session.name}</span>}
        </h2>
        <StateBadge tone={session.tone} label={session.label} />
      </div>
      <p className="dim">{toWhereabouts(session, withCluster)}</p>
      <div className={css.third}>
        <ThirdLine session={session} />
      </div>
      <div className={css.actions}>
        {canOpen(session) ? (
          <Button component="a" href={session.openUrl} size="xs" aria-label={`Open ${toSessionTitle(session)}`}>
            Open
          </Button>
        ) : null}
        {canOpenTerminal(session) ? (
          <TerminalLink
            to="/terminal/$id"
            params={{ id: session.id }}
            aria-label={`Terminal in ${toSessionTitle(session)}`}
            title="Terminal"
          />
        ) : null}
        <StopButton session={session} />
      </div>
    </article>
  );
}

/** Ready: the time left. On its way: the steps, or where it stands and what would start now. Else: what is the matter. */
function ThirdLine({ session }: { readonly session: Session }) {
  const now = useNow();
  if (session.state === "ready" && (session.job?.endsAt != null || session.idle !== null)) {
    return (
      <>
        <div className={css.time}>
          <TimeLeftLine session={session} />
          <ExtendButton session={session} />
        </div>
        {session.idle === null ? null : (
          <Suspense>
            <IdleNote session={session} />
          </Suspense>
        )}
      </>
    );
  }
  const isOnItsWay = ["requested", "submitting", "starting"].includes(session.state);
  return (
    <>
      <p>
        {session.line} <JobWords session={session} />
      </p>
      <WaitingLine session={session} />
      {canSwap(session, now) ? (
        <Suspense>
          <StartInstead session={session} isShort />
        </Suspense>
      ) : null}
      {isOnItsWay ? <StepList session={session} isRow /> : null}
      {session.next === null ? null : <p className="dim">{session.next}</p>}
    </>
  );
}
