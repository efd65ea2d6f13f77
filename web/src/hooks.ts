/** What pages share: the time, the feed, and queries that poll while the feed is down. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { HIDDEN_POLL_MS, historyQuery, meQuery, POLL_MS, sessionQuery, sessionsQuery, siteQuery } from "./api/queries.ts";
import type { SessionFilter } from "./api/types.ts";
import { useApp } from "./app.ts";

/** The server's time, once a second. */
export function useNow(): number {
  const { clock } = useApp();
  return useSyncExternalStore(clock.subscribe, clock.lastTick);
}

export function useFeedState() {
  const { feed } = useApp();
  return useSyncExternalStore(feed.subscribe, feed.state);
}

/** For a whole page: the stream is followed as long as it is there. */
export function useFeed(): void {
  const { feed } = useApp();
  useEffect(() => {
    const stop = new AbortController();
    feed.follow(stop.signal);
    return () => stop.abort();
  }, [feed]);
}

/** How often to ask while the stream does not tell by itself; false: it does. */
function usePollInterval(): number | false {
  const { status } = useFeedState();
  if (status === "broken") return POLL_MS;
  return status === "paused" ? HIDDEN_POLL_MS : false;
}

/** What no change tells of grows old all the same: may it be extended now, how old is the estimate. */
const REFRESH_MS = 60_000;

export function useSite() {
  return useQuery(siteQuery(useApp()));
}

export function useMe() {
  return useQuery(meQuery(useApp()));
}

export function useSessions(filter: SessionFilter) {
  const interval = usePollInterval();
  return useQuery({
    ...sessionsQuery(useApp(), filter),
    refetchInterval: interval || REFRESH_MS,
    refetchIntervalInBackground: true,
  });
}

/** The history, page by page. */
export function useHistory(filter: SessionFilter, options: { readonly pollMs?: number } = {}) {
  const interval = usePollInterval();
  return useInfiniteQuery({
    ...historyQuery(useApp(), filter),
    refetchInterval: interval === false ? (options.pollMs ?? false) : interval,
  });
}

/** The stream tells of one's own sessions only: an administrator's look at another's asks again by itself. */
export function useSession(id: string) {
  const interval = usePollInterval();
  const me = useMe().data?.name;
  return useQuery({
    ...sessionQuery(useApp(), id),
    refetchInterval: ({ state }) =>
      state.data !== undefined && me !== undefined && state.data.user !== me ? POLL_MS : interval || REFRESH_MS,
    refetchIntervalInBackground: true,
  });
}

/** The tab's title; most telling part first. */
export function useTitle(...parts: readonly string[]): void {
  const tab = useApp().title;
  const site = useSite().data?.name ?? "Fairway";
  const title = [...parts, site].join(" · ");
  useEffect(() => tab.setPage(title), [tab, title]);
}

/**
 * A dialog that loads when first opened: whether it has been, whether it is open, and focus back to
 * where it was. (The library returns focus only for dialogs that were there before they were opened.)
 */
export function useLazyDialog() {
  const [state, setState] = useState<"never" | "open" | "closed">("never");
  const focused = useRef<Element | null>(null);
  const open = useCallback(() => {
    focused.current = document.activeElement;
    setState("open");
  }, []);
  const close = useCallback(() => {
    setState("closed");
    if (focused.current instanceof HTMLElement) focused.current.focus();
  }, []);
  return { isLoaded: state !== "never", isOpen: state === "open", open, close };
}

/** Puts text on the clipboard; `isCopied` holds for a moment afterwards. */
export function useCopy(): { readonly isCopied: boolean; readonly copy: (text: string) => void } {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = useCallback((text: string) => void writeClipboard(text).then(setCopied), []);
  return { isCopied, copy };
}

/** The clipboard API exists on secure origins only; a demo on plain HTTP falls back to a selection. */
async function writeClipboard(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false, // the person or the browser said no: nothing was copied, and the button does not say so
    );
  }
  const area = document.createElement("textarea");
  area.value = text;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement : document.body;
  (focused.parentElement ?? document.body).append(area); // beside the button: a dialog's focus trap lets nothing else be selected
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  focused.focus();
  return isDone;
}
