/**
 * Everything about how long sessions go on, put together: warnings of their end, idleness, extensions,
 * and what people are told of it by mail and webhook. `run` owns its loops.
 */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Logger } from "pino";
import type { Cluster } from "../clusters/cluster.ts";
import type { ClusterKnowledge } from "../clusters/knowledge.ts";
import type { Config } from "../config/load.ts";
import type { Notifier } from "../notify/types.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import { runTogether } from "../together.ts";
import { askActivity } from "./activity.ts";
import { createAppAsker } from "./app-asker.ts";
import type { App } from "./apps.ts";
import type { SessionChanges } from "./changes.ts";
import { toExtension } from "./extension.ts";
import { toIdleFact } from "./idle.ts";
import { IdleLoop } from "./idle-loop.ts";
import { createLifetimeService, type LifetimeOptions } from "./lifetime.ts";
import { createLifetimeRules } from "./lifetime-rules.ts";
import { toNotice, toNoticeSession } from "./notices.ts";
import { AppTeller } from "./tell-app.ts";
import type { LifetimeService } from "./types.ts";
import type { UpstreamContext } from "./upstream.ts";
import type { ViewFacts } from "./view.ts";
import { nextWarning, SAVE_MARK_MS, warnTimes } from "./warnings.ts";
import { WarningsLoop } from "./warnings-loop.ts";

export interface TimeLeftOptions extends Pick<LifetimeOptions, "kick" | "audit" | "refuseTime">, UpstreamContext {
  readonly config: Pick<Config, "profiles" | "notify" | "base_url" | "door">;
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly knowledge: ReadonlyMap<string, ClusterKnowledge>;
  readonly apps: ReadonlyMap<string, App>;
  readonly notifier: Notifier;
  readonly view: (row: SessionRow) => Session;
  readonly now: () => number;
  readonly log: Logger;
  /** How often rows and apps are looked at; a minute each unless told. */
  readonly pace?: { readonly warningsMs: number; readonly idleMs: number };
}

export interface TimeLeft {
  readonly facts: Pick<ViewFacts, "warnAt" | "extension" | "idle">;
  readonly lifetimes: LifetimeService;
  /** Until aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export function createTimeLeft(options: TimeLeftOptions): TimeLeft {
  const { config, store, changes, clusters, knowledge, apps, notifier, now, log, pace, kick, view, audit, refuseTime } = options;
  const rules = createLifetimeRules({ config, clusters, knowledge });
  const asker = createAppAsker({ ...options, baseUrl: config.base_url });
  const extensionOf = (row: SessionRow) => toExtension(row, rules.extension(row), now());
  const about = (row: SessionRow) => ({ at: now(), session: toNoticeSession(row, clusters.get(row.cluster)) });
  const startedAt = now();
  const onError = (error: unknown, session: string | null) =>
    log.warn({ session, err: error }, "time left could not be seen to; it is tried again");
  const onSilence = (error: unknown, session: string) => log.debug({ session, err: error }, "an app could not be told of its end");
  const teller = new AppTeller({ apps, clusters, asker, onError: onSilence });
  const shared = { store, changes, clusters, now, onError };
  const warnings = new WarningsLoop({
    ...shared,
    marksMs: (row) => [...rules.marksMs(row), SAVE_MARK_MS],
    onWarned: (row, endsAt) => {
      const isForPeople = nextWarning(row, rules.marksMs(row), now()).kind === "due";
      teller.tell(row, { endsAt, isForPeople, isToSave: endsAt - now() <= SAVE_MARK_MS });
      if (isForPeople) notifier.notify({ ...about(row), kind: "ends-soon", endsAt, canExtend: extensionOf(row)?.kind === "possible" });
    },
    ...(pace === undefined ? {} : { lookEveryMs: pace.warningsMs }),
  });
  const idleness = new IdleLoop({
    ...shared,
    rule: (row) => rules.idle(row),
    askActivity: (row, signal) => askActivity(row, { apps, clusters, asker, now, startedAt, hasDoor: config.door !== undefined }, signal),
    onWarned: (row, since, stopsAt) => notifier.notify({ ...about(row), kind: "idle-soon", since, stopsAt }),
    everyMs: pace?.idleMs ?? roundMs(config),
  });
  const learnRules = async (cluster: string) =>
    clusters.get(cluster)?.config.extend === undefined ? null : knowledge.get(cluster)?.rules();
  // How far an extension leads depends on the partition's limit: known by the time that somebody looks.
  const learnSoon = (cluster: string) => void learnRules(cluster).catch((error: unknown) => onError(error, null));
  return {
    facts: {
      warnAt: (row) => warnTimes(row, rules.marksMs(row)),
      extension: extensionOf,
      idle: (row) => toIdleFact(row, rules.idle(row)),
    },
    lifetimes: createLifetimeService({ store, changes, clusters, rules, refuseTime, now, kick, view, audit }),
    run: async (signal) => {
      const stopListening = changes.onChange((change) => {
        const notice = toNotice(change, clusters.get(change.row.cluster), now());
        if (notice !== null) notifier.notify(notice);
        if (change.row.state === "ready" && change.from !== "ready") learnSoon(change.row.cluster);
      });
      for (const cluster of clusters.keys()) learnSoon(cluster);
      try {
        const loops = config.profiles.some(({ idle }) => idle !== undefined) ? [warnings, idleness] : [warnings];
        await runTogether(
          signal,
          loops.map((loop) => (both) => loop.run(both)),
        );
      } finally {
        stopListening();
        await teller.close();
      }
    },
  };
}

/** Once a minute; more often only where a profile's times are shorter than is usual. */
function roundMs({ profiles }: Pick<Config, "profiles">): number {
  const shortest = Math.min(...profiles.flatMap(({ idle }) => (idle === undefined ? [] : [idle.after, idle.warn_before])));
  return Math.min(60_000, Math.max(2000, shortest / 4));
}
