/** A new token, shown this once, with a command that proves it works. */
import type { NewToken } from "@fairway/contract/accounts.ts";
import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import css from "./TokensPage.module.css";

interface NewTokenNoteProps {
  readonly created: NewToken;
  readonly onDismiss: () => void;
}

export function NewTokenNote({ created, onDismiss }: NewTokenNoteProps) {
  const { base } = useApp();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const curl = toExample(window.location.origin + toHref(base, "/api/v1/me"));
  return (
    <section className={css.created} aria-labelledby="new-token">
      <h2 id="new-token" ref={heading} tabIndex={-1}>
        Your new token “{created.info.note}”
      </h2>
      <p>Copy it now: it is not kept here and cannot be shown again.</p>
      <div className={css.secret}>
        <code data-token="">{created.token}</code>
        <CopyButton text={created.token} label="Copy token" />
      </div>
      <p>To try it, run this in a shell. It waits for you to paste the token, which is left in no history and no list of processes:</p>
      <div className={css.secret}>
        <pre>{curl}</pre>
        <CopyButton text={curl} label="Copy command" />
      </div>
      <div>
        <Button variant="default" size="xs" onClick={onDismiss}>
          I have copied it
        </Button>
      </div>
    </section>
  );
}

/**
 * The token reaches curl through its standard input: an argument would stand in the list of
 * processes. One command, because pasted lines that follow would be read as the token.
 */
function toExample(url: string): string {
  return [`read -rs FAIRWAY_TOKEN && \\`, `  printf 'Authorization: Bearer %s' "$FAIRWAY_TOKEN" | curl -sS -H @- '${url}'`].join("\n");
}
