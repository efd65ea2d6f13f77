/** Moments as a terminal shows them: in its own zone, which is always said. */

/** "14:20 UTC" today, "22 Nov 14:20 UTC" on another day. */
export function formatMoment(ms: number, nowMs: number): string {
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  const date = isToday ? "" : `${new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }).format(ms)} `;
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(ms);
  return `${date}${time}`;
}
