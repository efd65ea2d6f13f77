// Runs inside namespaces of its own (see bench.ts): brings up Fairway over the simulated Slurm, launches
// sessions as their users would, and prints what that took. The plan comes by stdin.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { SessionEvent } from "@fairway/contract/api.ts";
import { SessionList } from "@fairway/contract/sessions.ts";
import { makeToken } from "../fairway/site.ts";
import { call, readEvents } from "../http.ts";
import { ScalePlan, type ScaleResult, WARM_UPS, type Window } from "./plan.ts";
import { readUsed, readUsedWithHelpers } from "./processes.ts";
import { PASSWORD, PROFILE, type ScaleSite, startSite } from "./site.ts";

const run = promisify(execFile);
/** After the last change, until the hub may call it quiet. */
const SETTLE_MS = 25_000;
const SQUEUES = 200;
const READY_WITHIN_MS = 300_000;

interface Client {
  readonly token: string;
  readonly names: readonly string[];
}

async function main(): Promise<void> {
  const plan = ScalePlan.parse(JSON.parse(await text(process.stdin)));
  const ending = new AbortController();
  const site = await startSite(plan, ending.signal);
  const clients = await signIn(site, plan, ending.signal);
  const result =
    plan.what === "starts" ? await measureStarts(site, clients, ending.signal) : await measureStanding(site, clients, plan, ending.signal);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  ending.abort();
  process.exit(0);
}

async function signIn(site: ScaleSite, plan: ScalePlan, signal: AbortSignal): Promise<Client[]> {
  const clients: Client[] = [];
  for (const [index, user] of site.users.entries()) {
    clients.push({ token: await makeToken(site, user, signal, PASSWORD), names: share("s", plan.sessions, index, site.users.length) });
  }
  return clients;
}

/** Every `of`-th of so many names, from the `index`-th on. */
function share(prefix: string, count: number, index: number, of: number): string[] {
  return Array.from({ length: count }, (_, slot) => `${prefix}${slot}`).filter((_, slot) => slot % of === index);
}

async function measureStarts(site: ScaleSite, clients: readonly Client[], signal: AbortSignal): Promise<ScaleResult> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)]);
  // A hub that has just begun is still compiling itself: these count for nothing.
  await startAll(
    site,
    clients.map(({ token }, index) => ({ token, names: share("w", WARM_UPS, index, clients.length) })),
    within,
  );
  const [hub, edge] = [readUsedWithHelpers(site.hubPid), readUsed(site.edgePid)];
  const readyMs = await startAll(site, clients, within);
  const [hubAfter, edgeAfter] = [readUsedWithHelpers(site.hubPid), readUsed(site.edgePid)];
  return {
    what: "starts",
    readyMs,
    hubCpuMs: hubAfter.cpuMs - hub.cpuMs,
    hubChildCpuMs: hubAfter.childCpuMs - hub.childCpuMs,
    edgeCpuMs: edgeAfter.cpuMs - edge.cpuMs,
  };
}

/** Each person launches one after the other, all people at once. @returns when each was ready, from the first POST on. */
async function startAll(site: ScaleSite, clients: readonly Client[], signal: AbortSignal): Promise<number[]> {
  const startedAt = performance.now();
  const readyMs: number[] = [];
  await Promise.all(
    clients.map(async (client) => {
      const ready = countReady(site, client, () => readyMs.push(performance.now() - startedAt), signal);
      for (const name of client.names) await launch(site, client, name, signal);
      await ready;
    }),
  );
  return readyMs;
}

async function measureStanding(site: ScaleSite, clients: readonly Client[], plan: ScalePlan, signal: AbortSignal): Promise<ScaleResult> {
  await Promise.all(
    clients.map(async (client) => {
      for (const name of client.names) await launch(site, client, name, signal);
    }),
  );
  const first = clients[0];
  if (first === undefined) throw new Error("The plan has no users.");
  await waitForReady(site, clients, plan.capacity, AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)]));
  await sleep(SETTLE_MS, undefined, { signal });
  const quiet = await readWindow(site, plan.windowMs, signal);
  await launch(site, first, "silent", signal);
  await sleep(SETTLE_MS, undefined, { signal });
  const busy = await readWindow(site, plan.windowMs, signal);
  return { what: "standing", quiet, busy, oneSqueue: await measureSqueues(site) };
}

async function launch({ url }: ScaleSite, { token }: Client, name: string, signal: AbortSignal): Promise<void> {
  await call({ method: "POST", url: `${url}api/v1/sessions`, token, body: { profile: PROFILE, name }, signal }, 201);
}

/** By the events that a portal listens to. Resolves when all of this person's are ready. */
async function countReady({ url }: ScaleSite, { token, names }: Client, onReady: () => void, signal: AbortSignal): Promise<void> {
  const ready = new Set<string>();
  if (names.length === 0) return;
  for await (const data of readEvents({ url: `${url}api/v1/events`, token, signal })) {
    const event = SessionEvent.parse(data);
    if (event.kind !== "session" || event.session.state !== "ready" || ready.has(event.session.name)) continue;
    if (!names.includes(event.session.name)) continue;
    ready.add(event.session.name);
    onReady();
    if (ready.size === names.length) return;
  }
  throw new Error("The events ended before all were ready.");
}

async function waitForReady(site: ScaleSite, clients: readonly Client[], count: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const all = await Promise.all(clients.map((client) => listOpen(site, client, signal)));
    if (all.flat().filter(({ state }) => state === "ready").length >= count) return;
    await sleep(1000, undefined, { signal });
  }
}

async function listOpen({ url }: ScaleSite, { token }: Client, signal: AbortSignal) {
  const answer = await call({ method: "GET", url: `${url}api/v1/sessions?show=open&limit=200`, token, signal }, 200);
  return SessionList.parse(JSON.parse(answer.text)).sessions;
}

async function readWindow(site: ScaleSite, windowMs: number, signal: AbortSignal): Promise<Window> {
  const [before, squeuesBefore] = [readUsedWithHelpers(site.hubPid), await site.countSqueues()];
  await sleep(windowMs, undefined, { signal });
  const [after, squeues] = [readUsedWithHelpers(site.hubPid), await site.countSqueues()];
  return {
    ms: after.at - before.at,
    hubCpuMs: after.cpuMs - before.cpuMs,
    hubChildCpuMs: after.childCpuMs - before.childCpuMs,
    hubRssBytes: after.rssBytes,
    squeues: squeues - squeuesBefore,
  };
}

/** What one question about one job costs whoever asks, on this same simulator. */
async function measureSqueues({ binDir }: ScaleSite): Promise<{ callerCpuMs: number; childCpuMs: number }> {
  const before = readUsed(process.pid);
  for (let call = 0; call < SQUEUES; call++) await run(join(binDir, "squeue"), ["--jobs=1001", "--Format=State:20,BatchHost:64"]);
  const after = readUsed(process.pid);
  return { callerCpuMs: (after.cpuMs - before.cpuMs) / SQUEUES, childCpuMs: (after.childCpuMs - before.childCpuMs) / SQUEUES };
}

await main();
