/**
 * The composition root: builds each service of the hub once and hands it what it needs. The only file
 * that knows all of them; nobody imports it but the commands and the tests.
 */
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { Cluster } from "./clusters/cluster.ts";
import { createOfferService } from "./clusters/offers.ts";
import { openClusters } from "./clusters/open-clusters.ts";
import { createRulebook } from "./clusters/rulebook.ts";
import type { OfferService } from "./clusters/types.ts";
import { DEFAULT_PACE, type WatcherPace } from "./clusters/watcher.ts";
import type { ClusterConfig, Config } from "./config/load.ts";
import { loadMasterKey } from "./config/secrets.ts";
import { openConfiguredStore } from "./database.ts";
import { probeCluster } from "./doctor/cluster-probe.ts";
import type { RunProbe } from "./doctor/probe-api.ts";
import { createDoorService, type DoorServiceOptions } from "./door/service.ts";
import type { DoorService } from "./door/types.ts";
import { OPERATOR, recordAudit } from "./identity/audit.ts";
import { openDoorFacts } from "./identity/door-facts.ts";
import { createGroups } from "./identity/groups.ts";
import { Homes } from "./identity/homes.ts";
import { createIdentity } from "./identity/index.ts";
import { createProviders } from "./identity/providers/index.ts";
import { createShutOut, type ShutOut } from "./identity/shut-out.ts";
import type { DeviceSignInService, IdentityService, SshAccessService } from "./identity/types.ts";
import { createNotifier } from "./notify/index.ts";
import { openAuthority } from "./pki/authority.ts";
import { openDoorHostKey } from "./pki/ssh-key-file.ts";
import { createRouting, type Routing } from "./routes/index.ts";
import { createTunnelEntry } from "./routes/tunnel-entry.ts";
import { createAppAsker } from "./sessions/app-asker.ts";
import { loadApps } from "./sessions/apps.ts";
import { SessionChanges } from "./sessions/changes.ts";
import { Engine } from "./sessions/engine.ts";
import { createTimeRefusal } from "./sessions/extension-limits.ts";
import { createToHeir } from "./sessions/heirs.ts";
import { instancePrefix } from "./sessions/instance.ts";
import { createLaunchPlanner } from "./sessions/launch-plan.ts";
import { createLaunchService } from "./sessions/launching.ts";
import { createSessionLimits } from "./sessions/limits.ts";
import { createLogService } from "./sessions/log-service.ts";
import { createPreview } from "./sessions/preview.ts";
import { createProfileViews } from "./sessions/profile-views.ts";
import { runRetention } from "./sessions/retention.ts";
import { createRoutes, type RouteSource } from "./sessions/routes.ts";
import { createSessionService } from "./sessions/service.ts";
import { Settler } from "./sessions/settling.ts";
import { SubmitLines } from "./sessions/submit-line.ts";
import { createTimeLeft } from "./sessions/time-left.ts";
import type { LaunchService, LifetimeService, LogService, SessionService } from "./sessions/types.ts";
import { toSessionView, type ViewFacts } from "./sessions/view.ts";
import { createVisibleProfiles } from "./sessions/visible-profiles.ts";
import { WaitingPlaces } from "./sessions/waiting-places.ts";
import type { Store } from "./store/index.ts";
import type { SessionOptions, SessionRow } from "./store/schema.ts";
import { runTogether } from "./together.ts";
import { openStreamSockets } from "./transports/streams.ts";

export interface Context {
  readonly config: Config;
  readonly store: Store;
  readonly identity: IdentityService;
  readonly sessions: SessionService;
  readonly launches: LaunchService;
  readonly lifetimes: LifetimeService;
  readonly logs: LogService;
  readonly offers: OfferService;
  readonly sshAccess: SshAccessService;
  readonly deviceSignIns: DeviceSignInService;
  readonly groupsOf: (user: string) => Promise<readonly string[]>;
  readonly routes: RouteSource;
  /** The operator's init report of a cluster. */
  readonly probe: RunProbe;
  readonly shutOut: ShutOut;
  /** Null where the site has none. */
  readonly door: DoorService | null;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Watches the clusters and sees to the sessions until aborted; resolves when all of it has come to rest. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ContextOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly now?: () => number;
  readonly pace?: WatcherPace;
}

export async function createContext({ config, log, now = Date.now, pace = DEFAULT_PACE }: ContextOptions): Promise<Context> {
  const masterKey = loadMasterKey(config.state_dir);
  const store = await openConfiguredStore(config, { now, onError: (error) => log.warn({ err: error }, "a database connection broke") });
  const authority = await openAuthority(config.state_dir, now());
  const opened = openClusters({ config, now, log });
  const { clusters, knowledge, trials, estimates } = opened;
  const apps = loadApps(config);
  const namePrefix = await instancePrefix(store.settings);
  const onListenerError = (error: unknown) => log.error({ err: error }, "a listener to sessions failed");
  const changes = new SessionChanges(store.sessions, now, onListenerError, createToHeir(namePrefix, now));
  changes.onChange(({ row, from }) => {
    if (from !== row.state) trials.get(row.cluster)?.forget(row.user);
  });
  const door = openDoorFacts(config);
  const identity = await createIdentity({
    store,
    clock: { now },
    masterKey,
    providers: createProviders(config, clusters),
    admins: config.admins,
    ...(door === undefined ? {} : { door }),
  });
  const jobContext = {
    masterKey,
    baseUrl: config.base_url,
    publicUrl: config.public_url ?? null,
    callbackAuthority: (cluster: Cluster) => callbackAuthority(cluster.config, config, authority.certificatePem),
  };
  const shared = { changes, clusters, apps, masterKey, runtimeDir: config.runtime_dir, namePrefix, now, store: store.sessions };
  const tunnels = createTunnelEntry(config, () => openDoorHostKey(config.state_dir, config.door?.host_key_file).publicKey);
  const routing = createRouting({ ...shared, routes: store.routes, tunnels, log });
  const lines = new SubmitLines(clusters);
  const engine = new Engine({
    ...shared,
    routing,
    lines,
    jobContext,
    pace,
    log,
    pendingTimeoutMs: (row) => config.profiles.find((profile) => profile.name === row.profile)?.pending_timeout ?? null,
    startTimeoutMs: (row) => apps.get(row.app)?.startTimeoutMs ?? 600_000,
  });
  const { of: groupsOf, unixOf } = openGroups(config, clusters, now, log);
  const rulebook = createRulebook({ clusters, knowledge, groupsOf: unixOf, now });
  const profiles = createVisibleProfiles(config.profiles, groupsOf);
  const places = new WaitingPlaces({
    ...shared,
    knowledge,
    estimates,
    placeInLine: (row) => lines.placeOf(row),
    onError: (error) => log.warn({ err: error }, "where sessions stand in the queue could not be told"),
  });
  const audit = recordAudit(store, now);
  const view = (row: SessionRow) => toSessionView(row, clusters.get(row.cluster), config.base_url, facts);
  const notifier = createNotifier({ config, now, log });
  const timeLeft = createTimeLeft({
    ...shared,
    config,
    knowledge,
    notifier,
    log,
    audit,
    refuseTime: createTimeRefusal({ knowledge, personOf: (cluster, user) => rulebook.person(cluster, user) }),
    kick: (cluster) => engine.kick(cluster),
    view,
  });
  const facts: ViewFacts = { ...timeLeft.facts, waiting: (row) => places.of(row) };
  const launching = {
    ...shared,
    rulebook,
    planner: createLaunchPlanner({ profiles, homeOf: openHomes(clusters, log) }),
    limits: createSessionLimits({ limits: config.limits, groupsOf, store: store.sessions }),
    conduct: (id: string) => engine.conduct(id),
    remember: (user: string, profile: string, options: SessionOptions) => remember(store, user, profile, options, { now, log }),
  };
  const sessions = createSessionService({ ...launching, routing, config, kick: (cluster) => engine.kick(cluster), facts, audit });
  const settler = new Settler({
    ...shared,
    history: store.history,
    onError: (error) => log.warn({ err: error }, "what became of ended sessions could not be found out; it will be tried again"),
  });
  const retention = {
    history: store.history,
    keepMs: config.keep_history,
    now,
    onForgotten: (count: number) => log.info({ count }, "sessions that ended long ago were forgotten"),
    onError: (error: unknown) => log.warn({ err: error }, "old sessions could not be forgotten; tomorrow again"),
  };
  const run = async (signal: AbortSignal) => {
    opened.warmUp(signal);
    const loops = [engine, places, timeLeft, settler].map((each) => (both: AbortSignal) => each.run(both));
    await runTogether(signal, [...loops, (both) => runRetention(retention, both)]);
  };
  const services = {
    identity,
    sessions,
    launches: createLaunchService({
      ...launching,
      profiles,
      knowledge,
      estimates,
      view,
      views: createProfileViews({ ...launching, profiles, choices: rulebook, rememberedOf: (user) => store.launchDefaults.of(user) }),
      preview: createPreview({ ...launching, jobContext }),
    }),
    lifetimes: timeLeft.lifetimes,
    logs: createLogService({ ...shared, onError: (error, session) => log.warn({ session, err: error }, "a log could not be read") }),
    offers: createOfferService({ clusters, knowledge, rulebook }),
    sshAccess: identity.sshAccess,
    deviceSignIns: identity.deviceSignIns,
    groupsOf,
  };
  const streams = openStreamSockets({
    runtimeDir: config.runtime_dir,
    onError: (error) => log.warn({ err: error }, "an sshd for one connection ended badly"),
  });
  const close = async () => {
    const parts = [notifier, routing, streams, ...(doorService === null ? [] : [doorService])];
    await Promise.all(parts.map((each) => each.close()));
    await opened.close();
    await store.close();
  };
  const doorService =
    config.door === undefined ? null : openDoorService(config, { ...shared, identity, sessions, store, streams, view, routing, log });
  const probing = { ...shared, routes: store.routes, chooser: routing.chooser, conduct: launching.conduct, hasDoor: tunnels !== null };
  const asker = createAppAsker({ ...shared, baseUrl: config.base_url });
  const probe: RunProbe = async (wish, tell, signal) => {
    await audit({ actor: OPERATOR, action: "cluster.probe", target: `${wish.cluster} as ${wish.user}` });
    await probeCluster(wish, { ...probing, asker }, tell, signal);
  };
  const shutOut = createShutOut({ identity, sessions, store: store.sessions });
  return { config, store, ...services, routes: createRoutes(shared), door: doorService, clusters, probe, shutOut, run, close };
}

type DoorParts = Omit<DoorServiceOptions, "audit" | "prepare" | "defaultProfile" | "stateDir" | "hostKeyFile" | "store"> & {
  readonly store: Store;
  readonly routing: Routing;
};

function openDoorService(config: Config, { store, routing, ...parts }: DoorParts): DoorService {
  return createDoorService({
    ...parts,
    store: store.sessions,
    audit: store.audit,
    stateDir: config.state_dir,
    hostKeyFile: config.door?.host_key_file,
    defaultProfile: config.door?.default_profile ?? null,
    prepare: (row, cluster) => routing.forwards.ensure(row, cluster, { anew: false }),
  });
}

/** Unix groups are those of the cluster that people sign in through, else of the first whose jobs run as themselves. */
function openGroups(config: Config, clusters: ReadonlyMap<string, Cluster>, now: () => number, log: Logger) {
  const signsIn = config.sign_in.pam === undefined ? undefined : clusters.get(config.sign_in.pam.cluster);
  const host = signsIn ?? [...clusters.values()].find(({ transport }) => transport.actsAs === "user");
  const onError = (error: unknown) => log.warn({ err: error }, "somebody's Unix groups could not be asked");
  return createGroups({ groups: config.groups, exec: host?.transport.exec ?? null, now, onError });
}

/** Only a convenience: a launch that is durable does not fail for it. */
async function remember(
  store: Store,
  user: string,
  profile: string,
  options: SessionOptions,
  { now, log }: { now: () => number; log: Logger },
) {
  try {
    await store.launchDefaults.remember(user, profile, options, now());
  } catch (error) {
    log.warn({ err: error }, "what somebody chose could not be remembered");
  }
}

function openHomes(clusters: ReadonlyMap<string, Cluster>, log: Logger): (cluster: string, user: string) => Promise<string | null> {
  const homes = new Homes((error) => log.warn({ err: error }, "somebody's home directory could not be asked"));
  return async (name, user) => {
    const transport = clusters.get(name)?.transport;
    return transport === undefined ? null : homes.of(name, transport.exec, transport.accountOf(user));
  };
}

/** What a job pins when it calls back: our own authority, the node's store, or a file of the site. */
function callbackAuthority(entry: ClusterConfig, config: Config, ours: string): string {
  const url = entry.callback_url ?? config.public_url ?? "";
  if (url.startsWith("http:")) return "none";
  const isSelfSigned = config.listen.some((listener) => "port" in listener && listener.tls === "self_signed");
  const choice = entry.callback_ca ?? (isSelfSigned ? "fairway" : "system");
  return choice === "fairway" ? ours : choice === "system" ? "system" : readFileSync(choice, "utf8");
}
