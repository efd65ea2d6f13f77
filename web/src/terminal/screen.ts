/**
 * The screen of a terminal (xterm.js) tied to its connection: what is typed goes out, what comes is shown
 * and acknowledged. Owns both until it is closed.
 */
import { FitAddon } from "@xterm/addon-fit";
import { type ITheme, Terminal } from "@xterm/xterm";
import { fonts } from "../theme/theme.ts";
import { type ConnectionParts, type SocketEvents, TerminalConnection, type TerminalSocket } from "./connection.ts";
import { makeElementsSafe } from "./safe-elements.ts";

export interface ScreenParts extends Pick<ConnectionParts, "onStatus" | "onShell" | "onFailure"> {
  readonly box: HTMLElement;
  readonly socketUrl: string;
  readonly nonce: string;
  readonly theme: ITheme;
  readonly isReadAloud: boolean;
  readonly isStill: boolean;
  /** The shell to come back to. */
  readonly terminal: string | null;
  readonly onTitle: (title: string) => void;
  readonly copy: (text: string) => void;
  /** The person leaves the screen by keyboard. */
  readonly onLeave: () => void;
}

export interface Screen {
  readonly connection: TerminalConnection;
  focus(): void;
  setTheme(theme: ITheme): void;
  /** For screen readers: what is shown becomes text of the page. */
  setReadAloud(isReadAloud: boolean): void;
  /** Another shell below what the last one showed. */
  startAnew(): void;
  close(): void;
}

/** Leaves what a shell may have died in: the other screen, reporting of the mouse, colours. */
const TIDY = "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[!p\x1b[0m\r\n";
/** In its place among what is written; a direct reset would come before what waits to be shown. */
const RESET = "\x1bc";

export function openScreen(parts: ScreenParts): Screen {
  const { box } = parts;
  const undoSafety = makeElementsSafe(document, parts.nonce);
  const terminal = new Terminal({
    fontFamily: fonts.mono,
    fontSize: 14,
    cursorBlink: !parts.isStill,
    scrollback: 10_000,
    // Programs choose colours for a background that they guess.
    minimumContrastRatio: 4.5,
    screenReaderMode: parts.isReadAloud,
    theme: parts.theme,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(box);
  fit.fit();

  let repetitions = 0;
  const connection = new TerminalConnection(
    {
      open: (events) => openSocket(parts.socketUrl, events),
      size: () => ({ columns: terminal.cols, rows: terminal.rows }),
      after: (delayMs, call) => {
        const timer = setTimeout(call, delayMs);
        return () => clearTimeout(timer);
      },
      random: Math.random,
      onOutput: (bytes, isOld, done) => {
        if (isOld) repetitions += 1;
        terminal.write(bytes, () => {
          if (isOld) repetitions -= 1;
          done();
        });
      },
      onReset: () => terminal.write(RESET),
      onStatus: parts.onStatus,
      onShell: parts.onShell,
      onFailure: parts.onFailure,
    },
    parts.terminal,
  );

  const encoder = new TextEncoder();
  terminal.onData((text) => {
    // Programs ask terminals questions. Those of a repetition were answered when they were asked.
    if (repetitions === 0) connection.send(encoder.encode(text));
  });
  terminal.onBinary((text) => connection.send(Uint8Array.from(text, (character) => character.charCodeAt(0))));
  terminal.onResize(() => connection.resize());
  terminal.onTitleChange(parts.onTitle);
  terminal.attachCustomKeyEventHandler((event) => handleKey(event, terminal, parts));
  const stopFollowing = followSurroundings(box, fit, connection);
  connection.start();

  return {
    connection,
    focus: () => terminal.focus(),
    setTheme: (theme) => {
      terminal.options.theme = theme;
    },
    setReadAloud: (isReadAloud) => {
      terminal.options.screenReaderMode = isReadAloud;
    },
    startAnew: () => {
      terminal.write(TIDY);
      connection.startAnew();
      terminal.focus();
    },
    close: () => {
      stopFollowing();
      connection.stop();
      terminal.dispose();
      undoSafety();
    },
  };
}

function openSocket(url: string, events: SocketEvents): TerminalSocket {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }) => events.heard(data);
  socket.onclose = () => events.closed();
  return socket;
}

/** @returns false for what is not the shell's. Ctrl+Shift+V, middle and right click are the browser's own paste. */
function handleKey(event: KeyboardEvent, terminal: Terminal, { copy, onLeave }: ScreenParts): boolean {
  if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
  const isDown = event.type === "keydown";
  switch (event.code) {
    case "KeyV":
      return false;
    case "KeyC":
      event.preventDefault(); // browsers open their tools with it
      if (isDown && terminal.hasSelection()) copy(terminal.getSelection());
      return false;
    case "F6":
      event.preventDefault();
      if (isDown) onLeave();
      return false;
    default:
      return true;
  }
}

/** The box's size, and signs that the network may have changed. */
function followSurroundings(box: HTMLElement, fit: FitAddon, connection: TerminalConnection): () => void {
  const ending = new AbortController();
  const check = () => {
    if (!document.hidden) connection.check();
  };
  window.addEventListener("online", check, ending);
  document.addEventListener("visibilitychange", check, ending);
  const observer = new ResizeObserver(() => fit.fit());
  observer.observe(box);
  return () => {
    ending.abort();
    observer.disconnect();
  };
}
