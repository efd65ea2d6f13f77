/** Real SQLite, a cluster in memory, an app over real TLS: what is told once, and what follows from it. */
import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Cluster } from "../clusters/cluster.ts";
import { NOTHING_TO_KNOW } from "../clusters/knowledge.ts";
import { samplePresent, sampleRules } from "../clusters/testing/sample-facts.ts";
import { type Config, parseConfig } from "../config/load.ts";
import type { Notice } from "../notify/types.ts";
import type { Store } from "../store/index.ts";
import type { SessionRow } from "../store/schema.ts";
import { openTemporaryStore, sampleSession } from "../store/testing/sample.ts";
import { type ExecResult, LAUNCHER_REFUSED } from "../transports/types.ts";
import { loadApps } from "./apps.ts";
import { SessionChanges } from "./changes.ts";
import { deriveSessionKeys } from "./session-keys.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";
import { MemoryInsight } from "./testing/memory-insight.ts";
import { sampleJob } from "./testing/rows.ts";
import { type SessionApp, startSessionApp } from "./testing/session-app.ts";
import { person } from "./testing/site.ts";
import { createTimeLeft, type TimeLeft } from "./time-left.ts";
import { NO_FACTS, toSessionView } from "./view.ts";

const MINUTE = 60_000;
const text = `
listen: [{ address: 127.0.0.1, port: 8000 }]
sign_in: { pam: { cluster: main } }
clusters:
  main:
    { scheduler: slurm, act_as: sudo, callback_url: "https://hub.example", callback_ca: system,
      extend: { operator: op, step: 30m, max_total: 2h } }
profiles:
  - { name: small, title: Small, app: jupyterlab, cluster: main }
  - { name: watched, title: Watched, app: jupyterlab, cluster: main, idle: { after: 60m, warn_before: 10m } }
  - { name: fixed, title: Fixed, app: jupyterlab, cluster: main, extend: false }
`;
const config = parseConfig(text);
const configWithDoor = parseConfig(`${text}door: {}\n`);

let store: Store;
let remove: () => Promise<void>;
let aheadMs = 0;
const now = () => Date.now() + aheadMs;
const masterKey = randomBytes(32);
const stops: (() => Promise<void>)[] = [];
let memory: MemoryCluster;
/** What the operator script is given, and what it answers. */
let raised: (readonly string[])[];
let operatorSays: () => Promise<ExecResult>;

beforeEach(async () => {
  ({ store, remove } = await openTemporaryStore());
  aheadMs = 0;
  raised = [];
  operatorSays = async () => ({ exitCode: 0, stdout: "", stderr: "" });
  memory = new MemoryCluster(now);
  memory.insight = new MemoryInsight(sampleRules(), samplePresent());
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await remove();
});

interface Hub extends TimeLeft {
  readonly changes: SessionChanges;
  readonly notices: Notice[];
  readonly audited: { action: string; target: string; outcome: string; detail: string }[];
}

/** One hub's part for time left; several share the store. */
function startHub(
  refuseTime: (row: SessionRow, seconds: number) => Promise<string | null> = async () => null,
  settings: Config = config,
): Hub {
  const changes = new SessionChanges(
    store.sessions,
    now,
    () => {},
    () => null,
  );
  const notices: Notice[] = [];
  const audited: Hub["audited"] = [];
  const entry = config.clusters.main;
  if (entry === undefined) throw new Error("the sample has a cluster called main");
  const transport = {
    ...memory.cluster.transport,
    asOperator: (args: readonly string[]) => {
      raised.push(args);
      return operatorSays();
    },
  };
  const clusters = new Map([["main", new Cluster("main", entry, memory, transport)]]);
  const timeLeft: TimeLeft = createTimeLeft({
    config: settings,
    store: store.sessions,
    changes,
    clusters,
    knowledge: new Map([["main", NOTHING_TO_KNOW]]),
    apps: loadApps(config),
    masterKey,
    runtimeDir: "/nowhere",
    notifier: { notify: (notice) => void notices.push(notice), close: async () => {} },
    view: (row) => toSessionView(row, clusters.get("main"), "/", { ...NO_FACTS, ...timeLeft.facts }),
    now,
    log: pino({ level: "silent" }),
    kick: () => {},
    audit: async ({ action, target, outcome, detail }) => void audited.push({ action, target, outcome, detail }),
    refuseTime,
    pace: { warningsMs: 20, idleMs: 20 },
  });
  const ending = new AbortController();
  const running = timeLeft.run(ending.signal);
  stops.push(async () => {
    ending.abort(new Error("SIGTERM"));
    await running;
  });
  return { ...timeLeft, changes, notices, audited };
}

const stopAll = () => Promise.all(stops.splice(0).map((stop) => stop()));

/** Ready since a minute ago; ends in so many minutes. */
async function runningSession(minutes: number, changes: Partial<SessionRow> = {}): Promise<SessionRow> {
  const at = now();
  const job = {
    id: "7",
    state: "RUNNING",
    pendingReason: null,
    node: "127.0.0.1",
    submittedAt: at - MINUTE,
    startedAt: at - MINUTE,
    endsAt: at + minutes * MINUTE,
    restarts: 0,
  };
  const state = { state: "ready", jobId: "7", job, enrolledAt: at - MINUTE, enrolledRestarts: 0, readyAt: at - MINUTE } as const;
  return store.sessions.insert(sampleSession({ createdAt: at - MINUTE, ...state, ...changes }), { at, event: "launched" });
}

const rowOf = async (id: string) => (await store.sessions.get(id)) as SessionRow;
const soon = { timeout: 20_000, interval: 10 };
const events = async (id: string) => (await store.events.ofSession(id)).map(({ event }) => event);
/** Slurm says that it ends so much later. */
async function moveEnd(hub: Hub, row: SessionRow, ms: number): Promise<void> {
  const current = await rowOf(row.id);
  if (current.job?.endsAt == null) throw new Error("it has no end");
  const updated = await store.sessions.update(row.id, current.state, { job: { ...current.job, endsAt: current.job.endsAt + ms } }, null);
  if (updated !== null) hub.changes.announce({ row: updated, from: updated.state });
}

/** Slurm says that it is in that state. */
async function seen(hub: Hub, row: SessionRow, state: "suspended" | "running"): Promise<void> {
  const job = sampleJob({ name: row.jobName, state, node: "127.0.0.1", endsAt: row.job?.endsAt ?? null });
  await hub.changes.apply(row.id, { kind: "job-seen", job, askedAt: now() });
}

describe("warnings", () => {
  test("each mark is told once: in the row, to viewers, in the history and by mail", async () => {
    const hub = startHub();
    const told: SessionRow[] = [];
    hub.changes.onChange(({ row: changed }) => void told.push(changed));
    const row = await runningSession(31);
    hub.changes.announce({ row, from: null });
    expect(hub.facts.warnAt(row)).toHaveLength(3);
    aheadMs = 2 * MINUTE;
    await vi.waitFor(() => expect(hub.notices).toHaveLength(1), soon);
    expect(hub.notices[0]).toMatchObject({
      kind: "ends-soon",
      endsAt: row.job?.endsAt,
      canExtend: true,
      session: { id: row.id, user: "alice" },
    });
    expect(await rowOf(row.id)).toMatchObject({ warnedEndsAt: row.job?.endsAt, warnedMarkMs: 30 * MINUTE });
    expect(told.at(-1)?.warnedMarkMs, "viewers hear of it").toBe(30 * MINUTE);
    aheadMs = 22 * MINUTE;
    await vi.waitFor(() => expect(hub.notices).toHaveLength(2), soon);
    expect(await events(row.id)).toEqual(["launched", "warned-of-end", "warned-of-end"]);
  });

  test("of two hubs one tells; a new hub tells nothing again, and finds what came due while none was there", async () => {
    const row = await runningSession(29);
    const [first, second] = [startHub(), startHub()];
    const all = () => [...first.notices, ...second.notices];
    aheadMs = MINUTE * 20;
    await vi.waitFor(() => expect(all()).toHaveLength(1), soon);
    await stopAll();
    // It has looked at all when it warns of this one, too.
    const other = await runningSession(31, { name: "other" });
    aheadMs = 22 * MINUTE;
    const third = startHub();
    await vi.waitFor(() => expect(third.notices).toMatchObject([{ session: { id: other.id } }]), soon);
    await stopAll();
    aheadMs = MINUTE * 28;
    const fourth = startHub();
    await vi.waitFor(() => expect(fourth.notices).toHaveLength(1), soon);
    expect(fourth.notices[0]?.session.id).toBe(row.id);
    expect(all()).toHaveLength(1);
  });

  test("a suspended session is not warned of the end that Slurm still shows, and nobody is told of one", async () => {
    const hub = startHub();
    const row = await runningSession(11);
    await seen(hub, row, "suspended");
    const other = await runningSession(12, { name: "other" });
    hub.changes.announce({ row: other, from: null });
    aheadMs = 3 * MINUTE;
    await vi.waitFor(() => expect(hub.notices).toMatchObject([{ session: { id: other.id } }]), soon);
    expect(toSessionView(await rowOf(row.id), undefined, "/", NO_FACTS).job?.endsAt).toBeNull();
    await seen(hub, row, "running");
    await vi.waitFor(() => expect(hub.notices).toMatchObject([{ session: { id: other.id } }, { session: { id: row.id } }]), soon);
  });

  test("an end that moved counts anew", async () => {
    const hub = startHub();
    const row = await runningSession(12);
    hub.changes.announce({ row, from: null });
    aheadMs = 3 * MINUTE;
    await vi.waitFor(() => expect(hub.notices).toHaveLength(1), soon);
    await moveEnd(hub, row, 60 * MINUTE);
    aheadMs = 43 * MINUTE;
    await vi.waitFor(() => expect(hub.notices).toHaveLength(2), soon);
    expect((await rowOf(row.id)).warnedMarkMs).toBe(30 * MINUTE);
  });
});

describe("extending", () => {
  test("raises the limit by the site's step, says so in the audit, and reports only what Slurm then says", async () => {
    const hub = startHub();
    const row = await runningSession(59);
    operatorSays = async () => {
      await moveEnd(hub, row, 30 * MINUTE);
      return { exitCode: 0, stdout: "", stderr: "" };
    };
    expect(hub.facts.extension(row)).toMatchObject({ kind: "possible", bySeconds: 1800 });
    const session = await hub.lifetimes.extend(person("alice"), row.id, undefined);
    expect(raised).toEqual([["extend", "7", row.jobName, "90"]]);
    expect(session.job?.endsAt).toBe((row.job?.endsAt ?? 0) + 30 * MINUTE);
    const entry = { action: "session.extend", target: `alice/${row.id}`, detail: "job 7: 90 min in all" };
    expect(hub.audited).toEqual([
      { ...entry, outcome: "asked" },
      { ...entry, outcome: "done" },
    ]);
  });

  test("two clicks are two steps, and not beyond the maximum", async () => {
    const hub = startHub();
    const row = await runningSession(59);
    operatorSays = async () => {
      await moveEnd(hub, row, 30 * MINUTE);
      return { exitCode: 0, stdout: "", stderr: "" };
    };
    const clicks = [1, 2, 3].map(() => hub.lifetimes.extend(person("alice"), row.id, undefined));
    const results = await Promise.allSettled(clicks);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(raised.map((args) => args[3])).toEqual(["90", "120"]);
    await expect(hub.lifetimes.extend(person("alice"), row.id, undefined)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("this site allows (2 h)"),
    });
  });

  test("more than the maximum at once is refused with what is possible", async () => {
    const row = await runningSession(59);
    const asked = startHub().lifetimes.extend(person("alice"), row.id, 24 * 3600);
    await expect(asked).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("at most 60 more minutes") });
    expect(raised).toEqual([]);
  });

  test("what the cluster's rules would refuse is not asked for", async () => {
    const hub = startHub(async (_row, seconds) =>
      seconds > 3600 ? "The account physics allows at most 1 h; you asked for 1 h 30 min." : null,
    );
    const row = await runningSession(59);
    await expect(hub.lifetimes.extend(person("alice"), row.id, undefined)).rejects.toMatchObject({
      message: expect.stringContaining("The account physics"),
      next: expect.stringContaining("launch it again"),
    });
    expect(raised).toEqual([]);
  });

  test("the operator script has the last word, and it is in the audit", async () => {
    const hub = startHub();
    const row = await runningSession(59);
    operatorSays = async () => ({
      exitCode: LAUNCHER_REFUSED,
      stdout: "",
      stderr: "fairway operator: this site allows at most 60 minutes in all\n",
    });
    await expect(hub.lifetimes.extend(person("alice"), row.id, undefined)).rejects.toMatchObject({
      code: "conflict",
      message: "The time limit was not raised: this site allows at most 60 minutes in all.",
    });
    expect(hub.audited).toMatchObject([{ outcome: "asked" }, { outcome: "refused" }]);
  });

  test("a cluster that does not answer is no refusal", async () => {
    const hub = startHub();
    const row = await runningSession(59);
    operatorSays = async () => ({ exitCode: 1, stdout: "", stderr: "slurm_update error: Unable to contact slurm controller\n" });
    await expect(hub.lifetimes.extend(person("alice"), row.id, undefined)).rejects.toMatchObject({ code: "cluster_away" });
    operatorSays = () => Promise.reject(new Error("timeout"));
    await expect(hub.lifetimes.extend(person("alice"), row.id, undefined)).rejects.toMatchObject({ code: "cluster_away" });
    expect(hub.audited).toMatchObject([{ outcome: "asked" }, { outcome: "failed" }, { outcome: "asked" }, { outcome: "failed" }]);
  });

  test("only one's own, only with the scope, only what runs and where the profile allows it", async () => {
    const { lifetimes } = startHub();
    const row = await runningSession(59);
    await expect(lifetimes.extend(person("bob"), row.id, undefined)).rejects.toMatchObject({ code: "not_found" });
    await expect(lifetimes.extend(person("root", "admin"), row.id, undefined), "not an administrator's either").rejects.toMatchObject({
      code: "not_found",
    });
    const reader = { ...person("alice"), scopes: new Set(["read:servers"] as const) };
    await expect(lifetimes.extend(reader, row.id, undefined)).rejects.toMatchObject({ code: "not_allowed" });
    const fixed = await runningSession(59, { name: "fixed", profile: "fixed" });
    await expect(lifetimes.extend(person("alice"), fixed.id, undefined)).rejects.toMatchObject({ code: "conflict" });
    const waiting = await runningSession(59, { name: "waiting", state: "pending", job: null });
    await expect(lifetimes.extend(person("alice"), waiting.id, undefined)).rejects.toMatchObject({ code: "conflict" });
    expect(raised).toEqual([]);
  });
});

test("a Jupyter app is told of each warning, and in the last minute to save, once by all hubs together", async () => {
  const id = randomBytes(6).toString("hex");
  const app = await startSessionApp(deriveSessionKeys(masterKey, id, 0).keyPem);
  try {
    const row = await runningSession(11, { id, jobName: `fw-${id}`, host: "127.0.0.1", port: app.port });
    const told = () => app.requests.filter(({ method }) => method === "POST").map(({ url }) => url);
    const hubs = [startHub(), startHub()];
    aheadMs = 2 * MINUTE;
    await vi.waitFor(() => expect(told()).toHaveLength(1), soon);
    aheadMs = 10.5 * MINUTE;
    await vi.waitFor(() => expect(app.posted).toHaveLength(2), soon);
    expect(told()).toEqual(["/user/alice/api/events", "/user/alice/api/events"]);
    expect(app.posted).toEqual([
      { schema_id: "urn:fairway:event:time-left", version: "1", data: { message: "", save: false, endsAt: row.job?.endsAt } },
      { schema_id: "urn:fairway:event:time-left", version: "1", data: { message: "", save: true, endsAt: row.job?.endsAt } },
    ]);
    expect(
      hubs.flatMap(({ notices }) => notices),
      "the mark at two minutes was missed, and is told with it",
    ).toHaveLength(2);
  } finally {
    await app.close();
  }
});

describe("idleness", () => {
  let app: SessionApp;
  afterEach(async () => app.close());

  /** A Jupyter server that last did something so long ago. */
  async function idleSession(agoMs: number, kernels: readonly string[] = ["idle"]): Promise<SessionRow> {
    const id = randomBytes(6).toString("hex");
    app = await startSessionApp(deriveSessionKeys(masterKey, id, 0).keyPem);
    say(agoMs, kernels);
    const place = { id, jobName: `fw-${id}`, profile: "watched", host: "127.0.0.1", port: app.port };
    return runningSession(600, {
      ...place,
      enrolledAt: now() - 180 * MINUTE,
      readyAt: now() - 180 * MINUTE,
      createdAt: now() - 180 * MINUTE,
    });
  }
  function say(agoMs: number, kernels: readonly string[], terminalAgoMs = agoMs): void {
    const moment = (ago: number) => new Date(Date.now() - ago).toISOString();
    app.bodies.set("/api/status", { last_activity: moment(agoMs), connections: 0, kernels: kernels.length, started: moment(agoMs) });
    app.bodies.set(
      "/api/kernels",
      kernels.map((state, index) => ({ id: String(index), execution_state: state, last_activity: moment(agoMs) })),
    );
    app.bodies.set("/api/terminals", [{ name: "1", last_activity: moment(terminalAgoMs) }]);
  }
  /** Our clock jumps and the app's does not: what it last did is so much longer ago. */
  function passes(ms: number, agoMs: number): void {
    say(agoMs + ms, ["idle"]);
    aheadMs = ms;
  }
  /** It has been asked so many times more: whatever would follow has followed. */
  async function askedAgain(times = 3): Promise<void> {
    const before = app.requests.length;
    await vi.waitFor(() => expect(app.requests.length).toBeGreaterThanOrEqual(before + 3 * times), soon);
  }

  test("warned of first, kept by a word, and stopped as idle", async () => {
    const row = await idleSession(55 * MINUTE);
    const hub = startHub();
    await vi.waitFor(() => expect(hub.notices).toMatchObject([{ kind: "idle-soon" }]), soon);
    const warned = await rowOf(row.id);
    expect(hub.facts.idle(warned)?.stopsAt).toBe((warned.idleWarnedAt ?? 0) + 10 * MINUTE);
    expect(
      app.requests.every((request) => request.url?.includes("no_track_activity")),
      "our questions are no use of it",
    ).toBe(true);

    const kept = await hub.lifetimes.keep(person("alice"), row.id);
    expect(kept.idle).toBeNull();
    await askedAgain();
    expect(await rowOf(row.id)).toMatchObject({ state: "ready", idleWarnedAt: null });

    passes(51 * MINUTE, 55 * MINUTE);
    await vi.waitFor(() => expect(hub.notices).toHaveLength(2), soon);
    passes(62 * MINUTE, 55 * MINUTE);
    await vi.waitFor(async () => expect(await rowOf(row.id)).toMatchObject({ state: "stopping", stopReason: "idle" }), soon);
    expect(await events(row.id)).toEqual(["launched", "warned-of-idleness", "kept", "warned-of-idleness", "stop-asked"]);
  });

  test("a kernel that computes, or a terminal that prints, is use; and used again after the warning, it goes on", async () => {
    const row = await idleSession(300 * MINUTE, ["idle", "busy"]);
    const hub = startHub();
    await askedAgain();
    expect(hub.notices).toEqual([]);
    say(300 * MINUTE, ["idle"], MINUTE);
    await askedAgain();
    expect(hub.notices).toEqual([]);
    say(300 * MINUTE, ["idle"]);
    await vi.waitFor(() => expect(hub.notices).toHaveLength(1), soon);
    say(300 * MINUTE, ["busy"]);
    await vi.waitFor(async () => expect(await rowOf(row.id)).toMatchObject({ state: "ready", idleWarnedAt: null, idleSince: null }), soon);
  });

  test("suspended beyond the moment at which it was to be stopped: it is warned of anew, and not stopped at once", async () => {
    const row = await idleSession(55 * MINUTE);
    const hub = startHub();
    await vi.waitFor(() => expect(hub.notices).toHaveLength(1), soon);
    await seen(hub, row, "suspended");
    passes(60 * MINUTE, 55 * MINUTE);
    await seen(hub, row, "running");
    await vi.waitFor(() => expect(hub.notices).toHaveLength(2), soon);
    await askedAgain();
    expect(await rowOf(row.id)).toMatchObject({ state: "ready" });
    expect(hub.facts.idle(await rowOf(row.id))?.stopsAt).toBeGreaterThan(now());
  });

  test("somebody can say that they still use it while it is suspended", async () => {
    const row = await idleSession(5 * MINUTE);
    const hub = startHub();
    await seen(hub, row, "suspended");
    await hub.lifetimes.keep(person("alice"), row.id);
    expect((await rowOf(row.id)).keptAt).not.toBeNull();
  });

  test("who cannot be asked is never idle, and what is warned of is not stopped without a word of its own", async () => {
    const row = await idleSession(300 * MINUTE);
    const hub = startHub();
    app.status = 500;
    app.bodies.clear();
    await askedAgain(1);
    aheadMs = 600 * MINUTE;
    await askedAgain(1);
    expect(hub.notices).toEqual([]);
    expect(await rowOf(row.id)).toMatchObject({ state: "ready", idleWarnedAt: null });
  });

  test("somebody works over ssh, of which JupyterLab knows nothing: used; and once nothing is typed or printed, idle", async () => {
    const row = await idleSession(300 * MINUTE);
    await store.sessions.recordActivity(new Map([[row.id, now()]]), "door");
    const hub = startHub(undefined, configWithDoor);
    passes(2 * MINUTE, 300 * MINUTE);
    await askedAgain();
    expect(hub.notices).toEqual([]);
    passes(51 * MINUTE, 300 * MINUTE);
    await vi.waitFor(() => expect(hub.notices).toMatchObject([{ kind: "idle-soon" }]), soon);
    await store.sessions.recordActivity(new Map([[row.id, now()]]), "door");
    await vi.waitFor(async () => expect(await rowOf(row.id)).toMatchObject({ state: "ready", idleWarnedAt: null }), soon);
    expect(await events(row.id)).toEqual(["launched", "warned-of-idleness", "used-again"]);
  });

  test("what passes the edge alone, a forgotten page's questions, is no use where the app tells of its own", async () => {
    const row = await idleSession(300 * MINUTE);
    await store.sessions.recordActivity(new Map([[row.id, now()]]), "edge");
    const hub = startHub();
    await vi.waitFor(() => expect(hub.notices).toMatchObject([{ kind: "idle-soon", session: { id: row.id } }]), soon);
  });

  test("a profile without the rule is never asked", async () => {
    await idleSession(300 * MINUTE);
    const other = await runningSession(600, { name: "other", profile: "small", readyAt: now() - 600 * MINUTE });
    startHub();
    await askedAgain();
    expect(await rowOf(other.id)).toMatchObject({ state: "ready", idleWarnedAt: null });
  });

  test("who is to say that a session is used: its owner alone", async () => {
    const row = await idleSession(55 * MINUTE);
    const { lifetimes } = startHub();
    await expect(lifetimes.keep(person("bob"), row.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("who says it again and again fills no history", async () => {
    const row = await idleSession(5 * MINUTE);
    const { lifetimes } = startHub();
    for (let count = 0; count < 5; count++) await lifetimes.keep(person("alice"), row.id);
    expect(await events(row.id)).toEqual(["launched", "kept"]);
  });
});
