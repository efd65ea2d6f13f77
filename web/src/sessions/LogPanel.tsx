/** The job's log, live. It follows the end while one is at the end, and stays put once one scrolls up. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Checkbox } from "@mantine/core";
import { type UIEvent, useLayoutEffect, useRef, useState } from "react";
import { CopyButton } from "../common/CopyButton.tsx";
import css from "./LogPanel.module.css";
import type { Log } from "./use-log.ts";

interface LogPanelProps {
  readonly session: Session;
  readonly log: Log;
}

export function LogPanel({ session, log }: LogPanelProps) {
  const [isWrapped, setWrapped] = useState(true);
  const [isFollowing, setFollowing] = useState(true);
  const box = useRef<HTMLElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what makes the box grow
  useLayoutEffect(() => {
    if (isFollowing && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [isFollowing, log.text, isWrapped]);

  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent<HTMLElement>) =>
    setFollowing(scrollTop + clientHeight >= scrollHeight - 8);

  return (
    <section className={css.panel} aria-labelledby="log">
      <div className={css.head}>
        <h2 id="log">Log</h2>
        <span className="dim small">{toNote(log, isFollowing)}</span>
        {log.text === "" ? null : (
          <>
            <Checkbox size="xs" label="Wrap lines" checked={isWrapped} onChange={(event) => setWrapped(event.currentTarget.checked)} />
            <CopyButton text={log.text} label="Copy log" isIcon />
          </>
        )}
      </div>
      {log.text === "" ? (
        <p className={css.empty}>{toEmptyNote(session, log)}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section ref={box} className={css.text} data-wrap={isWrapped} tabIndex={0} aria-label="Text of the log" onScroll={onScroll}>
          <pre>{log.text}</pre>
        </section>
      )}
    </section>
  );
}

function toNote(log: Log, isFollowing: boolean): string {
  if (log.error !== null && log.text !== "") return "Cannot be read at the moment. Trying again.";
  if (log.text === "") return "";
  const cut = log.isCut ? "Its end only. " : "";
  if (log.state === "complete") return `${cut}Complete.`;
  return `${cut}${isFollowing ? "Live, following the end." : "Live. Scroll to the end to follow it."}`;
}

function toEmptyNote(session: Session, log: Log): string {
  if (log.error !== null) return "The log cannot be read at the moment. Trying again.";
  if (log.state === "asking") return "Reading the log.";
  if (session.state === "ended") return "There is no log: the job wrote none, or never started.";
  return "Nothing yet. The log begins when the job starts on its node.";
}
