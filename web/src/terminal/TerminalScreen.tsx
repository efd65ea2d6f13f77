/** The screen itself, and below it one line that says how the connection stands and what can be done. */
import "@xterm/xterm/css/xterm.css";
import { type TerminalPlace, toTerminalSegment } from "@fairway/contract/terminal-place.ts";
import { Button, useComputedColorScheme, useMantineStyleNonce } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useApp } from "../app.ts";
import { useCopy } from "../hooks.ts";
import type { TerminalStatus } from "./connection.ts";
import { readKeptShell, writeKeptShell } from "./kept-shell.ts";
import { toTerminalTheme } from "./look.ts";
import { openScreen, type Screen } from "./screen.ts";
import { toSocketUrl } from "./socket-url.ts";
import css from "./TerminalPage.module.css";

export interface TerminalScreenProps {
  /** Another place is another screen: give it a key. */
  readonly place: TerminalPlace;
  /** Why there is no shell any more, whatever the connection says; null: there may be one. */
  readonly over: string | null;
  /** Where to go when there is none. */
  readonly wayOut: ReactNode;
  readonly isReadAloud: boolean;
  readonly onTitle: (title: string) => void;
  readonly onOpen: () => void;
  /** A connection could not be had: what is known of the place may be old. */
  readonly onFailure: () => void;
}

export function TerminalScreen({ place, over, wayOut, isReadAloud, onTitle, onOpen, onFailure }: TerminalScreenProps) {
  const { base } = useApp();
  const cache = useQueryClient();
  const scheme = useComputedColorScheme("light");
  const nonce = useMantineStyleNonce();
  const { copy } = useCopy();
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen | null>(null);
  const [status, setStatus] = useState<TerminalStatus>({ kind: "connecting" });
  const first = useRef({ place, isReadAloud, scheme, onTitle, onOpen, onFailure, nonce });

  useEffect(() => {
    if (box.current === null) return;
    const segment = toTerminalSegment(first.current.place);
    const opened = openScreen({
      box: box.current,
      socketUrl: toSocketUrl(first.current.place, base, window.location.href),
      nonce: first.current.nonce?.() ?? "",
      theme: toTerminalTheme(first.current.scheme, document),
      isReadAloud: first.current.isReadAloud,
      isStill: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      terminal: readKeptShell(segment),
      onTitle: first.current.onTitle,
      copy,
      onLeave: () => document.querySelector<HTMLElement>("[data-back]")?.focus(),
      onStatus: (next) => {
        setStatus(next);
        if (next.kind === "open") first.current.onOpen();
        // A sign-in that is over ends shells: then the page to sign in comes next, not a line about a shell.
        if (next.kind === "ended" || next.kind === "refused") void cache.invalidateQueries({ queryKey: ["me"] });
      },
      onShell: (terminal) => writeKeptShell(segment, terminal),
      onFailure: () => {
        // A browser is not told why: the session may have ended, the sign-in may be over.
        first.current.onFailure();
        void cache.invalidateQueries({ queryKey: ["me"] });
      },
    });
    screen.current = opened;
    opened.focus();
    return () => {
      screen.current = null;
      opened.close();
    };
  }, [base, cache, copy]);

  useEffect(() => screen.current?.setTheme(toTerminalTheme(scheme, document)), [scheme]);
  useEffect(() => screen.current?.setReadAloud(isReadAloud), [isReadAloud]);

  const isOver = over !== null;
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
        <StatusLine status={status} over={over} wayOut={wayOut} screen={() => screen.current} />
      </footer>
    </>
  );
}

interface StatusLineProps extends Pick<TerminalScreenProps, "over" | "wayOut"> {
  readonly status: TerminalStatus;
  readonly screen: () => Screen | null;
}

function StatusLine({ status, over, wayOut, screen }: StatusLineProps) {
  const isOver = over !== null;
  const startAnew = (
    <Button size="compact-sm" onClick={() => screen()?.startAnew()}>
      New shell
    </Button>
  );
  return (
    <>
      <span role="status">{over ?? toWords(status)}</span>
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
      {isOver || status.kind === "refused" ? wayOut : null}
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
