/** All my sessions, open and ended, a page at a time. Filter and search stand in the address. */
import { TextInput } from "@mantine/core";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { joinPages } from "../api/session-lists.ts";
import { Loaded } from "../common/Loaded.tsx";
import { useHistory, useTitle } from "../hooks.ts";
import { SEARCH_MARK } from "../layout/shortcuts.ts";
import { OlderOnes } from "./OlderOnes.tsx";
import css from "./SessionsPage.module.css";
import { SessionTable } from "./SessionTable.tsx";
import { filterSessions, toFoundLine } from "./search.ts";

const PAGE = 50;
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
  const query = useHistory({ show, limit: PAGE });
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
              activeOptions={{ exact: true, explicitUndefined: true }}
            >
              {label}
            </Link>
          ))}
        </nav>
      </div>
      <Loaded query={query} skeleton={[40, 40, 40, 40]}>
        {({ pages }) => {
          const sessions = joinPages(pages);
          const found = filterSessions(sessions, search.q ?? "");
          return (
            <>
              <SessionTable sessions={found} caption="Sessions, newest first" />
              <p className={css.foot} role="status">
                {sessions.length === 0
                  ? "No sessions yet."
                  : toFoundLine({ found: found.length, loaded: sessions.length, hasMore: query.hasNextPage })}
              </p>
              <OlderOnes query={query} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}
