/** The screen itself, and below it one line that says how the connection stands and what can be done. */
import "@xterm/xterm/css/xterm.css";
import type { Session } from "@fairway/contract/sessions.ts";
import { Button, useComputedColorScheme, useMantineStyleNonce } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { ButtonLink } from "../common/ButtonLink.tsx";
import { useCopy } from "../hooks.ts";
import type { TerminalStatus } from "./connection.ts";
import { readKeptShell, writeKeptShell } from "./kept-shell.ts";
import { toTerminalTheme } from "./look.ts";
import { openScreen, type Screen } from "./screen.ts";
import css from "./TerminalPage.module.css";

interface TerminalScreenProps {
  readonly session: Session;
  readonly isReadAloud: boolean;
  readonly onTitle: (title: string) => void;
  readonly onOpen: () => void;
}

export function TerminalScreen({ session, isReadAloud, onTitle, onOpen }: TerminalScreenProps) {
  const { base } = useApp();
  const cache = useQueryClient();
  const scheme = useComputedColorScheme("light");
  const nonce = useMantineStyleNonce();
  const { copy } = useCopy();
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen | null>(null);
  const [status, setStatus] = useState<TerminalStatus>({ kind: "connecting" });
  const first = useRef({ isReadAloud, scheme, onTitle, onOpen, nonce });

  useEffect(() => {
    if (box.current === null) return;
    const opened = openScreen({
      box: box.current,
      socketUrl: toSocketUrl(base, session.id),
      nonce: first.current.nonce?.() ?? "",
      theme: toTerminalTheme(first.current.scheme, document),
      isReadAloud: first.current.isReadAloud,
      isStill: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      terminal: readKeptShell(session.id),
      onTitle: first.current.onTitle,
      copy,
      onLeave: () => document.querySelector<HTMLElement>("[data-back]")?.focus(),
      onStatus: (next) => {
        setStatus(next);
        if (next.kind === "open") first.current.onOpen();
      },
      onShell: (terminal) => writeKeptShell(session.id, terminal),
      onFailure: () => {
        // A browser is not told why: the session may have ended, the sign-in may be over.
        void cache.invalidateQueries({ queryKey: ["session", session.id] });
        void cache.invalidateQueries({ queryKey: ["me"] });
      },
    });
    screen.current = opened;
    opened.focus();
    return () => {
      screen.current = null;
      opened.close();
    };
  }, [base, cache, copy, session.id]);

  useEffect(() => screen.current?.setTheme(toTerminalTheme(scheme, document)), [scheme]);
  useEffect(() => screen.current?.setReadAloud(isReadAloud), [isReadAloud]);

  const isOver = session.state === "ended";
  useEffect(() => {
    if (isOver) screen.current?.connection.stop();
  }, [isOver]);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: xterm.js puts its own text field in */}
      <div className={css.screen} role="group" aria-label="Terminal. Ctrl+Shift+F6 leaves it." data-status={isOver ? "over" : status.kind}>
        <div ref={box} className={css.box} />
      </div>
      <footer className={css.foot} data-status={isOver ? "over" : status.kind}>
        <StatusLine status={status} session={session} screen={() => screen.current} />
      </footer>
    </>
  );
}

interface StatusLineProps {
  readonly status: TerminalStatus;
  readonly session: Session;
  readonly screen: () => Screen | null;
}

function StatusLine({ status, session, screen }: StatusLineProps) {
  const isOver = session.state === "ended";
  const startAnew = (
    <Button size="compact-sm" onClick={() => screen()?.startAnew()}>
      New shell
    </Button>
  );
  return (
    <>
      <span role="status">{isOver ? `The session has ended. ${session.line}` : toWords(status)}</span>
      {isOver ? null : status.kind === "ended" || status.kind === "gone" ? (
        startAnew
      ) : status.kind === "taken" ? (
        <>
          <Button size="compact-sm" variant="default" onClick={() => screen()?.connection.start()}>
            Use it here
          </Button>
          {startAnew}
        </>
      ) : status.kind === "refused" ? (
        <Button size="compact-sm" variant="default" onClick={() => screen()?.connection.start()}>
          Try again
        </Button>
      ) : null}
      {isOver || status.kind === "refused" ? (
        <ButtonLink size="compact-sm" variant="default" to="/sessions/$id" params={{ id: session.id }}>
          The session's page
        </ButtonLink>
      ) : null}
    </>
  );
}

/** Nothing while all is well. */
function toWords(status: TerminalStatus): string {
  switch (status.kind) {
    case "connecting":
      return "Connecting.";
    case "open":
      return "";
    case "lost":
      return "The connection is lost. Trying again: the shell is kept, what you type meanwhile is not sent.";
    case "refused":
      return status.next === null ? status.line : `${status.line} ${status.next}`;
    case "waiting":
    case "ended":
    case "gone":
    case "taken":
      return status.line;
  }
}

function toSocketUrl(base: string, sessionId: string): string {
  const url = new URL(toHref(base, `/terminal/${sessionId}/socket`), window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
