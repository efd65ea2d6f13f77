/** A hub's sessions as a whole: real SQLite, the real engine and service, a cluster in memory. It can be killed and started again. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnrolRequest } from "@fairway/contract/jobs.ts";
import { type Role, scopesOfRole } from "@fairway/contract/scopes.ts";
import { pino } from "pino";
import { expect, vi } from "vitest";
import { createEstimates } from "../../clusters/estimates.ts";
import { createKnowledge, NOTHING_TO_KNOW } from "../../clusters/knowledge.ts";
import { createRulebook } from "../../clusters/rulebook.ts";
import { createTrials } from "../../clusters/trials.ts";
import { parseConfig } from "../../config/load.ts";
import { createGroups } from "../../identity/groups.ts";
import { createRouting, type Routing } from "../../routes/index.ts";
import type { Store } from "../../store/index.ts";
import type { SessionOptions, SessionRow } from "../../store/schema.ts";
import { openTemporaryStore } from "../../store/testing/sample.ts";
import { runTogether } from "../../together.ts";
import type { Forwards } from "../../transports/types.ts";
import { loadApps } from "../apps.ts";
import { SessionChanges } from "../changes.ts";
import { Engine } from "../engine.ts";
import { createToHeir } from "../heirs.ts";
import { createLaunchPlanner } from "../launch-plan.ts";
import { createLaunchService } from "../launching.ts";
import { createSessionLimits } from "../limits.ts";
import { createLogService } from "../log-service.ts";
import { createPreview } from "../preview.ts";
import { createProfileViews } from "../profile-views.ts";
import { createRoutes, type RouteSource } from "../routes.ts";
import { createSessionService } from "../service.ts";
import { deriveEnrolToken } from "../session-keys.ts";
import { SubmitLines } from "../submit-line.ts";
import type { Actor, LaunchService, LogService, SessionService } from "../types.ts";
import { NO_FACTS, toSessionView, type ViewFacts } from "../view.ts";
import { createVisibleProfiles } from "../visible-profiles.ts";
import { WaitingPlaces } from "../waiting-places.ts";
import { MemoryCluster, NODE, SAMPLE_CONFIG } from "./memory-cluster.ts";

export const PREFIX = "fw-test-";
const LOG_PACE = { quickMs: 5, slowMs: 20, lastWordsMs: 0 };
const PACE = { busyMs: 20, quietMs: 20, leastGapMs: 5 };

export interface Hub {
  readonly sessions: SessionService;
  readonly launches: LaunchService;
  readonly logs: LogService;
  readonly routes: RouteSource;
  readonly forwards: Routing["forwards"];
  readonly changes: SessionChanges;
  readonly log: readonly string[];
  /** Ends its loops, and waits for them, as SIGTERM does. */
  stop(): Promise<void>;
}

export class Site {
  readonly masterKey = randomBytes(32);
  /** Where the door's sockets would be. */
  readonly runtimeDir = mkdtempSync(join(tmpdir(), "fairway-run-"));
  readonly cluster: MemoryCluster;
  readonly store: Store;
  #aheadMs = 0;
  readonly #remove: () => Promise<void>;
  readonly #hubs = new Set<Hub>();

  static async open(changes: ConstructorParameters<typeof MemoryCluster>[1] = {}, forwards: Forwards | null = null): Promise<Site> {
    const { store, remove } = await openTemporaryStore();
    return new Site(store, remove, changes, forwards);
  }

  private constructor(
    store: Store,
    remove: () => Promise<void>,
    changes: ConstructorParameters<typeof MemoryCluster>[1],
    forwards: Forwards | null,
  ) {
    this.store = store;
    this.#remove = remove;
    this.cluster = new MemoryCluster(this.now, changes, "user", forwards);
  }

  readonly now = (): number => Date.now() + this.#aheadMs;

  /** The clock jumps; what waits by timers goes on waiting. */
  jump(ms: number): void {
    this.#aheadMs += ms;
  }

  /** `hasCluster`: is the site's cluster configured? `config`: as in fairway.yaml, with that cluster as "main". */
  start(
    options: {
      hasCluster?: boolean;
      pendingTimeoutMs?: number;
      startTimeoutMs?: number;
      config?: string;
      hasDoor?: boolean;
      tryMs?: number;
    } = {},
  ): Hub {
    const { hasCluster = true, pendingTimeoutMs, startTimeoutMs = 60_000 } = options;
    const config = parseConfig(options.config ?? SAMPLE_CONFIG);
    const clusters = new Map(hasCluster ? [["main", this.cluster.cluster]] : []);
    const lines: string[] = [];
    const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
    const onListenerError = (error: unknown) => log.error({ err: error }, "listener");
    const changes = new SessionChanges(this.store.sessions, this.now, onListenerError, createToHeir(PREFIX, this.now));
    const apps = loadApps(config);
    const { masterKey, now } = this;
    const shared = { store: this.store.sessions, changes, clusters, apps, masterKey, runtimeDir: this.runtimeDir, namePrefix: PREFIX, now };
    const jobContext = { masterKey, baseUrl: "/", publicUrl: null, callbackAuthority: () => "system" };
    const tunnels = options.hasDoor === true ? { hostKey: "ssh-ed25519 AAAA door", addressFor: () => "hub.example:8022" } : null;
    const routing = createRouting({ ...shared, routes: this.store.routes, tunnels, log, tryMs: options.tryMs ?? 3000 });
    const submitLines = new SubmitLines(clusters);
    const engine = new Engine({
      ...shared,
      routing,
      lines: submitLines,
      jobContext,
      pace: PACE,
      log,
      pendingTimeoutMs: () => pendingTimeoutMs ?? null,
      startTimeoutMs: () => startTimeoutMs,
    });
    const { of: groupsOf } = createGroups({ groups: config.groups, exec: null, now, onError: onListenerError });
    const onUnknown = (error: unknown) => log.warn({ err: error }, "the cluster did not tell");
    const knowledge = new Map([...clusters].map(([name, cluster]) => [name, createKnowledge({ cluster, now, onError: onUnknown })]));
    const trials = new Map([...clusters].map(([name, cluster]) => [name, createTrials(cluster, now)]));
    changes.onChange(({ row, from }) => {
      if (from !== row.state) trials.get(row.cluster)?.forget(row.user);
    });
    const estimates = new Map(
      [...clusters].map(([name, cluster]) => {
        const known = knowledge.get(name) ?? NOTHING_TO_KNOW;
        return [name, createEstimates({ cluster, knowledge: known, trials: trials.get(name) ?? null, now })];
      }),
    );
    const profiles = createVisibleProfiles(config.profiles, groupsOf);
    const places = new WaitingPlaces({
      ...shared,
      knowledge,
      estimates,
      placeInLine: (row) => submitLines.placeOf(row),
      pace: { everyMs: 40, soonMs: 20, trialMs: 300_000 },
      onError: onUnknown,
    });
    const facts: ViewFacts = { ...NO_FACTS, waiting: (row) => places.of(row) };
    const launching = {
      ...shared,
      planner: createLaunchPlanner({ profiles, homeOf: async (_cluster, user) => `/home/${user}` }),
      rulebook: createRulebook({ clusters, knowledge, groupsOf, now }),
      limits: createSessionLimits({ limits: config.limits, groupsOf, store: this.store.sessions }),
      conduct: (id: string) => engine.conduct(id),
      remember: (user: string, profile: string, chosen: SessionOptions) => this.store.launchDefaults.remember(user, profile, chosen, now()),
    };
    const sessions = createSessionService({
      ...launching,
      routing,
      config,
      kick: (cluster) => engine.kick(cluster),
      facts,
      audit: async () => {},
    });
    const view = (row: SessionRow) => toSessionView(row, clusters.get(row.cluster), config.base_url, facts);
    const ending = new AbortController();
    const running = runTogether(ending.signal, [(both) => engine.run(both), (both) => places.run(both)]);
    const hub: Hub = {
      sessions,
      launches: createLaunchService({
        ...launching,
        ...{ profiles, knowledge, estimates, view },
        views: createProfileViews({
          ...launching,
          ...{ profiles, choices: launching.rulebook },
          rememberedOf: (user) => this.store.launchDefaults.of(user),
        }),
        preview: createPreview({ ...launching, jobContext }),
      }),
      logs: createLogService({ ...shared, onError: (error) => log.error({ err: error }, "log"), pace: LOG_PACE }),
      routes: createRoutes(shared),
      forwards: routing.forwards,
      changes,
      log: lines,
      stop: async () => {
        ending.abort(new Error("SIGTERM"));
        this.#hubs.delete(hub);
        await running;
        await routing.close();
        for (const each of [...knowledge.values(), ...trials.values()]) await each?.close();
      },
    };
    this.#hubs.add(hub);
    return hub;
  }

  async close(): Promise<void> {
    for (const hub of this.#hubs) await hub.stop();
    await this.#remove();
    rmSync(this.runtimeDir, { recursive: true, force: true });
  }

  /** Waits until the row has these values. */
  waitFor(id: string, values: Partial<SessionRow>): Promise<SessionRow> {
    const look = async () => {
      const row = await this.store.sessions.get(id);
      expect(row).toMatchObject(values);
      return row as SessionRow;
    };
    return vi.waitFor(look, { timeout: 20_000, interval: 10 });
  }

  /** What the job script sends, as the job `job` of this session. */
  enrolment(session: string, job: string, changes: Partial<EnrolRequest> = {}): EnrolRequest {
    const nonce = randomBytes(16).toString("hex");
    const token = deriveEnrolToken(this.masterKey, session);
    return { session, token, nonce, job, restarts: 0, host: NODE, port: 1, ssh: 0, sshd: 0, socket: 0, ...changes };
  }
}

export function person(user: string, role: Role = "user"): Actor {
  return { user, role, scopes: scopesOfRole(role), via: { kind: "token", id: "t" } };
}
