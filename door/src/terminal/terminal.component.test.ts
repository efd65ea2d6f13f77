/** Real shells in a real sshd, and browsers that are WebSockets; the hub is what a test says. */
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DoorAudit, DoorCredential, DoorEntry } from "@fairway/contract/door.ts";
import type { TerminalAnswer, TerminalRequest } from "@fairway/contract/terminal.ts";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Live } from "../live.ts";
import { createSessionLinks } from "../session-link.ts";
import { startSshd, type TestSshd } from "../testing/sshd.ts";
import { openTerminals, type TerminalLimits, type Terminals } from "./server.ts";

const SESSION = "abcdefgh2345";
const LOGIN: DoorCredential = { kind: "login", id: "login-1", user: "alice", expiresAt: null };
const SIZE = { columns: 80, rows: 24 };

let sshd: TestSshd;
let dir: string;
let terminals: Terminals;
let live: Live;
let entries: DoorEntry[];
let audited: DoorAudit[];
let time: number;
/** Sessions that were used, once for each time. */
let used: string[];

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "fairway-terminals-"));
  entries = [];
  audited = [];
  used = [];
  time = Date.now();
  await open();
});
afterEach(async () => {
  await terminals.close();
  rmSync(dir, { recursive: true, force: true });
});

async function open(limits: Partial<TerminalLimits> = {}): Promise<void> {
  live = new Live(() => time);
  terminals = await openTerminals({
    socketPath: join(dir, "terminals.sock"),
    links: createSessionLinks(),
    live,
    logger: pino({ level: "silent" }),
    clock: () => time,
    limits: { pollMs: 10, ...limits },
    hub: {
      enter: async ({ id }) => entries.shift() ?? { kind: "open", sessionId: id ?? "", sessionName: "", target: sshd.target },
      enterLoginNode: async ({ cluster, credential }) =>
        cluster === "hpc" && credential.kind === "login"
          ? { kind: "open", target: sshd.target }
          : { kind: "refused", line: "No terminals there.", next: null },
    },
    audit: (entry) => void audited.push(entry),
    onUse: (sessionId) => void used.push(sessionId),
  });
}

/** As the door is started with other limits. */
async function reopen(limits: Partial<TerminalLimits>): Promise<void> {
  await terminals.close();
  await open(limits);
}

/** A page: what it was told, and the output it has. */
class Browser {
  readonly socket: WebSocket;
  readonly answers: TerminalAnswer[] = [];
  output = Buffer.alloc(0);
  closeCode: number | null = null;
  /** As a browser does, unless a test wants one that does not. */
  isReading = true;
  #offset = 0;

  constructor(credential: DoorCredential | string = LOGIN, session = SESSION) {
    const headers = { "x-fairway-credential": typeof credential === "string" ? credential : JSON.stringify(credential) };
    this.socket = new WebSocket(`ws+unix:${join(dir, "terminals.sock")}:/jupyter/terminal/${session}/socket`, { headers });
    this.socket.on("error", () => undefined);
    this.socket.on("close", (code) => {
      this.closeCode = code;
    });
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        this.output = Buffer.concat([this.output, data]);
        this.#offset += data.length;
        if (this.isReading) this.say({ kind: "ack", offset: this.#offset });
        return;
      }
      const answer = JSON.parse(data.toString()) as TerminalAnswer;
      this.answers.push(answer);
      if (answer.kind === "attached") this.#offset = answer.offset;
    });
  }

  get text(): string {
    return this.output.toString();
  }
  get terminal(): string {
    const attached = this.answers.find((answer) => answer.kind === "attached");
    if (attached === undefined) throw new Error("it has no shell");
    return attached.terminal;
  }
  say(request: TerminalRequest): void {
    this.socket.send(JSON.stringify(request));
  }
  type(text: string): void {
    this.socket.send(Buffer.from(text));
  }
  async attach(terminal: string | null = null, offset = 0, size = SIZE): Promise<this> {
    await once(this.socket, "open");
    this.say({ kind: "attach", terminal, offset, ...size });
    return this;
  }
  /** With a plain shell and a prompt of ours, whatever the person's own files say. */
  async ready(): Promise<this> {
    await this.attach();
    await this.answered("attached");
    this.type("exec env PS1='prompt> ' sh\r");
    await this.shows(/[\r\n]prompt> $/);
    return this;
  }
  async shows(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.text).toMatch(pattern);
  }
  async answered<K extends TerminalAnswer["kind"]>(kind: K): Promise<Extract<TerminalAnswer, { kind: K }>> {
    await expect.poll(() => this.answers.map((answer) => answer.kind)).toContain(kind);
    return this.answers.find((answer) => answer.kind === kind) as Extract<TerminalAnswer, { kind: K }>;
  }
  /** With which code. */
  async closed(): Promise<number | null> {
    await expect.poll(() => this.closeCode).not.toBe(null);
    return this.closeCode;
  }
}

describe("a shell in a browser", () => {
  test("runs what is typed, in the size of the window, and says how it ended", async () => {
    const browser = await new Browser().ready();
    browser.type("stty size; echo TERM=$TERM $COLORTERM\r");
    await browser.shows(/24 80\r\n.*TERM=xterm-256color/s);
    browser.say({ kind: "resize", columns: 132, rows: 50 });
    browser.type("stty size\r");
    await browser.shows(/50 132\r\n/);
    browser.type("exit 3\r");
    expect(await browser.answered("ended")).toEqual({ kind: "ended", line: "The shell has ended with the exit code 3." });
    expect(await browser.closed()).toBe(1000);
    await expect.poll(() => terminals.shells.size).toBe(0);
    expect(audited).toMatchObject([{ user: "alice", action: "door.terminal", target: SESSION, outcome: "done" }]);
    expect(JSON.stringify(audited)).not.toContain("exit");
  });

  test("waits for its session, and is told why", async () => {
    entries.push(
      { kind: "waiting", sessionId: SESSION, sessionName: "", line: "Waiting in the queue." },
      { kind: "waiting", sessionId: SESSION, sessionName: "", line: "Waiting in the queue." },
      { kind: "waiting", sessionId: SESSION, sessionName: "", line: "Starting on c2." },
    );
    const browser = await new Browser().attach();
    await browser.answered("attached");
    expect(browser.answers.map((answer) => ("line" in answer ? answer.line : answer.kind))).toEqual([
      "Waiting in the queue.",
      "Starting on c2.",
      "attached",
    ]);
  });

  test("is refused in the hub's words, or when the session's sshd does not answer", async () => {
    entries.push({ kind: "refused", line: "This session has no shell.", next: "Launch another." });
    const browser = await new Browser().attach();
    expect(await browser.answered("refused")).toEqual({ kind: "refused", line: "This session has no shell.", next: "Launch another." });
    const upstream = { kind: "unix", path: join(dir, "nothing.sock"), pin: null } as const;
    entries.push({ kind: "open", sessionId: SESSION, sessionName: "", target: { ...sshd.target, upstream } });
    expect(await (await new Browser().attach()).answered("refused")).toMatchObject({ next: expect.stringMatching(/Try again/) });
    expect(audited.map(({ outcome }) => outcome)).toEqual(["refused", "refused"]);
  });
});

test("use is what is typed and what is printed, not a question whether anybody is there", async () => {
  const browser = await new Browser().ready();
  const go = join(dir, "print");
  browser.type(`stty -echo; (while [ ! -e ${go} ]; do sleep 0.05; done; echo printed) & echo quiet; cat > ${join(dir, "typed")}\r`);
  await browser.shows(/[\r\n]quiet\r\n/);
  used = [];
  browser.say({ kind: "ping" });
  await browser.answered("pong");
  expect(used).toEqual([]);
  browser.type("x");
  await expect.poll(() => used).toEqual([SESSION]);
  writeFileSync(go, "");
  await browser.shows(/[\r\n]printed\r\n/);
  expect(used.length).toBeGreaterThan(1);
});

test("a login node is no session: nothing is said of any", async () => {
  await new Browser(LOGIN, "login@hpc").ready();
  expect(used).toEqual([]);
});

describe("on a login node", () => {
  test("is a shell like any other, in no session: it outlives all of them, and is found again there alone", async () => {
    const first = await new Browser(LOGIN, "login@hpc").ready();
    live.sessionsOpen(new Set());
    first.type("echo here\r");
    await first.shows(/here\r\n/);
    await (await new Browser(LOGIN, SESSION).attach(first.terminal, 0)).answered("gone");
    expect(await (await new Browser(LOGIN, "login@hpc").attach(first.terminal, 0)).answered("attached")).toMatchObject({ isNew: false });
    expect(audited).toMatchObject([{ user: "alice", action: "door.terminal", target: "login@hpc", outcome: "done" }]);
    live.revoked({ kind: "login", id: "login-1", at: time });
    await expect.poll(() => terminals.shells.size).toBe(0);
  });

  test("is refused in the hub's words", async () => {
    const browser = await new Browser(LOGIN, "login@other").attach();
    expect(await browser.answered("refused")).toEqual({ kind: "refused", line: "No terminals there.", next: null });
    expect(audited).toMatchObject([{ target: "login@other", outcome: "refused" }]);
  });
});

describe("a browser that comes back", () => {
  test("finds its shell as it was, with what it missed and nothing twice", async () => {
    const first = await new Browser().ready();
    const signal = join(dir, "go");
    first.type(`marker=still-here; (while [ ! -e ${signal} ]; do sleep 0.05; done; echo late-$marker) &\r`);
    await first.shows(/[\r\n]prompt> $/);
    const seen = first.output.length;
    first.socket.terminate();
    writeFileSync(signal, "");
    const second = await new Browser().attach(first.terminal, seen);
    expect(await second.answered("attached")).toMatchObject({ terminal: first.terminal, offset: seen, isNew: false });
    await second.shows(/late-still-here/);
    second.type("echo again-$marker\r");
    await second.shows(/again-still-here/);
    expect(`${first.text}${second.text}`.match(/late-still-here/g)).toHaveLength(1);
  });

  test("is shown the last of it from a whole line on, where more is gone than is kept", async () => {
    await reopen({ outputBytes: 4096, windowBytes: 2048 });
    const first = await new Browser().ready();
    first.type("seq 1000 9999\r");
    await first.shows(/9999\r\nprompt> $/);
    first.socket.terminate();
    const second = await new Browser().attach(first.terminal, 0);
    const { offset, end } = await second.answered("attached");
    await expect.poll(() => second.output.length).toBe(end - offset);
    expect(second.text).toMatch(/^\d{4}\r\n/);
    expect(first.text.endsWith(second.text)).toBe(true);
  });

  test("in a second window takes the shell from the first, which is told", async () => {
    const first = await new Browser().ready();
    const second = await new Browser().attach(first.terminal, first.output.length);
    await first.answered("taken");
    expect(await first.closed()).toBe(1000);
    second.type("echo mine\r");
    await second.shows(/mine\r\n/);
  });

  test.each([
    ["somebody else", { ...LOGIN, user: "bob" }, SESSION],
    ["another session", LOGIN, "zzzzzzzz2345"],
  ])("finds no shell as %s, whatever it names", async (_, credential, session) => {
    const first = await new Browser().ready();
    const second = await new Browser(credential, session).attach(first.terminal, 0);
    await second.answered("gone");
    expect(second.output).toHaveLength(0);
    first.type("echo untouched\r");
    await first.shows(/untouched\r\n/);
  });

  test("finds no shell after too long a time", async () => {
    await reopen({ keptMs: 50 });
    const first = await new Browser().ready();
    time += 3_600_000; // an hour with somebody looking
    first.type("echo looked-at\r");
    await first.shows(/looked-at\r\n/);
    first.socket.terminate();
    expect(terminals.shells.size).toBe(1);
    await expect
      .poll(() => {
        time += 100;
        return terminals.shells.size;
      })
      .toBe(0);
    await (await new Browser().attach(first.terminal, 0)).answered("gone");
  });
});

describe("flow", () => {
  test("a program waits for a browser that does not keep up, and loses nothing by it", async () => {
    const browser = await new Browser().ready();
    browser.isReading = false;
    const before = browser.output.length;
    browser.type("seq 1 200000; echo done\r");
    await expect.poll(() => browser.output.length - before).toBeGreaterThan(128 * 1024);
    const stopped = async () => {
      const length = browser.output.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return browser.output.length === length;
    };
    await expect.poll(stopped).toBe(true);
    expect(browser.output.length - before).toBeLessThan(256 * 1024); // a browser that comes back misses nothing
    browser.isReading = true;
    browser.say({ kind: "ack", offset: browser.output.length });
    await browser.shows(/199999\r\n200000\r\ndone\r\nprompt> $/);
    expect(browser.text.match(/\r\n\d+(?=\r\n)/g)?.map((line) => Number(line))).toEqual(Array.from({ length: 200_000 }, (_, at) => at + 1));
  });

  test("a large paste arrives whole", async () => {
    const browser = await new Browser().ready();
    browser.type("stty -echo -icanon; echo set; head -c 1000000 | sha256sum; stty echo icanon\r");
    await browser.shows(/[\r\n]set\r\n/);
    const piece = Buffer.alloc(16_000, "x");
    for (let sent = 0; sent < 1_000_000; sent += piece.length)
      browser.socket.send(piece.subarray(0, Math.min(piece.length, 1_000_000 - sent)));
    await browser.shows(/[0-9a-f]{64}/);
    expect(browser.text).toContain(hash("sha256", "x".repeat(1_000_000)));
  });
});

describe("ends with what let it in", () => {
  test.each([
    ["the sign-in is revoked", () => live.revoked({ kind: "login", id: "login-1", at: time }), /sign-in was revoked/],
    ["the person is shut out", () => live.revoked({ kind: "user", user: "alice", at: time }), /sign-in was revoked/],
    ["the session ends", () => live.sessionOver(SESSION), /session has ended/],
  ])("when %s", async (_, end, words) => {
    const hers = await new Browser().ready();
    const other = await new Browser({ kind: "token", id: "login-1", user: "bob", expiresAt: null }, "zzzzzzzz2345").ready();
    end();
    expect((await hers.answered("ended")).line).toMatch(words);
    await expect.poll(() => terminals.shells.size).toBe(1);
    other.type("echo untouched\r");
    await other.shows(/untouched\r\n/);
  });

  test("when its token expires", async () => {
    const browser = await new Browser({ kind: "token", id: "token2222222", user: "alice", expiresAt: time + 200 }).ready();
    time += 200;
    expect((await browser.answered("ended")).line).toMatch(/expired/);
  });

  test("when the sign-in is revoked while it is opened", async () => {
    // It takes the connection, and says nothing.
    const path = join(dir, "silent.sock");
    const silent = createServer();
    silent.listen(path);
    const connected = once(silent, "connection") as Promise<[Socket]>;
    entries.push({
      kind: "open",
      sessionId: SESSION,
      sessionName: "",
      target: { ...sshd.target, upstream: { kind: "unix", path, pin: null } },
    });
    const browser = await new Browser().attach();
    const [connection] = await connected;
    const closed = once(connection.resume(), "close");
    live.revoked({ kind: "login", id: "login-1", at: time });
    expect((await browser.answered("refused")).line).toMatch(/sign-in was revoked/);
    await closed;
    silent.close();
  });

  test("when its sshd dies, and the browser is told", async () => {
    const mortal = await startSshd();
    entries.push({ kind: "open", sessionId: SESSION, sessionName: "", target: mortal.target });
    const browser = await new Browser().ready();
    browser.type("kill -9 $PPID\r");
    expect((await browser.answered("ended")).line).toMatch(/connection to the session is lost|ended/);
    await mortal.stop();
  });
});

describe("bounds", () => {
  const isLetIn = async () => {
    const browser = await new Browser().attach();
    await expect.poll(() => browser.answers.length).toBeGreaterThan(0);
    return browser.answers[0]?.kind === "attached";
  };

  test("at the limit, the shell that nobody looks at gives way; when all are looked at, there is no more", async () => {
    await reopen({ shellsPerUser: 2 });
    const [first, second] = [await new Browser().ready(), await new Browser().ready()];
    const third = await new Browser().attach();
    expect((await third.answered("refused")).line).toMatch(/2 terminals/);
    first.socket.terminate();
    await expect.poll(isLetIn).toBe(true); // once the door has heard that the first is gone
    await (await new Browser().attach(first.terminal, 0)).answered("gone");
    second.type("echo untouched\r");
    await second.shows(/untouched\r\n/);
  });

  test.each([
    ["no attach first", (browser: Browser) => browser.say({ kind: "ack", offset: 1 })],
    ["no JSON", (browser: Browser) => browser.socket.send("hello")],
    ["an unknown word", (browser: Browser) => browser.socket.send('{"kind":"exec"}')],
    ["a window of no size", (browser: Browser) => browser.say({ kind: "attach", terminal: null, offset: 0, columns: 0, rows: 0 })],
    ["a long text", (browser: Browser) => browser.socket.send(JSON.stringify({ kind: "ping", more: "x".repeat(2000) }))],
  ])("what is not understood ends the conversation: %s", async (_, speak) => {
    const browser = new Browser();
    await once(browser.socket, "open");
    speak(browser);
    expect(await browser.closed()).toBe(1008);
    expect(audited).toEqual([]);
  });

  test("a message that is too large ends it, and the shell is kept", async () => {
    const browser = await new Browser().ready();
    browser.socket.send(Buffer.alloc(100_000));
    expect(await browser.closed()).toBe(1009);
    expect(terminals.shells.size).toBe(1);
  });

  test("who says nothing is let go", async () => {
    await reopen({ attachMs: 50 });
    expect(await new Browser().closed()).toBe(1008);
  });

  test("who is not there any more does not keep a shell from giving way", async () => {
    await reopen({ shellsPerUser: 1, pingMs: 3000 });
    const browser = await new Browser().ready();
    browser.socket.pause(); // answers nothing, like a network that is gone
    await expect.poll(isLetIn).toBe(true);
  });

  test.each([
    ["no credential", ""],
    ["a key's", JSON.stringify({ ...LOGIN, kind: "ssh-key" })],
    ["half of one", '{"kind":"login"}'],
  ])("nobody is let in with %s", async (_, credential) => {
    const browser = new Browser(credential);
    const [, response] = (await once(browser.socket, "unexpected-response")) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(401);
  });

  test("nobody else reaches the socket", () => {
    expect(statSync(join(dir, "terminals.sock")).mode & 0o777).toBe(0o600);
  });
});
