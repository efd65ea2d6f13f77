/** One session: its state and the way to it, its log, its facts, and what can be done now. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { toSessionTitle } from "../api/session-lists.ts";
import { ErrorNote, ErrorState } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import { useMe, useSession, useTitle } from "../hooks.ts";
import { canOpen, useRelaunch } from "./actions.ts";
import { JobWords } from "./JobWords.tsx";
import { LogPanel } from "./LogPanel.tsx";
import { ReportButton } from "./ReportButton.tsx";
import { SessionFacts } from "./SessionFacts.tsx";
import css from "./SessionPage.module.css";
import { StateBadge } from "./StateBadge.tsx";
import { StepList } from "./StepList.tsx";
import { StopButton } from "./StopButton.tsx";
import { TimeLeftLine } from "./TimeLeftLine.tsx";
import { useLog } from "./use-log.ts";

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
  const log = useLog(session);
  return (
    <article className={css.page} data-session={session.id} data-state={session.state}>
      <Head session={session} logTail={log.text} />
      <div className={css.body}>
        <div className={css.main}>
          {session.steps.length === 0 ? null : (
            <section className={css.panel} aria-labelledby="steps">
              <h2 id="steps">Progress</h2>
              <StepList session={session} />
            </section>
          )}
          <LogPanel session={session} log={log} />
        </div>
        <SessionFacts session={session} />
      </div>
    </article>
  );
}

function Head({ session, logTail }: { readonly session: Session; readonly logTail: string }) {
  const me = useMe().data?.name;
  const relaunch = useRelaunch();
  const isMine = me === session.user;
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
              The cluster said: <code>{session.detail}</code>
            </p>
          )}
          <TimeLeftLine session={session} />
        </div>
        <div className={css.actions}>
          {canOpen(session) && isMine ? (
            <Button component="a" href={session.url} size="sm">
              Open {session.app.title}
            </Button>
          ) : null}
          {session.state === "ended" && isMine ? (
            <Button size="sm" onClick={() => relaunch.mutate(session)} loading={relaunch.isPending}>
              Relaunch
            </Button>
          ) : null}
          <StopButton session={session} size="sm" {...(isMine ? {} : { owner: session.user })} />
          <ReportButton session={session} logTail={logTail} />
        </div>
      </div>
      {session.state === "ended" && isMine ? <ChangeOptions session={session} /> : null}
      <ErrorNote error={relaunch.error} />
    </header>
  );
}

/** "With more memory" is a link to the form as it was filled in. */
function ChangeOptions({ session }: { readonly session: Session }) {
  if (session.profile === null) return null;
  const search = Object.fromEntries(Object.entries(session.options).map(([name, value]) => [name, String(value)]));
  return (
    <p className="small">
      Relaunch takes the same options.{" "}
      <Link to="/launch/$profile" params={{ profile: session.profile.name }} search={search}>
        Launch with other options
      </Link>
    </p>
  );
}
