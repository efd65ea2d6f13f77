/**
 * One `session` channel of a person: what it was asked to be (a shell, a command, sftp), with which terminal and
 * environment, carried out inside the session. Whatever is not named here is denied.
 */
import type { ClientChannel, ServerChannel, Session } from "ssh2";
import type { TerminalRequest } from "./channel-packets.ts";
import { type Entered, type Entrance, Refused } from "./entrance.ts";
import { joinSession } from "./join.ts";
import { QueueDisplay, sayAndEnd } from "./queue-display.ts";
import type { ChannelOptions } from "./session-link.ts";
import type { Permits } from "./sign-in.ts";
import { readTerminalRequest } from "./ssh2.ts";

export interface SessionContext {
  readonly entrance: Entrance;
  readonly permits: Permits;
  /** Of the connection. */
  readonly signal: AbortSignal;
  readonly onTraffic: (sessionId: string) => void;
  readonly note: (action: string, outcome: "done" | "refused", detail: string | null) => void;
}

/** What of a client's environment reaches the session; its sshd has a list of its own. */
const ENVIRONMENT = /^(?:LANG|LC_[A-Z]+|TERM|COLORTERM|VSCODE_[A-Z0-9_]+)$/;
const MOST_VARIABLES = 64;
const MOST_VALUE_BYTES = 4096;
/** As `ssh` itself says that there was no connection. */
const NO_CONNECTION = 255;
const INTERRUPTED = 130;

type Opener = (entered: Entered, options: ChannelOptions) => Promise<ClientChannel>;

export class SessionRequests {
  readonly #context: SessionContext;
  readonly #env: Record<string, string> = {};
  #terminal: TerminalRequest | null = null;
  #agentForward = false;
  #channel: ServerChannel | null = null;
  #inside: ClientChannel | null = null;
  /** The client has closed the channel: nothing is begun for it any more. */
  #isClosed = false;

  constructor(session: Session, context: SessionContext) {
    this.#context = context;
    session.once("close", () => {
      this.#isClosed = true;
      this.#inside?.close();
    });
    this.#listenBefore(session);
    this.#listenMeanwhile(session);
    session.on("shell", (accept) => this.#start("door.shell", accept(), ({ link }, options) => link.shell(options)));
    session.on("exec", (accept, _reject, { command }) => {
      this.#start("door.exec", accept(), ({ link }, options) => link.exec(command, options));
    });
    session.on("subsystem", (accept, reject, { name }) => {
      if (name === "sftp") this.#start("door.sftp", accept(), ({ link }) => link.subsystem(name));
      else this.#deny("door.subsystem", reject, name);
    });
    session.on("x11", (_accept, reject) => this.#deny("door.x11", reject, null));
  }

  /** Says why to whoever still listens, and ends. */
  end(line: string): void {
    if (this.#channel !== null) sayAndEnd(this.#channel, this.#terminal !== null, line, NO_CONNECTION);
    this.#inside?.close();
  }

  /** What is asked before a shell or a command. ssh2 leaves `accept` out where no answer is wanted. */
  #listenBefore(session: Session): void {
    const { permits } = this.#context;
    session.on("pty", (accept: (() => void) | undefined, reject: (() => void) | undefined, info) => {
      if (!permits.pty) return this.#deny("door.pty", reject, null);
      this.#terminal = readTerminalRequest(info);
      accept?.();
    });
    session.on("env", (accept: (() => void) | undefined, reject: (() => void) | undefined, { key, val }) => {
      const isTaken = ENVIRONMENT.test(key) && val.length <= MOST_VALUE_BYTES && Object.keys(this.#env).length < MOST_VARIABLES;
      // Not worth a line in the audit log: stock clients send what their own configuration lists.
      if (!isTaken) return reject?.();
      this.#env[key] = val;
      accept?.();
    });
    session.on("auth-agent", (accept: (() => void) | undefined, reject: (() => void) | undefined) => {
      if (!permits.agent) return this.#deny("door.agent", reject, null);
      this.#agentForward = true;
      accept?.();
    });
  }

  #listenMeanwhile(session: Session): void {
    session.on("window-change", (accept: (() => void) | undefined, _reject, { cols, rows, width, height }) => {
      if (this.#terminal !== null) this.#terminal = { ...this.#terminal, cols, rows, width, height };
      this.#inside?.setWindow(rows, cols, height, width);
      accept?.();
    });
    session.on("signal", (accept: (() => void) | undefined, _reject, { name }) => {
      if (SIGNAL.test(name)) this.#inside?.signal(name);
      accept?.();
    });
  }

  /** The client is answered at once: what it sends waits in the channel, and so does its end. */
  #start(action: string, channel: ServerChannel | undefined, open: Opener): void {
    if (channel === undefined || this.#channel !== null) return;
    this.#channel = channel;
    channel.on("error", () => {});
    channel.stderr.on("error", () => {});
    void this.#run(action, channel, open);
  }

  async #run(action: string, channel: ServerChannel, open: Opener): Promise<void> {
    const { entrance, signal, note, onTraffic } = this.#context;
    const hasTerminal = this.#terminal !== null;
    let hasLeft = false;
    const display = new QueueDisplay(channel, this.#terminal, () => {
      hasLeft = true;
      sayAndEnd(channel, true, LEFT, INTERRUPTED);
    });
    try {
      const entered = await entrance.enter((line) => !hasLeft && display.show(line), signal);
      if (hasLeft || this.#isClosed) return;
      const inside = await open(entered, { env: this.#env, terminal: this.#terminal, agentForward: this.#agentForward });
      if (hasLeft || this.#isClosed) {
        inside.close();
        return;
      }
      const typed = display.open();
      this.#inside = inside;
      note(action, "done", null);
      // A command may do its work without a word.
      onTraffic(entered.sessionId);
      await joinSession(channel, inside, typed, () => onTraffic(entered.sessionId));
    } catch (error) {
      if (signal.aborted || hasLeft || this.#isClosed) return;
      const line = error instanceof Refused ? error.message : "The session does not answer. Try again in a moment.";
      note(action, "refused", error instanceof Error ? error.message : null);
      sayAndEnd(channel, hasTerminal, line, NO_CONNECTION);
    }
  }

  #deny(action: string, reject: (() => void) | undefined, detail: string | null): void {
    this.#context.note(action, "refused", detail);
    reject?.();
  }
}

const LEFT = "Left. The session stays as it is: it goes on waiting, or running, until you stop it.";
const SIGNAL = /^(?:SIG)?(?:ABRT|ALRM|FPE|HUP|ILL|INT|QUIT|SEGV|TERM|USR1|USR2|KILL|PIPE)$/;
