/** One session: its state and the way to it, its log, its facts, and what can be done now. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { toSessionTitle } from "../api/session-lists.ts";
import { ButtonLink } from "../common/ButtonLink.tsx";
import { ErrorNote, ErrorState } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import { useMe, useNow, useSession, useTitle } from "../hooks.ts";
import { canOpen, canOpenTerminal, canSwap, useRelaunch } from "./actions.ts";
import { EndingPanel } from "./EndingPanel.tsx";
import { JobWords } from "./JobWords.tsx";
import { LogPanel } from "./LogPanel.tsx";
import { ReportButton } from "./ReportButton.tsx";
import { toLaunchSearch } from "./resources.ts";
import { SessionFacts } from "./SessionFacts.tsx";
import css from "./SessionPage.module.css";
import { StartInstead } from "./StartInstead.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { StepList } from "./StepList.tsx";
import { StopButton } from "./StopButton.tsx";
import { TimePanel } from "./TimePanel.tsx";
import { UsagePanel } from "./UsagePanel.tsx";
import { type Log, useLog } from "./use-log.ts";
import { useSuccessor } from "./use-successor.tsx";
import { WaitingLine } from "./WaitingLine.tsx";

export function SessionPage() {
  const { id } = useParams({ from: "/shell/sessions/$id" });
  const query = useSession(id);
  const session = query.data;
  useTitle(...(session === undefined ? ["Session"] : [session.label, toSessionTitle(session)]));
  return (
    <>
      <nav aria-label="Where you are" className={css.trail}>
        <Link to="/sessions">Sessions</Link> <span aria-hidden="true">/</span> <code>{id}</code>
      </nav>
      {query.isError && session === undefined ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} isWholePage />
      ) : (
        <Loaded query={query} skeleton={[120, 320]}>
          {(data) => <SessionView key={data.id} session={data} />}
        </Loaded>
      )}
    </>
  );
}

function SessionView({ session }: { readonly session: Session }) {
  const log = useLog(session.id);
  return (
    <article className={css.page} data-session={session.id} data-state={session.state}>
      <Head session={session} log={log} />
      <div className={css.body}>
        <div className={css.main}>
          <EndingPanel session={session} />
          {session.steps.length === 0 ? null : (
            <section className={css.panel} aria-labelledby="steps">
              <h2 id="steps">Progress</h2>
              <StepList session={session} />
            </section>
          )}
          <UsagePanel session={session} />
          <LogPanel session={session} log={log} />
        </div>
        <SessionFacts session={session} />
      </div>
    </article>
  );
}

function Head({ session, log }: { readonly session: Session; readonly log: Log }) {
  const me = useMe().data?.name;
  const now = useNow();
  const relaunch = useRelaunch();
  const successor = useSuccessor(session);
  const isMine = me === session.user;
  const isEnded = session.state === "ended";
  return (
    <header className={css.panel} data-tone={session.tone}>
      <div className={css.head}>
        <div className={css.state}>
          <h1>{toSessionTitle(session)}</h1>
          <p className={css.badgeLine}>
            <StateBadge tone={session.tone} label={session.label} />
            <span className="dim small">
              since <Moment at={session.stateSince} />
            </span>
            <JobWords session={session} />
          </p>
          <p>{session.line}</p>
          {session.next === null ? null : <p className="dim">{session.next}</p>}
          {session.detail === null || session.line.includes(session.detail) ? null : (
            <p className="dim">
              {session.state === "unreachable" ? "The last try" : "The cluster said"}: <code>{session.detail}</code>
            </p>
          )}
          <WaitingLine session={session} />
          {isMine && canSwap(session, now) ? <StartInstead session={session} onStarted={successor.follow} /> : null}
          <TimePanel session={session} isMine={isMine} />
          {successor.line}
        </div>
        <div className={css.actions}>
          {canOpen(session) && isMine ? (
            <Button component="a" href={session.openUrl} size="sm">
              Open {session.app.title}
            </Button>
          ) : null}
          {canOpenTerminal(session) && isMine ? (
            <ButtonLink variant="default" size="sm" to="/terminal/$id" params={{ id: session.id }}>
              Terminal
            </ButtonLink>
          ) : null}
          {isEnded && isMine ? (
            <Button size="sm" onClick={() => relaunch.mutate(session)} loading={relaunch.isPending}>
              Relaunch
            </Button>
          ) : null}
          {isEnded && isMine && session.profile !== null ? (
            <ButtonLink
              variant="default"
              size="sm"
              to="/launch/$profile"
              params={{ profile: session.profile.name }}
              search={toLaunchSearch(session)}
            >
              Launch with other options
            </ButtonLink>
          ) : null}
          <StopButton session={session} size="sm" {...(isMine ? {} : { owner: session.user })} />
          <ReportButton session={session} log={log} />
        </div>
      </div>
      <ErrorNote error={relaunch.error} />
    </header>
  );
}
