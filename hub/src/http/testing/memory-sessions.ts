/** The sessions service in memory: the interface's promises, without a cluster behind them. */
import type { SessionEvent } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Actor, SessionFilter, SessionService } from "../../sessions/types.ts";

const T0 = 1_700_000_000_000;
export const ENROL_TOKEN = "e".repeat(43);

export class MemorySessions implements SessionService {
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly reports: ReportRequest[] = [];
  /** What the next call throws, as a broken service would. */
  failure: Error | null = null;
  enrolAnswer: Record<string, string> = { FAIRWAY_SECRET: "s3cret" };

  get listenerCount(): number {
    return this.#listeners.size;
  }

  async launch(
    actor: Actor,
    request: { profile: string; name?: string | undefined; options?: Session["options"] | undefined },
  ): Promise<Session> {
    this.#ensureWell();
    ensure(actor, "start:servers");
    const id = `session${String(this.#sessions.size).padStart(5, "2").replace(/[01]/g, "3")}`;
    return this.put(sampleView({ id, user: actor.user, name: request.name ?? "", options: request.options ?? {} }));
  }

  async relaunch(actor: Actor, id: string): Promise<Session> {
    const { state } = await this.get(actor, id);
    if (state !== "ended") throw new AppError("conflict", "It has not ended.");
    return this.launch(actor, { profile: "small" });
  }

  async stop(actor: Actor, id: string): Promise<Session> {
    ensure(actor, "delete:servers");
    return this.put({ ...(await this.get(actor, id)), state: "stopping" });
  }

  async get(actor: Actor, id: string): Promise<Session> {
    this.#ensureWell();
    const session = this.#sessions.get(id);
    if (session === undefined || !maySee(actor, session)) throw new AppError("not_found", "There is no such session.");
    return session;
  }

  async list(actor: Actor, filter: SessionFilter): Promise<readonly Session[]> {
    this.#ensureWell();
    return [...this.#sessions.values()]
      .filter((session) => maySee(actor, session) && (filter.show === "all" || (filter.show === "ended") === (session.state === "ended")))
      .slice(0, filter.limit);
  }

  subscribe(actor: Actor, sessionId: string | null, listener: (event: SessionEvent) => void): () => void {
    const filtered = (event: SessionEvent) => {
      if (event.kind === "session" && (!maySee(actor, event.session) || (sessionId !== null && event.session.id !== sessionId))) return;
      listener(event);
    };
    this.#listeners.add(filtered);
    return () => this.#listeners.delete(filtered);
  }

  async limits() {
    return { running: this.#sessions.size, allowed: 5, source: "this site" };
  }

  async enrol(request: EnrolRequest): Promise<Readonly<Record<string, string>>> {
    this.#ensureWell();
    if (request.token !== ENROL_TOKEN) throw new AppError("enrolment_refused", "This enrolment token is not valid.");
    return this.enrolAnswer;
  }

  async report(request: ReportRequest): Promise<void> {
    this.reports.push(request);
  }

  put(session: Session): Session {
    this.#sessions.set(session.id, session);
    for (const listener of this.#listeners) listener({ kind: "session", session });
    return session;
  }

  #ensureWell(): void {
    if (this.failure !== null) throw this.failure;
  }
}

function ensure(actor: Actor, scope: "start:servers" | "delete:servers"): void {
  if (!actor.scopes.has(scope)) throw new AppError("not_allowed", `This needs ${scope}.`);
}

function maySee(actor: Actor, session: Session): boolean {
  return session.user === actor.user;
}

export function sampleView(changes: Partial<Session> = {}): Session {
  return {
    id: "abcdefghjkmn",
    user: "alice",
    name: "",
    app: { name: "jupyterlab", title: "JupyterLab" },
    profile: { name: "small", title: "Small" },
    options: {},
    cluster: { name: "main", title: "Main", awaySince: null },
    state: "requested",
    reason: null,
    stateSince: T0,
    label: "Sending",
    tone: "busy",
    line: "Asking Main for the resources.",
    next: null,
    job: null,
    resources: {
      cpus: 1,
      memoryBytes: null,
      gpus: null,
      timeLimitSeconds: null,
      partition: null,
      account: null,
      qos: null,
      reservation: null,
    },
    steps: [],
    url: "/user/alice/",
    runsAs: "alice",
    exitCode: null,
    detail: null,
    createdAt: T0,
    readyAt: null,
    endedAt: null,
    lastActivityAt: null,
    openUrl: "",
    waiting: null,
    warnAt: [],
    extension: null,
    idle: null,
    ending: null,
    usage: null,
    route: null,
    ssh: false,
    ...changes,
  };
}
