import type { TerminalAnswer, TerminalRequest } from "@fairway/contract/terminal.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { type SocketEvents, TerminalConnection, type TerminalSocket, type TerminalStatus } from "./connection.ts";

const ID = "AAAAAAAAAAAAAAAAAAAAAA";

/** The door as a test plays it. */
class Socket implements TerminalSocket {
  readonly events: SocketEvents;
  readonly said: TerminalRequest[] = [];
  readonly typed: number[] = [];
  isClosed = false;

  constructor(events: SocketEvents) {
    this.events = events;
  }
  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.said.push(JSON.parse(data) as TerminalRequest);
    else this.typed.push(data.length);
  }
  close(): void {
    this.isClosed = true;
  }
  tell(answer: TerminalAnswer): void {
    this.events.heard(JSON.stringify(answer));
  }
  output(text: string): void {
    this.events.heard(new TextEncoder().encode(text).buffer);
  }
}

let sockets: Socket[];
let timers: { delayMs: number; call: () => void }[];
let shown: string[];
let old: string[];
let undone: (() => void)[];
let statuses: TerminalStatus["kind"][];
let kept: (string | null)[];
let resets: number;
let failures: number;

beforeEach(() => {
  sockets = [];
  timers = [];
  shown = [];
  old = [];
  undone = [];
  statuses = [];
  kept = [];
  resets = 0;
  failures = 0;
});

function connect(terminal: string | null = null): TerminalConnection {
  const connection = new TerminalConnection(
    {
      open: (events) => {
        const socket = new Socket(events);
        sockets.push(socket);
        return socket;
      },
      size: () => ({ columns: 80, rows: 24 }),
      after: (delayMs, call) => {
        const timer = { delayMs, call };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
      random: () => 0.5,
      onOutput: (bytes, isOld, done) => {
        (isOld ? old : shown).push(new TextDecoder().decode(bytes));
        undone.push(done);
      },
      onReset: () => {
        resets += 1;
      },
      onStatus: ({ kind }) => statuses.push(kind),
      onShell: (id) => kept.push(id),
      onFailure: () => {
        failures += 1;
      },
    },
    terminal,
  );
  connection.start();
  return connection;
}

const door = () => sockets.at(-1)!;
const attach = (answer: Partial<Extract<TerminalAnswer, { kind: "attached" }>> = {}) => {
  door().events.opened();
  door().tell({ kind: "attached", terminal: ID, offset: 0, end: 0, isNew: true, ...answer });
};
const runTimer = () => {
  const timer = timers.shift()!;
  timer.call();
  return timer.delayMs;
};

describe("a terminal's connection", () => {
  it("asks for a new shell with its size, and keeps its name", () => {
    connect();
    attach();
    expect(door().said[0]).toEqual({ kind: "attach", terminal: null, offset: 0, columns: 80, rows: 24 });
    expect(kept).toEqual([ID]);
    expect(statuses).toEqual(["connecting", "open"]);
  });

  it("comes back after a lost connection with what it has, and goes on without a reset", () => {
    connect();
    attach();
    door().output("hello ");
    door().events.closed();
    expect(statuses.at(-1)).toBe("lost");
    expect(runTimer()).toBe(250);
    door().events.opened();
    expect(door().said[0]).toMatchObject({ kind: "attach", terminal: ID, offset: 6 });
    door().tell({ kind: "attached", terminal: ID, offset: 6, end: 11, isNew: false });
    door().output("world");
    expect([shown.join(""), old, resets]).toEqual(["hello world", [], 0]);
  });

  it("clears the screen when part of the output is lost", () => {
    connect();
    attach();
    door().output("hello");
    door().events.closed();
    runTimer();
    attach({ offset: 900, end: 1000, isNew: false });
    expect(resets).toBe(1);
    door().events.closed();
    runTimer();
    door().events.opened();
    expect(door().said[0]).toMatchObject({ offset: 900 });
  });

  it("says of what it had before the page was loaded again that it is old", () => {
    connect(ID);
    attach({ offset: 0, end: 3, isNew: false });
    door().output("abc");
    door().output("new");
    expect([old, shown]).toEqual([["abc"], ["new"]]);
  });

  it("waits longer each time, and tells that it fails", () => {
    connect();
    door().events.closed();
    const delays = [];
    for (let at = 0; at < 7; at += 1) {
      delays.push(runTimer());
      door().events.closed();
    }
    expect(delays).toEqual([250, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(failures).toBe(7);
  });

  it("gives a connection up that never answers", () => {
    connect();
    expect(runTimer()).toBe(10_000);
    expect([statuses.at(-1), sockets[0]?.isClosed, timers.length]).toEqual(["lost", true, 1]);
    expect(runTimer()).toBe(250);
    attach();
    expect([statuses.at(-1), timers.length]).toEqual(["open", 0]);
  });

  it("acknowledges what is shown, in pieces, and nothing of a shell that is gone", () => {
    const connection = connect();
    attach();
    for (let at = 0; at < 5; at += 1) door().output("x".repeat(10_000));
    for (const done of undone.slice(0, 4)) done();
    expect(door().said.filter(({ kind }) => kind === "ack")).toEqual([{ kind: "ack", offset: 40_000 }]);
    door().tell({ kind: "ended", line: "over" });
    connection.startAnew();
    attach();
    undone[4]?.();
    expect(door().said.filter(({ kind }) => kind === "ack")).toEqual([]);
  });

  it.each(["ended", "gone"] as const)("forgets a shell that is %s, and tries no more", (kind) => {
    connect(ID);
    attach({ isNew: false });
    door().tell({ kind, line: "over" });
    expect([statuses.at(-1), kept.at(-1), timers.length, door().isClosed]).toEqual([kind, null, 0, true]);
  });

  it("leaves a shell to the window that took it, and can take it back", () => {
    const connection = connect();
    attach();
    door().output("abc");
    door().tell({ kind: "taken", line: "elsewhere" });
    expect([statuses.at(-1), timers.length]).toEqual(["taken", 0]);
    connection.start();
    door().events.opened();
    expect(door().said[0]).toMatchObject({ terminal: ID, offset: 3 });
  });

  it("sends a large paste in pieces, and nothing while there is no connection", () => {
    const connection = connect();
    connection.send(new Uint8Array(5));
    attach();
    connection.send(new Uint8Array(40_000));
    expect(door().typed).toEqual([16_384, 16_384, 7232]);
    door().events.closed();
    connection.send(new Uint8Array(5));
    expect(sockets.flatMap(({ typed }) => typed)).toHaveLength(3);
  });

  it("finds out about a connection that swallows what is typed", () => {
    const connection = connect();
    attach();
    connection.send(new Uint8Array(1));
    expect(runTimer()).toBe(6000);
    expect(door().said.at(-1)).toEqual({ kind: "ping" });
    expect(runTimer()).toBe(5000);
    expect([statuses.at(-1), sockets[0]?.isClosed]).toEqual(["lost", true]);
    sockets[0]?.output("a late word"); // of a socket that was given up
    expect(shown).toEqual([]);
  });

  it("asks nothing of a connection that answers", () => {
    const connection = connect();
    attach();
    connection.send(new Uint8Array(1));
    door().output("a");
    expect(timers).toEqual([]);
  });

  it("tries at once when the network is back", () => {
    const connection = connect();
    door().events.closed();
    connection.check();
    connection.check(); // the first answer to that may be on a network that is gone, too
    expect([sockets.length, timers.map(({ delayMs }) => delayMs)]).toEqual([3, [10_000]]);
    attach();
    connection.check();
    expect(door().said.at(-1)).toEqual({ kind: "ping" });
    connection.stop();
    connection.check();
    expect([sockets.length, timers]).toEqual([3, []]);
  });
});
