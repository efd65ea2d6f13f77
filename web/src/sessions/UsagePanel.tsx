/** What it used of what it had: bars to see, numbers to read, and what to ask for next time. */
import type { Session } from "@fairway/contract/sessions.ts";
import css from "./UsagePanel.module.css";
import { toPercent, toUsageLines } from "./usage-words.ts";

export function UsagePanel({ session: { usage, resources } }: { readonly session: Session }) {
  if (usage === null) return null;
  return (
    <section className={css.panel} aria-labelledby="usage">
      <h2 id="usage">Used of what it had</h2>
      <dl className={css.lines}>
        {toUsageLines(usage, resources).map(({ label, text, fraction }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <span className={css.text}>
                <span>{text}</span>
                {fraction === null ? null : <span>{toPercent(fraction)}</span>}
              </span>
              {fraction === null ? null : (
                <span className={css.bar} aria-hidden="true">
                  <span style={{ inlineSize: `${Math.min(1, fraction) * 100}%` }} />
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {usage.hint === null ? null : <p className={css.hint}>{usage.hint}</p>}
    </section>
  );
}
