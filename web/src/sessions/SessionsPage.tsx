/** All my sessions, open and ended. Filter and search stand in the address. */
import { TextInput } from "@mantine/core";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { Loaded } from "../common/Loaded.tsx";
import { useSessions, useTitle } from "../hooks.ts";
import { SEARCH_MARK } from "../layout/shortcuts.ts";
import css from "./SessionsPage.module.css";
import { SessionTable } from "./SessionTable.tsx";
import { filterSessions } from "./search.ts";

const LIMIT = 200;
const SHOWS = [
  { value: "all", label: "All" },
  { value: "open", label: "Open" },
  { value: "ended", label: "Ended" },
] as const;

export function SessionsPage() {
  useTitle("Sessions");
  const router = useRouter();
  const search = useSearch({ from: "__root__" });
  const show = SHOWS.find(({ value }) => value === search.show)?.value ?? "all";
  const query = useSessions({ show, limit: LIMIT });
  const setText = (q: string) =>
    void router.navigate({ to: "/sessions", search: { ...search, q: q === "" ? undefined : q }, replace: true, resetScroll: false });
  return (
    <>
      <div className={css.head}>
        <h1>Sessions</h1>
        <TextInput
          className={css.search}
          type="search"
          size="xs"
          placeholder="Profile, node, job id, state"
          aria-label="Filter sessions"
          value={search.q ?? ""}
          onChange={(event) => setText(event.currentTarget.value)}
          {...SEARCH_MARK}
        />
        <nav aria-label="Which sessions" className={css.tabs}>
          {SHOWS.map(({ value, label }) => (
            <Link
              key={value}
              to="/sessions"
              search={{ ...search, show: value === "all" ? undefined : value }}
              aria-current={value === show ? "page" : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
      </div>
      <Loaded query={query} skeleton={[40, 40, 40, 40]}>
        {({ sessions }) => {
          const found = filterSessions(sessions, search.q ?? "");
          return (
            <>
              <SessionTable sessions={found} caption="Sessions, newest first" />
              <p className={css.foot}>{toCount(found.length, sessions.length)}</p>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function toCount(found: number, all: number): string {
  if (all === 0) return "No sessions yet.";
  if (found === 0) return "None of them matches. Clear the filter to see all.";
  const cut = all === LIMIT ? `, of the newest ${LIMIT}` : "";
  return `${found} ${found === 1 ? "session" : "sessions"}${cut}.`;
}
