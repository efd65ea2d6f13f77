/** Why it ended badly, as far as can be told, with the last lines it wrote. */
import type { Session } from "@fairway/contract/sessions.ts";
import { toPlainText } from "./log-text.ts";
import css from "./SessionPage.module.css";

export function EndingPanel({ session: { ending, line, next } }: { readonly session: Session }) {
  if (ending === null) return null;
  const isNews = !line.includes(ending.line);
  const isAdvice = ending.next !== null && next !== ending.next;
  if (!isNews && !isAdvice && ending.lastLines.length === 0) return null;
  return (
    <section className={css.panel} aria-labelledby="ending">
      <h2 id="ending">Why it ended</h2>
      {isNews ? <p>{ending.line}</p> : null}
      {isAdvice ? <p className="dim">{ending.next}</p> : null}
      {ending.lastLines.length === 0 ? null : (
        <figure className={css.lastLines}>
          <figcaption className="dim small">The last lines of its log</figcaption>
          <pre>{toPlainText(ending.lastLines.join("\n"))}</pre>
        </figure>
      )}
    </section>
  );
}
