/** The job's log, live. It follows the end while one is at the end, and stays put once one scrolls up. */
import type { Session } from "@fairway/contract/sessions.ts";
import { ActionIcon, Checkbox } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { memo, useState } from "react";
import { useApp } from "../app.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import { downloadLog } from "./download-log.ts";
import css from "./LogPanel.module.css";
import { joinText, type LogBlock, toPlainText } from "./log-text.ts";
import { useFollowedEnd } from "./use-followed-end.ts";
import type { Log } from "./use-log.ts";

interface LogPanelProps {
  readonly session: Session;
  readonly log: Log;
}

export function LogPanel({ session, log }: LogPanelProps) {
  const { api } = useApp();
  const [isWrapped, setWrapped] = useState(true);
  const end = useFollowedEnd();
  const download = useMutation({ mutationFn: () => downloadLog(api, session.id) });
  const isEmpty = log.blocks.length === 0;
  return (
    <section className={css.panel} aria-labelledby="log">
      <div className={css.head}>
        <h2 id="log">Log</h2>
        <span className="dim small">{download.isError ? "It could not be downloaded. Try again." : toNote(log, end.isFollowing)}</span>
        {isEmpty ? null : (
          <>
            <Checkbox size="xs" label="Wrap lines" checked={isWrapped} onChange={(event) => setWrapped(event.currentTarget.checked)} />
            <CopyButton text={() => toPlainText(joinText(log))} label="Copy log" isIcon />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={() => download.mutate()}
              loading={download.isPending}
              aria-label="Download log"
              title="Download log"
            >
              <IconDownload size={14} />
            </ActionIcon>
          </>
        )}
      </div>
      {isEmpty ? (
        <p className={css.empty}>{toEmptyNote(session, log)}</p>
      ) : (
        <section
          ref={end.box}
          className={css.text}
          data-wrap={isWrapped}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label="Text of the log"
          onScroll={end.onScroll}
        >
          <pre ref={end.content}>
            {log.blocks.map((block) => (
              <Block key={block.firstLine} block={block} />
            ))}
          </pre>
        </section>
      )}
    </section>
  );
}

/** The style sheet lets the browser leave out blocks that are out of sight. */
const Block = memo(function Block({ block }: { readonly block: LogBlock }) {
  return <div className={css.block}>{toPlainText(block.text)}</div>;
});

function toNote(log: Log, isFollowing: boolean): string {
  if (log.blocks.length === 0) return "";
  if (log.error !== null) return "Cannot be read at the moment. Trying again.";
  const cut = log.isCut ? "Its end only; the download has all. " : "";
  if (log.state === "complete") return `${cut}Complete.`;
  return `${cut}${isFollowing ? "Live, following the end." : "Live. Scroll to the end to follow it."}`;
}

function toEmptyNote(session: Session, log: Log): string {
  if (log.error !== null) return "The log cannot be read at the moment. Trying again.";
  if (log.state === "asking") return "Reading the log.";
  if (session.state === "ended") return "There is no log: the job wrote none, or never started.";
  return "Nothing yet. The log begins when the job starts on its node.";
}
