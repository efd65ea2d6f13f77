/** What the sessions service offers to the APIs, and who asks. */
import type { Cluster } from "@fairway/contract/accounts.ts";
import type { SessionEvent } from "@fairway/contract/api.ts";
import type { EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import type { Role, Scope } from "@fairway/contract/scopes.ts";
import type { LaunchRequest, LogChunk, Session } from "@fairway/contract/sessions.ts";

/** Somebody who has been authenticated. Every service method authorises them itself. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
  readonly scopes: ReadonlySet<Scope>;
  readonly via:
    | { readonly kind: "login"; readonly id: string }
    | { readonly kind: "token"; readonly id: string }
    | { readonly kind: "operator" };
}

export interface SessionFilter {
  readonly show: "open" | "ended" | "all";
  /** Whose; undefined: the actor's own; "*": everybody's. */
  readonly user?: string | undefined;
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
  readLog(actor: Actor, id: string, offset: number): Promise<LogChunk>;
  /** Calls back with each change the actor may see, from now on. Returns the way to end it. */
  subscribe(actor: Actor, sessionId: string | null, listener: (event: SessionEvent) => void): () => void;
  profiles(actor: Actor): readonly Profile[];
  clusters(): readonly Cluster[];
  limits(actor: Actor): Promise<{ running: number; allowed: number }>;
  /** Answers the KEY=value lines a job needs. @throws enrolment_refused */
  enrol(request: EnrolRequest): Promise<Readonly<Record<string, string>>>;
  /** @throws enrolment_refused */
  report(request: ReportRequest): Promise<void>;
}
