/** Times for people, in the browser's zone (or the one given), with the day and zone where they could be doubted. */
import { formatDuration } from "@fairway/contract/describe-session.ts";

export interface Place {
  readonly locale?: string;
  readonly timeZone?: string;
}

/** "17:40" today; "Mon 17:40" within six days; "23 Nov 17:40" else. */
export function formatMoment(ms: number, nowMs: number, place: Place = {}): string {
  const time = format(ms, { timeStyle: "short" }, place);
  if (toDay(ms, place) === toDay(nowMs, place)) return time;
  const isNear = Math.abs(ms - nowMs) < 6 * 86_400_000;
  return `${format(ms, isNear ? { weekday: "short" } : { day: "numeric", month: "short" }, place)} ${time}`;
}

/** "21 Nov"; with its year where that is another. */
export function formatDay(ms: number, nowMs: number, place: Place = {}): string {
  const isThisYear = format(ms, { year: "numeric" }, place) === format(nowMs, { year: "numeric" }, place);
  return format(ms, { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) }, place);
}

/** "21 Nov 2026, 17:40:12 CET" */
export function formatFull(ms: number, place: Place = {}): string {
  return format(ms, { dateStyle: "medium", timeStyle: "long" }, place);
}

/** "just now", "12 min ago", "3 d ago" */
export function formatAgo(ms: number, nowMs: number): string {
  const seconds = (nowMs - ms) / 1000;
  if (seconds < 60) return "just now";
  const unit = seconds < 3600 ? 60 : seconds < 86_400 ? 3600 : 86_400;
  return `${formatDuration(Math.floor(seconds / unit) * unit)} ago`;
}

/** How old a figure is: "just now", "20 s old", "3 min old". In steps of ten seconds: what ticks draws the eye. */
export function formatAge(ms: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - ms) / 1000);
  if (seconds < 10) return "just now";
  return seconds < 60 ? `${Math.floor(seconds / 10) * 10} s old` : formatAgo(ms, nowMs).replace(/ago$/, "old");
}

function toDay(ms: number, place: Place): string {
  return format(ms, { year: "numeric", month: "numeric", day: "numeric" }, place);
}

function format(ms: number, options: Intl.DateTimeFormatOptions, { locale, timeZone }: Place): string {
  return new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone }).format(ms);
}
