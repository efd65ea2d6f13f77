/** What do I have running, can I get in, how long is left, what can I start. Nothing else. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Link } from "@tanstack/react-router";
import { OPEN_SESSIONS } from "../api/queries.ts";
import { LimitsText } from "../common/LimitsText.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { useSessions, useTitle } from "../hooks.ts";
import { SessionCard } from "../sessions/SessionCard.tsx";
import { byLatestEnd, ENDED_LATELY } from "./ended-lately.ts";
import css from "./HomePage.module.css";
import { Notices } from "./Notices.tsx";
import { RecentList } from "./RecentList.tsx";
import { StartTiles } from "./StartTiles.tsx";

export function HomePage() {
  const open = useSessions(OPEN_SESSIONS);
  const ended = useSessions(ENDED_LATELY);
  const ready = open.data?.sessions.filter(({ state }) => state === "ready").length ?? 0;
  useTitle(...(ready === 0 ? ["Home"] : [`${ready} ready`]));
  const recent = [...(open.data?.sessions ?? []), ...(ended.data?.sessions ?? [])];
  return (
    <div className={css.page}>
      <Notices />
      <section aria-labelledby="running">
        <div className={css.heading}>
          <h1 id="running">Your sessions</h1>
          <LimitsText />
        </div>
        <Loaded query={open} skeleton={[104]}>
          {({ sessions }) => (sessions.length === 0 ? <Nothing /> : <Cards sessions={sessions} />)}
        </Loaded>
      </section>
      <section aria-labelledby="start">
        <div className={css.heading}>
          <h2 id="start">Start a session</h2>
        </div>
        <StartTiles recent={recent} />
      </section>
      {ended.data === undefined || ended.data.sessions.length === 0 ? null : (
        <section aria-labelledby="ended">
          <div className={css.heading}>
            <h2 id="ended">Ended lately</h2>
            <Link to="/sessions" search={{ show: "ended" }} className="small">
              All ended sessions
            </Link>
          </div>
          <RecentList sessions={byLatestEnd(ended.data.sessions).slice(0, 5)} />
        </section>
      )}
    </div>
  );
}

function Cards({ sessions }: { readonly sessions: readonly Session[] }) {
  const withCluster = new Set(sessions.map(({ cluster }) => cluster.name)).size > 1;
  return (
    <div className={css.cards}>
      {sessions.map((session) => (
        <SessionCard key={session.id} session={session} withCluster={withCluster} />
      ))}
    </div>
  );
}

function Nothing() {
  return (
    <div className={css.nothing}>
      <p>Nothing is running. Choose below what to start: it runs as a batch job on the cluster and opens here in the browser.</p>
    </div>
  );
}
