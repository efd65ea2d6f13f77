/**
 * All shells that browsers have open: opens them by the hub's word, finds them again for the same person and session,
 * and keeps them a while without a browser. `Live` ends them when who opened them may no longer, or their session is over.
 */
import { randomBytes } from "node:crypto";
import type { DoorAudit, DoorCredential, DoorEnter, DoorEntry, DoorLogin, DoorLoginEntry, DoorTarget } from "@fairway/contract/door.ts";
import { type TerminalPlace, toTerminalSegment } from "@fairway/contract/terminal-place.ts";
import type { Live } from "../live.ts";
import { LinkFailure, type SessionLinks } from "../session-link.ts";
import { Shell, type TerminalSize } from "./shell.ts";

/** What it asks the hub. */
export interface TerminalHub {
  /** @throws {AppError} hub_away */
  enter(request: DoorEnter): Promise<DoorEntry>;
  /** @throws {AppError} hub_away */
  enterLoginNode(request: DoorLogin): Promise<DoorLoginEntry>;
}

export interface ShellLimits {
  readonly shellsPerUser: number;
  /** How long a shell lives without a browser. */
  readonly keptMs: number;
  readonly outputBytes: number;
  readonly windowBytes: number;
}

export interface ShellsParts {
  readonly hub: TerminalHub;
  /** Waits for nobody: a terminal does not wait for the log. */
  readonly audit: (entry: DoorAudit) => void;
  readonly links: SessionLinks;
  readonly live: Live;
  /** That shell in this session was used: the app there knows nothing of it. */
  readonly onUse: (sessionId: string) => void;
  readonly clock: () => number;
  readonly limits: ShellLimits;
}

export type Opened =
  | { readonly kind: "shell"; readonly shell: Shell }
  | { readonly kind: "waiting"; readonly line: string }
  | { readonly kind: "refused"; readonly line: string; readonly next: string | null };

/** Who came from where, when (epoch ms), to where. */
export interface Caller {
  readonly credential: DoorCredential;
  readonly since: number;
  readonly place: TerminalPlace;
  readonly address: string;
}

interface Entry {
  readonly shell: Shell;
  caller: Caller;
  /** Takes it out of what a revocation ends. */
  release: () => void;
}

/** Modes of RFC 4254, section 8: IUTF8 on, so that deleting deletes a character and not a byte. */
const MODES = Buffer.from([42, 0, 0, 0, 1, 0]);
const ENVIRONMENT = { COLORTERM: "truecolor" };
/** A session's sshd has the job's own; one on a login node has none, and umlauts would break. */
const LOGIN_ENVIRONMENT = { ...ENVIRONMENT, LANG: "C.UTF-8" };
const SWEEP_MS = 15_000;
/** The hub has let them in, and nobody is there. */
const SILENT = {
  session: { line: "The session does not answer to a shell.", next: "Try again in a moment; its page shows its state." },
  "login-node": { line: "The login node gave you no shell.", next: "If it stays so, tell the staff: Fairway's log says why." },
} as const satisfies Record<TerminalPlace["kind"], { line: string; next: string }>;

export class Shells {
  readonly #parts: ShellsParts;
  readonly #shells = new Map<string, Entry>();
  /** Users of those that are being opened: they count, too. */
  readonly #openings: string[] = [];
  readonly #sweep: NodeJS.Timeout;

  constructor(parts: ShellsParts) {
    this.#parts = parts;
    this.#sweep = setInterval(() => this.#endForgotten(), Math.min(SWEEP_MS, parts.limits.keptMs));
  }

  get size(): number {
    return this.#shells.size;
  }

  /** A person's own shell in that place, which now ends with this credential; null: there is none such (any more). */
  find(id: string, caller: Caller): Shell | null {
    const entry = this.#shells.get(id);
    if (entry === undefined) return null;
    const isTheirs = entry.caller.credential.user === caller.credential.user && isSame(entry.caller.place, caller.place);
    if (!isTheirs) return null;
    entry.release();
    entry.caller = caller;
    entry.release = this.#enter(caller, (line) => entry.shell.end(line));
    return entry.shell;
  }

  /**
   * A new shell. "waiting": ask again in a second or two.
   * @throws {AppError} hub_away; what the signal says
   */
  async open(caller: Caller, size: TerminalSize, signal: AbortSignal): Promise<Opened> {
    const { user } = caller.credential;
    if (!this.#makeRoom(user)) {
      return this.#refuse(caller, `You have ${this.#parts.limits.shellsPerUser} terminals open, which is the most.`, "Close one of them.");
    }
    let ended: string | null = null;
    const abandon = new AbortController();
    this.#openings.push(user);
    const release = this.#enter(caller, (line) => {
      ended = line;
      abandon.abort();
    });
    try {
      return await this.#tryToOpen(caller, size, AbortSignal.any([signal, abandon.signal]));
    } catch (error) {
      if (ended !== null) return this.#refuse(caller, ended, null);
      if (!(error instanceof LinkFailure)) throw error;
      const { line, next } = SILENT[caller.place.kind];
      return this.#refuse(caller, line, next);
    } finally {
      release();
      this.#openings.splice(this.#openings.indexOf(user), 1);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const shells = [...this.#shells.values()].map(({ shell }) => shell);
    for (const shell of shells) shell.end("Fairway's door is started anew, and the shell has ended.");
    await Promise.all(shells.map(({ ended }) => ended));
  }

  async #tryToOpen(caller: Caller, size: TerminalSize, signal: AbortSignal): Promise<Opened> {
    const entry = await this.#ask(caller);
    signal.throwIfAborted();
    if (entry.kind === "waiting") return entry;
    if (entry.kind === "refused") return this.#refuse(caller, entry.line, entry.next);
    const shell = await this.#connect(entry.target, caller, size, signal);
    this.#audit(caller, "done", null);
    return { kind: "shell", shell };
  }

  #ask({ credential, place }: Caller): Promise<DoorEntry | DoorLoginEntry> {
    const { hub } = this.#parts;
    if (place.kind === "session") return hub.enter({ credential, session: null, id: place.id });
    return hub.enterLoginNode({ credential, cluster: place.cluster });
  }

  async #connect(target: DoorTarget, caller: Caller, size: TerminalSize, signal: AbortSignal): Promise<Shell> {
    const link = await this.#parts.links.open(target, signal);
    try {
      const terminal = { term: "xterm-256color", cols: size.columns, rows: size.rows, width: 0, height: 0, modes: MODES };
      const channel = await link.shell({ terminal, env: caller.place.kind === "session" ? ENVIRONMENT : LOGIN_ENVIRONMENT });
      // What was revoked while it was opened must not stay.
      signal.throwIfAborted();
      const id = randomBytes(16).toString("base64url");
      const { limits, clock } = this.#parts;
      const shell = new Shell({ ...limits, id, link, channel, now: clock(), onUse: () => this.#noteUse(caller.place) });
      this.#keep({ shell, caller, release: this.#enter(caller, (line) => shell.end(line)) });
      return shell;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  #keep(entry: Entry): void {
    const { id, ended } = entry.shell;
    this.#shells.set(id, entry);
    void ended.then(() => {
      entry.release();
      this.#shells.delete(id);
    });
  }

  #enter({ credential, since, place }: Caller, end: (line: string) => void): () => void {
    const sessionId = place.kind === "session" ? place.id : null;
    return this.#parts.live.add({ credential, since, sessionId, end });
  }

  #noteUse(place: TerminalPlace): void {
    if (place.kind === "session") this.#parts.onUse(place.id);
  }

  /** At the limit, the one that nobody has looked at for longest gives way. */
  #makeRoom(user: string): boolean {
    const theirs = [...this.#shells.values()].filter(({ caller }) => caller.credential.user === user).map(({ shell }) => shell);
    const opening = this.#openings.filter((other) => other === user);
    if (theirs.length + opening.length < this.#parts.limits.shellsPerUser) return true;
    const forgotten = theirs.filter(({ detachedAt }) => detachedAt !== null);
    const oldest = forgotten.sort((a, b) => (a.detachedAt ?? 0) - (b.detachedAt ?? 0))[0];
    if (oldest === undefined) return false;
    this.#shells.get(oldest.id)?.release();
    this.#shells.delete(oldest.id);
    oldest.end("Another terminal took its place.");
    return true;
  }

  #endForgotten(): void {
    const before = this.#parts.clock() - this.#parts.limits.keptMs;
    for (const { shell } of this.#shells.values()) {
      if (shell.detachedAt !== null && shell.detachedAt <= before) shell.end("Nobody looked at it for too long.");
    }
  }

  #refuse(caller: Caller, line: string, next: string | null): Opened {
    this.#audit(caller, "refused", line);
    return { kind: "refused", line, next };
  }

  #audit({ credential, place, address }: Caller, outcome: DoorAudit["outcome"], detail: string | null): void {
    const target = toTerminalSegment(place);
    this.#parts.audit({ credential, user: credential.user, address, action: "door.terminal", target, outcome, detail });
  }
}

const isSame = (a: TerminalPlace, b: TerminalPlace) => toTerminalSegment(a) === toTerminalSegment(b);
