/** Everybody's open sessions, for administrators. What is done here is recorded by the hub. */
import { TextInput } from "@mantine/core";
import { useRouter, useSearch } from "@tanstack/react-router";
import { Loaded } from "../common/Loaded.tsx";
import { useMe, useSessions, useTitle } from "../hooks.ts";
import { SEARCH_MARK } from "../layout/shortcuts.ts";
import css from "../sessions/SessionsPage.module.css";
import { SessionTable } from "../sessions/SessionTable.tsx";
import { StopButton } from "../sessions/StopButton.tsx";
import { filterSessions } from "../sessions/search.ts";

const LIMIT = 200;
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
  const query = useSessions({ show: "open", limit: LIMIT, user: "*" }, { pollMs: POLL_MS });
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
        {({ sessions }) => {
          const found = filterSessions(sessions, search.q ?? "");
          return (
            <>
              <SessionTable
                sessions={found}
                caption="Everybody's open sessions, newest first"
                withUser
                action={(session) => <StopButton session={session} owner={session.user} />}
              />
              <p className={css.foot}>{toCount(found.length, sessions.length)}</p>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function toCount(found: number, all: number): string {
  if (all === 0) return "Nobody has a session open.";
  if (found === 0) return "None of them matches. Clear the filter to see all.";
  return `${found} open${all === LIMIT ? `, of the newest ${LIMIT}` : ""}. Stopping one is recorded with your name.`;
}

function NotForYou() {
  return (
    <section>
      <h1>This page is for administrators</h1>
      <p>Your account may not see other people's sessions. If it should, ask the operator of this site.</p>
    </section>
  );
}
