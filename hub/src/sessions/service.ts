/**
 * What people can do with sessions. Each method authorises its actor itself, makes the wish durable,
 * and leaves the rest to the conductor. It talks to no cluster.
 */
import type { Me } from "@fairway/contract/accounts.ts";
import type { SessionEvent } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { EnrolAnswer, EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import type { LaunchRequest, Session } from "@fairway/contract/sessions.ts";
import type { Rulebook } from "../clusters/rulebook.ts";
import type { Config } from "../config/load.ts";
import type { SessionOptions, SessionRow } from "../store/schema.ts";
import { BoundReached, type NewSession, type SessionStore, SlotTaken } from "../store/sessions.ts";
import { ensureOwn, ensureScope } from "./access.ts";
import type { App } from "./apps.ts";
import type { SessionChanges } from "./changes.ts";
import { ensureNotRefused } from "./cluster-refusals.ts";
import { toRemember } from "./defaults.ts";
import { type EnrolmentOptions, enrol, report } from "./enrolment.ts";
import type { LaunchPlan, LaunchPlanner } from "./launch-plan.ts";
import type { SessionLimits } from "./limits.ts";
import { newIdentity } from "./new-session.ts";
import type { Actor, SessionFilter, SessionService } from "./types.ts";
import { toSessionView, type ViewFacts } from "./view.ts";

export interface ServiceOptions extends EnrolmentOptions {
  readonly config: Pick<Config, "base_url">;
  readonly planner: LaunchPlanner;
  readonly rulebook: Pick<Rulebook, "refusals">;
  readonly limits: SessionLimits;
  /** What they chose, for the next time. Never rejects. */
  readonly remember: (user: string, profile: string, options: SessionOptions) => Promise<void>;
  readonly apps: ReadonlyMap<string, App>;
  readonly namePrefix: string;
  readonly conduct: (id: string) => void;
  readonly facts: ViewFacts;
  readonly audit: (entry: { actor: Actor; action: string; target: string }) => Promise<void>;
}

export function createSessionService(options: ServiceOptions): SessionService {
  return new Sessions(options);
}

class Sessions implements SessionService {
  readonly #options: ServiceOptions;
  readonly #store: SessionStore;
  readonly #changes: SessionChanges;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#changes = options.changes;
  }

  async launch(actor: Actor, request: LaunchRequest): Promise<Session> {
    ensureScope(actor, "start:servers");
    const plan = await this.#options.planner.plan(actor.user, request);
    await ensureNotRefused(this.#options.rulebook, actor.user, plan);
    const row = await this.#insert(this.#newSession(actor, plan));
    this.#options.conduct(row.id);
    const { profile } = plan;
    if (profile.options.length > 0) await this.#options.remember(actor.user, profile.name, toRemember(profile.options, plan.options));
    return this.#view(row);
  }

  async relaunch(actor: Actor, id: string): Promise<Session> {
    ensureScope(actor, "start:servers");
    const row = await ensureOwn(this.#store, actor, id, null);
    if (row.state !== "ended") throw new AppError("conflict", "This session has not ended.", { next: "Stop it first, or open it." });
    if (row.profile === null)
      throw new AppError("conflict", "It was not launched from a profile that still exists.", {
        next: "Choose a profile and launch that.",
      });
    return this.launch(actor, { profile: row.profile, name: row.name, options: row.options, open: row.openPath });
  }

  async stop(actor: Actor, id: string): Promise<Session> {
    ensureScope(actor, "delete:servers");
    const row = await ensureOwn(this.#store, actor, id, "admin:servers");
    const stopped = await this.#applyStop(row, row.user === actor.user ? "stopped" : "cancelled");
    if (row.user !== actor.user) await this.#options.audit({ actor, action: "session.stop", target: `${row.user}/${row.id}` });
    this.#options.conduct(row.id);
    return this.#view(stopped ?? row);
  }

  async get(actor: Actor, id: string): Promise<Session> {
    ensureScope(actor, "read:servers");
    return this.#view(await ensureOwn(this.#store, actor, id, "admin:servers"));
  }

  async list(actor: Actor, filter: SessionFilter): Promise<readonly Session[]> {
    ensureScope(actor, "read:servers");
    const user = filter.user ?? actor.user;
    if (user !== actor.user) ensureScope(actor, "admin:servers");
    const rows = await this.#store.find({
      ...(filter.show === "all" ? {} : { show: filter.show }),
      ...(user === "*" ? {} : { user }),
      ...(filter.before === undefined ? {} : { before: filter.before }),
      limit: filter.limit,
    });
    return rows.map((row) => this.#view(row));
  }

  subscribe(actor: Actor, sessionId: string | null, listener: (event: SessionEvent) => void): () => void {
    ensureScope(actor, "read:servers");
    const mayAll = actor.scopes.has("admin:servers");
    const stops = [
      this.#changes.onChange(({ row }) => {
        const isMine = row.user === actor.user || (mayAll && sessionId !== null);
        if (isMine && (sessionId === null || row.id === sessionId)) listener({ kind: "session", session: this.#view(row) });
      }),
      ...[...this.#options.clusters.values()].map((cluster) =>
        cluster.onHealthChange(() => listener({ kind: "clusters", clusters: this.#clusterViews() })),
      ),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async limits(actor: Actor): Promise<Me["limits"]> {
    return this.#options.limits.describe(actor.user);
  }

  enrol(request: EnrolRequest): Promise<EnrolAnswer> {
    return enrol(request, this.#options);
  }

  report(request: ReportRequest): Promise<void> {
    return report(request, this.#options);
  }

  /**
   * A cluster that this site no longer has will never tell: the session ends at once, or its name would
   * be taken for ever. Should the cluster come back and the job still run, adoption carries the stop out.
   */
  async #applyStop(row: SessionRow, reason: "stopped" | "cancelled"): Promise<SessionRow | null> {
    const stopped = await this.#changes.apply(row.id, { kind: "stop-asked", reason });
    if (this.#options.clusters.has(row.cluster)) return stopped;
    return this.#changes.apply(row.id, { kind: "job-gone" });
  }

  #clusterViews() {
    return [...this.#options.clusters.values()].map((cluster) => cluster.view());
  }

  #newSession(actor: Actor, { profile, name, options, resources, workingDirectory, openPath }: LaunchPlan): NewSession {
    return {
      ...newIdentity(this.#options.namePrefix, this.#options.now()),
      user: actor.user,
      name,
      app: profile.app,
      appTitle: this.#options.apps.get(profile.app)?.title ?? profile.app,
      profile: profile.name,
      profileTitle: profile.title,
      cluster: profile.cluster,
      options,
      resources,
      workingDirectory,
      openPath,
    };
  }

  async #insert(session: NewSession): Promise<SessionRow> {
    const { limits } = this.#options;
    const bounds = await limits.boundsOf(session.user);
    try {
      const row = await this.#store.insert(session, { at: session.createdAt, event: "launched" }, bounds);
      this.#changes.announce({ row, from: null });
      return row;
    } catch (error) {
      if (error instanceof BoundReached) throw await limits.toError(session.user, bounds, error);
      if (!(error instanceof SlotTaken)) throw error;
      const which = session.name === "" ? "Your default session" : `Your session "${session.name}"`;
      throw new AppError("conflict", `${which} is open already.`, {
        cause: error,
        next: "Open or stop it, or launch this one under another name.",
      });
    }
  }

  #view(row: SessionRow): Session {
    return toSessionView(row, this.#options.clusters.get(row.cluster), this.#options.config.base_url, this.#options.facts);
  }
}
