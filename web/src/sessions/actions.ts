/** What a person may do to a session, and the calls behind it. */
import type { Session } from "@fairway/contract/sessions.ts";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { applySession } from "../api/live-cache.ts";
import { toSessionTitle } from "../api/session-lists.ts";
import type { OptionValues } from "../api/types.ts";
import { useApp } from "../app.ts";
import { formatMoment } from "../time/format-time.ts";

export function canOpen(session: Session): boolean {
  return session.state === "ready";
}

/** Its node is there for shells, whatever becomes of its app. */
export function canOpenTerminal(session: Session): boolean {
  return session.ssh;
}

export function canStop(session: Session): boolean {
  return session.state !== "ended" && session.state !== "stopping";
}

/** Whether its job has run at all: only then can stopping lose anything. */
export function hasStarted(session: Session): boolean {
  return session.job?.startedAt != null;
}

/** Most sessions wait for a second or two: the cluster is not asked for something better before that. */
const WAITS_AFTER_MS = 5000;

/** Whether to ask what could be started instead of it. */
export function canSwap(session: Session, nowMs: number): boolean {
  return (session.state === "pending" || session.state === "held") && nowMs - session.stateSince > WAITS_AFTER_MS;
}

/** Asks for a change, and shows its answer wherever the session is shown, unless later news has come meanwhile. */
function useChange(ask: (session: Session) => Promise<Session>, onDone: (session: Session) => unknown) {
  const { cache, changes } = useApp();
  return useMutation({
    mutationFn: async (session: Session) => {
      const mark = changes.mark();
      return changes.newest(await ask(session), mark);
    },
    onSuccess: async (session) => {
      applySession(cache, session);
      await onDone(session);
    },
  });
}

export function useStop(onDone: () => void) {
  const { api } = useApp();
  return useChange((session) => api.stop(session.id), onDone);
}

/** Starts another shape instead of a session that waits; the other follows under the same name. */
export function useStartInstead(options: OptionValues, onDone: () => void) {
  const { api } = useApp();
  return useChange((session) => api.startInstead(session.id, options), onDone);
}

export function useExtend() {
  const { api, feed } = useApp();
  return useChange(
    (session) => api.extend(session.id),
    (session) => {
      if (session.job?.endsAt != null) feed.announce(`${toSessionTitle(session)}: until ${formatMoment(session.job.endsAt, Date.now())}.`);
    },
  );
}

export function useKeep() {
  const { api } = useApp();
  return useChange((session) => api.keep(session.id), noop);
}

function noop(): void {}

/** Leads to the new session's page. */
export function useRelaunch() {
  const { api } = useApp();
  const router = useRouter();
  return useChange(
    (session) => api.relaunch(session.id),
    ({ id }) => router.navigate({ to: "/sessions/$id", params: { id } }),
  );
}
