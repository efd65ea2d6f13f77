/** What the sessions service offers to the APIs, and who asks. */
import type { Me } from "@fairway/contract/accounts.ts";
import type { SessionEvent } from "@fairway/contract/api.ts";
import type { EnrolAnswer, EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import type { Alternative, LaunchCheck, LaunchPreview } from "@fairway/contract/launching.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import type { Role, Scope } from "@fairway/contract/scopes.ts";
import type { LaunchRequest, LogChunk, Session } from "@fairway/contract/sessions.ts";

import type { SessionOptions } from "../store/schema.ts";

/** Somebody who has been authenticated. Every service method authorises them itself. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
  readonly scopes: ReadonlySet<Scope>;
  readonly via:
    | { readonly kind: "login"; readonly id: string }
    | { readonly kind: "token"; readonly id: string }
    /** At the door. */
    | { readonly kind: "ssh-key" | "certificate"; readonly id: string }
    | { readonly kind: "operator" };
}

export interface SessionFilter {
  readonly show: "open" | "ended" | "all";
  /** Whose; undefined: the actor's own; "*": everybody's. */
  readonly user?: string | undefined;
  /** Only those created before this (epoch ms): the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/**
 * All methods throw AppError: `not_allowed` without the scope, `not_found` also for somebody else's
 * session (its existence is not told), others as each says.
 */
export interface SessionService {
  /** @throws invalid_input (with fields), limit_reached, conflict (the slot is taken). Answers once the wish is durable. */
  launch(actor: Actor, request: LaunchRequest): Promise<Session>;
  /** @throws conflict when it has not ended. */
  relaunch(actor: Actor, id: string): Promise<Session>;
  /** Idempotent; answers once the wish is durable. */
  stop(actor: Actor, id: string): Promise<Session>;
  get(actor: Actor, id: string): Promise<Session>;
  list(actor: Actor, filter: SessionFilter): Promise<readonly Session[]>;
  /** Calls back with each change the actor may see, from now on. Returns the way to end it. */
  subscribe(actor: Actor, sessionId: string | null, listener: (event: SessionEvent) => void): () => void;
  limits(actor: Actor): Promise<Me["limits"]>;
  /** Answers the KEY=value lines a job needs. @throws enrolment_refused */
  enrol(request: EnrolRequest): Promise<EnrolAnswer>;
  /** @throws enrolment_refused */
  report(request: ReportRequest): Promise<void>;
}

/** What a session's job has written. */
export interface LogService {
  /** @throws cluster_away, too_many */
  read(actor: Actor, id: string, offset: number): Promise<LogChunk>;
  /**
   * Answers the way to listen, once it is known that the actor may: each piece from `offset` on, until one
   * whose state is "complete". While a listener's promise is open it is told nothing more.
   */
  follow(actor: Actor, id: string, offset: number): Promise<(listener: LogListener) => () => void>;
}
export type LogListener = (chunk: LogChunk) => Promise<void>;

/** Before a launch, and instead of one that waits. */
export interface LaunchService {
  /** What this person may launch, with what the cluster offers them filled in. */
  profiles(actor: Actor): Promise<readonly Profile[]>;
  check(actor: Actor, request: LaunchRequest): Promise<LaunchCheck>;
  /** @throws invalid_input, too_many */
  preview(actor: Actor, request: LaunchRequest, origin: string): Promise<LaunchPreview>;
  /** What would start at once instead of this waiting session. */
  alternatives(actor: Actor, id: string): Promise<{ alternatives: Alternative[]; asOf: number | null }>;
  /** Stops a waiting session and launches the other shape under its name. @throws conflict when it waits no longer. */
  startInstead(actor: Actor, id: string, options: SessionOptions): Promise<Session>;
}

/** How long a session may go on. */
export interface LifetimeService {
  /** @throws conflict with the reason why it cannot be extended. */
  extend(actor: Actor, id: string, seconds: number | undefined): Promise<Session>;
  /** Begins its idle time anew. @throws conflict when it does not run. */
  keep(actor: Actor, id: string): Promise<Session>;
}
