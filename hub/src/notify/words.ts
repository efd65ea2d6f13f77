/** A notice -> what people read. Pure. Times are the site's, with their zone. */
import type { Notice } from "./types.ts";

export interface Words {
  readonly subject: string;
  /** What happens, in a sentence. */
  readonly line: string;
  /** What one may do now; null: nothing. */
  readonly next: string | null;
}

/** `timeZone`: an IANA name; this machine's unless told. */
export function toWords(notice: Notice, timeZone?: string): Words {
  const { title, name, cluster } = notice.session;
  const what = name === "" ? title : `${title} (${name})`;
  switch (notice.kind) {
    case "ends-soon": {
      const left = inMinutes(notice.endsAt - notice.at);
      return {
        subject: `${what} ends in ${left}`,
        line: `Your session ${what} on ${cluster.title} ends at its time limit in ${left}, at ${toMoment(notice.endsAt, timeZone)}.`,
        next: notice.canExtend
          ? "Save your work, or extend the session on its page."
          : "Save your work. You can launch it again afterwards.",
      };
    }
    case "idle-soon":
      return {
        subject: `${what} is idle and will be stopped`,
        line: `Nothing has happened in your session ${what} on ${cluster.title} since ${toMoment(notice.since, timeZone)}. It is stopped at ${toMoment(notice.stopsAt, timeZone)}.`,
        next: "Use it, or say on its page that you still do, and it goes on.",
      };
    case "ready":
      return {
        subject: `${what} is ready`,
        line: `Your session ${what} on ${cluster.title} is ready, after ${inMinutes(notice.waitedMs)}.`,
        next: "Its time runs from now on: open it, or stop it if you no longer need it.",
      };
    case "ended":
      return {
        subject: `${what} has ended`,
        line: `Your session ${what} on ${cluster.title} has ended. ${notice.line}`,
        next: notice.next,
      };
  }
}

/** 40 s -> "1 min", 95 min -> "1 h 35 min". */
function inMinutes(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

function toMoment(at: number, timeZone: string | undefined): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return format.format(at);
}
