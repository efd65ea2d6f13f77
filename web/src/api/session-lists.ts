/**
 * How a change of one session changes the lists that the browser holds. Pure: the answer is what
 * the server would have given to the same question.
 */
import type { Session } from "@fairway/contract/sessions.ts";
import type { SessionFilter, SessionPage } from "./types.ts";

/** The list with this session put in, replaced or taken out; the same array if it does not concern it. */
export function patchSessionList(list: readonly Session[], session: Session, filter: SessionFilter): readonly Session[] {
  const isListed = list.some(({ id }) => id === session.id);
  const belongs = matches(session, filter);
  if (!isListed && !belongs) return list;
  const others = list.filter(({ id }) => id !== session.id);
  if (!belongs) return others;
  return [...others, session].sort(byNewestFirst).slice(0, filter.limit);
}

/** The same for a history that is loaded page by page. What lies beyond the last page comes when that is loaded. */
export function patchPages(pages: readonly SessionPage[], session: Session, filter: SessionFilter): readonly SessionPage[] {
  const belongs = matches(session, filter);
  const home = pages.findIndex(({ sessions }) => sessions.some(({ id }) => id === session.id));
  if (home < 0 && !belongs) return pages;
  const isFor = ({ sessions, next }: SessionPage) => next === null || (sessions.at(-1)?.createdAt ?? 0) <= session.createdAt;
  const at = home >= 0 ? home : pages.findIndex(isFor);
  return pages.map((page, index) => {
    if (index !== at) return page;
    const others = page.sessions.filter(({ id }) => id !== session.id);
    return { ...page, sessions: belongs ? [...others, session].sort(byNewestFirst) : others };
  });
}

/** Pages overlap by those created in the same millisecond; each session once. */
export function joinPages(pages: readonly SessionPage[]): readonly Session[] {
  return [...new Map(pages.flatMap(({ sessions }) => sessions).map((session) => [session.id, session])).values()];
}

/** Where the next page begins; null: this was the last. One ms is asked for twice, so that nobody falls between two pages. */
export function toNextPage(sessions: readonly Session[], limit: number): number | null {
  const last = sessions.at(-1);
  return last === undefined || sessions.length < limit ? null : last.createdAt + 1;
}

function matches(session: Session, filter: SessionFilter): boolean {
  const isEnded = session.state === "ended";
  if (filter.show === "open" && isEnded) return false;
  if (filter.show === "ended" && !isEnded) return false;
  return filter.user === undefined || filter.user === "*" || filter.user === session.user;
}

function byNewestFirst(a: Session, b: Session): number {
  return b.createdAt - a.createdAt || b.id.localeCompare(a.id);
}

/** What a screen reader is told of a change; null for a session not seen before, and when nothing that a person would notice changed. */
export function announceChange(before: Session | undefined, after: Session): string | null {
  if (before === undefined || (before.label === after.label && before.reason === after.reason)) return null;
  return `${toSessionTitle(after)}: ${after.label}. ${after.line}`;
}

/** "JupyterLab · GPU small"; the profile is left out where it says nothing new. */
export function toSessionTitle(session: Pick<Session, "app" | "profile">): string {
  if (session.profile === null) return session.app.title;
  if (session.profile.title.includes(session.app.title)) return session.profile.title;
  return `${session.app.title} · ${session.profile.title}`;
}
