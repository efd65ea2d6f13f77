/** How long is left, as words, a bar and a clock time. */

import type { Session } from "@fairway/contract/sessions.ts";
import { Moment } from "../common/Moment.tsx";
import { useNow } from "../hooks.ts";
import { toTimeLeft } from "../time/time-left.ts";
import css from "./TimeLeftLine.module.css";

export function TimeLeftLine({ session }: { readonly session: Session }) {
  const left = toTimeLeft(session, useNow());
  if (left === null) return null;
  return (
    <span className={css.line} data-short={left.isShort}>
      <span className="tabular">{left.text}</span>
      <span className={css.bar} aria-hidden="true">
        <span style={{ inlineSize: `${left.fraction * 100}%` }} />
      </span>
      <span className="dim">
        until <Moment at={left.endsAt} />
      </span>
    </span>
  );
}
