/**
 * One SSH connection of a person who was let in: each channel is opened inside their session, as them. Nothing is
 * ever opened from here: where a forward leads, the session's own sshd connects.
 */
import type { DoorAudit } from "@fairway/contract/door.ts";
import type { ClientChannel, Connection, ServerChannel } from "ssh2";
import type { Activity } from "./activity.ts";
import { ForwardedAgent } from "./agent.ts";
import { type Entered, Entrance } from "./entrance.ts";
import type { HubClient } from "./hub-client.ts";
import { joinForward } from "./join.ts";
import type { Limits } from "./limits.ts";
import type { Live, LiveThing } from "./live.ts";
import type { SessionLinks } from "./session-link.ts";
import { SessionRequests } from "./session-requests.ts";
import type { Permits, SignedIn } from "./sign-in.ts";
import { answerEarlyClose } from "./ssh2.ts";

export interface PersonContext {
  readonly hub: HubClient;
  readonly links: SessionLinks;
  readonly live: Live;
  readonly activity: Activity;
  readonly limits: Limits;
  readonly agentForwarding: boolean;
  readonly audit: (entry: DoorAudit) => void;
  /** Cuts the connection, if it has not ended by then. */
  readonly cut: () => void;
}

/** A connection may ask for much that is denied: so many times it is written down. */
const MOST_REFUSALS = 50;
const END_AFTER_MS = 500;
const CUT_AFTER_MS = 2000;

type Who = SignedIn & { readonly kind: "person" };

export class People {
  readonly #connections = new Map<string, number>();

  /** Connections of one person that are open. */
  countOf(user: string): number {
    return this.#connections.get(user) ?? 0;
  }

  serve(connection: Connection, who: Who, address: string, context: PersonContext): void {
    const { user } = who.credential;
    this.#connections.set(user, this.countOf(user) + 1);
    connection.once("close", () => {
      const left = this.countOf(user) - 1;
      if (left === 0) this.#connections.delete(user);
      else this.#connections.set(user, left);
    });
    new Person(connection, who, address, context).serve();
  }
}

class Person implements LiveThing {
  readonly credential: Who["credential"];
  readonly since: number;
  sessionId: string | null = null;
  readonly #connection: Connection;
  readonly #address: string;
  readonly #context: PersonContext;
  readonly #permits: Permits;
  readonly #entrance: Entrance;
  readonly #gone = new AbortController();
  readonly #sessions = new Set<SessionRequests>();
  #forwards = 0;
  #refusals = 0;
  #hasForwarded = false;

  constructor(connection: Connection, who: Who, address: string, context: PersonContext) {
    this.#connection = connection;
    this.#address = address;
    this.#context = context;
    this.credential = who.credential;
    this.since = who.since;
    this.#permits = { ...who.permits, agent: who.permits.agent && context.agentForwarding };
    this.#entrance = new Entrance({
      ...context,
      ...who,
      agent: this.#permits.agent ? new ForwardedAgent(connection) : undefined,
      onSession: (sessionId) => {
        this.sessionId = sessionId;
      },
      onLost: () => this.end("The way into the session has ended."),
    });
  }

  serve(): void {
    const connection = this.#connection;
    const leave = this.#context.live.add(this);
    connection.once("close", () => {
      leave();
      this.#gone.abort();
    });
    connection.on("session", (accept, reject) => {
      if (this.#gone.signal.aborted) return reject();
      if (this.#sessions.size >= this.#context.limits.sessionChannels) return this.#deny("door.shell", reject, "too many channels");
      const session = accept();
      answerEarlyClose(connection, session);
      const requests = new SessionRequests(session, {
        entrance: this.#entrance,
        permits: this.#permits,
        signal: this.#gone.signal,
        onTraffic: (sessionId) => this.#context.activity.note(sessionId),
        note: (action, outcome, detail) => this.#note(action, outcome, detail),
      });
      this.#sessions.add(requests);
      session.once("close", () => this.#sessions.delete(requests));
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      void this.#forward(accept, reject, ({ link }) => link.connectTcp({ host: destIP, port: destPort }));
    });
    connection.on("openssh.streamlocal", (accept, reject, { socketPath }) => {
      void this.#forward(accept, reject, ({ link }) => link.connectUnix(socketPath));
    });
    connection.on("request", (_accept: unknown, reject: (() => void) | undefined, name: string) => this.#deny("door.listen", reject, name));
  }

  /**
   * Nothing goes on from here. It is told on each open shell; a moment later, so that clients have shown it, the
   * connection ends, if need be without the client's help.
   */
  end(line: string): void {
    if (this.#gone.signal.aborted) return;
    for (const session of this.#sessions) session.end(line);
    this.#gone.abort();
    const timers = [setTimeout(() => this.#connection.end(), END_AFTER_MS), setTimeout(this.#context.cut, CUT_AFTER_MS)];
    this.#connection.once("close", () => {
      for (const timer of timers) clearTimeout(timer);
    });
  }

  async #forward(accept: () => ServerChannel, reject: () => void, open: (entered: Entered) => Promise<ClientChannel>): Promise<void> {
    if (this.#gone.signal.aborted) return reject();
    if (!this.#permits.forwards) return this.#deny("door.forward", reject, "not permitted by the certificate");
    if (this.#forwards >= this.#context.limits.forwardChannels) return this.#deny("door.forward", reject, "too many channels");
    this.#forwards += 1;
    try {
      const entered = await this.#entrance.enter(() => {}, this.#gone.signal);
      const inside = await open(entered);
      if (!this.#hasForwarded) this.#note("door.forward", "done", null);
      this.#hasForwarded = true;
      const channel = accept();
      joinForward(channel, inside, {
        halfOpenMs: this.#context.limits.halfOpenMs,
        onTraffic: (piece) => this.#context.activity.notePiece(entered.sessionId, piece),
      });
      await new Promise<void>((resolve) => channel.once("close", () => resolve()));
    } catch (error) {
      if (!this.#gone.signal.aborted) this.#deny("door.forward", reject, error instanceof Error ? error.message : null);
    } finally {
      this.#forwards -= 1;
    }
  }

  #deny(action: string, reject: (() => void) | undefined, detail: string | null): void {
    this.#note(action, "refused", detail);
    reject?.();
  }

  #note(action: string, outcome: "done" | "refused", detail: string | null): void {
    if (outcome === "refused") this.#refusals += 1;
    if (outcome === "refused" && this.#refusals > MOST_REFUSALS) return;
    const { credential, sessionId } = this;
    this.#context.audit({
      credential,
      user: credential.user,
      address: this.#address,
      action,
      target: sessionId,
      outcome,
      detail: detail?.slice(0, 500) ?? null,
    });
  }
}
