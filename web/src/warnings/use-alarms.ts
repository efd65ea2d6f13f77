/** What a warning does beyond its banner: the tab's title, one announcement, one notification. */
import type { Session } from "@fairway/contract/sessions.ts";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { App } from "../app.ts";
import { notify } from "./notifications.ts";
import { toRemaining, toWarnedTitle, toWords, type Warning } from "./warnings.ts";

interface Alarms {
  readonly sessions: readonly Session[] | undefined;
  readonly warnings: readonly Warning[];
  /** What has not been put away. */
  readonly shown: readonly Warning[];
}

export function useAlarms({ sessions, warnings, shown }: Alarms, { clock, feed, title }: App): void {
  const router = useRouter();
  const seen = useRef<ReadonlySet<string> | null>(null);
  const waiting = useRef<ReadonlySet<string>>(new Set());
  const first = shown[0];
  const alarm = first === undefined ? null : `${toRemaining(first.at, clock.lastTick())} left`;

  useEffect(() => {
    title.setAlarm(alarm);
    return () => title.setAlarm(null);
  }, [title, alarm]);

  useEffect(() => {
    if (sessions === undefined) return;
    const open = (id: string) => () => void router.navigate({ to: "/sessions/$id", params: { id } });
    const now = clock.now();
    for (const warning of warnings) {
      if (seen.current?.has(warning.key) === true) continue;
      const { headline, advice } = toWords(warning, now);
      feed.announce(`${headline}. ${advice}`);
      // What was due before the page was opened is on the page already.
      if (seen.current !== null) notify({ title: headline, body: advice, tag: warning.key, onClick: open(warning.session.id) });
    }
    seen.current = new Set([...(seen.current ?? []), ...warnings.map(({ key }) => key)]);

    for (const session of sessions) {
      if (session.state !== "ready" || !waiting.current.has(session.id)) continue;
      notify({ title: toWarnedTitle(session), body: session.line, tag: `${session.id} ready`, onClick: open(session.id) });
    }
    waiting.current = new Set(sessions.filter(({ state }) => state !== "ready" && state !== "unreachable").map(({ id }) => id));
  }, [sessions, warnings, clock, feed, router]);
}
