/** A point in time, short on the page and whole (day, seconds, zone) where one looks closer. */
import { useNow } from "../hooks.ts";
import { formatAge, formatAgo, formatDay, formatFull, formatMoment } from "../time/format-time.ts";

const FORMATS = { moment: formatMoment, day: formatDay, ago: formatAgo, age: formatAge, full: (at: number) => formatFull(at) } as const;

interface MomentProps {
  readonly at: number;
  readonly as?: keyof typeof FORMATS;
}

export function Moment({ at, as = "moment" }: MomentProps) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={formatFull(at)}>
      {FORMATS[as](at, now)}
    </time>
  );
}
