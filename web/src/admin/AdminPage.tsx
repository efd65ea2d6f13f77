/** Everybody's open sessions, for administrators. What is done here is recorded by the hub. */
import { TextInput } from "@mantine/core";
import { useRouter, useSearch } from "@tanstack/react-router";
import { joinPages } from "../api/session-lists.ts";
import { Loaded } from "../common/Loaded.tsx";
import { useHistory, useMe, useTitle } from "../hooks.ts";
import { SEARCH_MARK } from "../layout/shortcuts.ts";
import { OlderOnes } from "../sessions/OlderOnes.tsx";
import css from "../sessions/SessionsPage.module.css";
import { SessionTable } from "../sessions/SessionTable.tsx";
import { StopButton } from "../sessions/StopButton.tsx";
import { filterSessions, toFoundLine } from "../sessions/search.ts";

const PAGE = 200;
/** The stream tells of one's own sessions only. */
const POLL_MS = 10_000;

export function AdminPage() {
  useTitle("Admin");
  const isAdmin = useMe().data?.role === "admin";
  return isAdmin ? <EverybodysSessions /> : <NotForYou />;
}

function EverybodysSessions() {
  const router = useRouter();
  const search = useSearch({ from: "__root__" });
  const query = useHistory({ show: "open", limit: PAGE, user: "*" }, { pollMs: POLL_MS });
  const setText = (q: string) =>
    void router.navigate({ to: "/hub/admin", search: { q: q === "" ? undefined : q }, replace: true, resetScroll: false });
  return (
    <>
      <div className={css.head}>
        <h1>Everybody's open sessions</h1>
        <TextInput
          className={css.search}
          type="search"
          size="xs"
          placeholder="User, profile, node, job id"
          aria-label="Filter sessions"
          value={search.q ?? ""}
          onChange={(event) => setText(event.currentTarget.value)}
          {...SEARCH_MARK}
        />
      </div>
      <Loaded query={query} skeleton={[40, 40, 40, 40]}>
        {({ pages }) => {
          const sessions = joinPages(pages);
          const found = filterSessions(sessions, search.q ?? "");
          return (
            <>
              <SessionTable
                sessions={found}
                caption="Everybody's open sessions, newest first"
                withUser
                action={(session) => <StopButton session={session} owner={session.user} />}
              />
              <p className={css.foot} role="status">
                {sessions.length === 0
                  ? "Nobody has a session open."
                  : toFoundLine({ found: found.length, loaded: sessions.length, hasMore: query.hasNextPage })}
                {found.length === 0 ? null : " Stopping one is recorded with your name."}
              </p>
              <OlderOnes query={query} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function NotForYou() {
  return (
    <section>
      <h1>This page is for administrators</h1>
      <p>Your account may not see other people's sessions. If it should, ask the operator of this site.</p>
    </section>
  );
}
