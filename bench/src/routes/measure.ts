// Runs on the hub node as root: opens the plain `ssh -L` beside which the routes are measured, then measures each
// way in turn, round after round. The plan comes by stdin, since it holds a token.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../statistics.ts";
import { ask, askFirstByte, echo, open, requestOf } from "./connection.ts";
import { RoutesPlan, type Way, type WayLine } from "./plan.ts";

const UP_WITHIN_MS = 30_000;
const NEW_REQUESTS = 100;
const DOWNLOADS = 3;
/** More would only make the line longer. */
const SAMPLE = 2000;

async function main(): Promise<void> {
  const plan = RoutesPlan.parse(JSON.parse(await text(process.stdin)));
  const forwards = plan.forwards.map((forward) => startForward(forward, plan.ssh));
  try {
    for (const way of plan.ways) await waitUntilUp(way);
    // What has just begun is still compiling itself: this round counts for nothing.
    for (const way of plan.ways) await measure(way, -1, plan);
    for (let round = 0; round < plan.rounds; round += 1) {
      // Each is first as often as the others are.
      for (const turn of plan.ways.keys()) {
        const way = plan.ways[(turn + round) % plan.ways.length];
        if (way !== undefined) process.stdout.write(`${JSON.stringify(await measure(way, round, plan))}\n`);
      }
    }
  } finally {
    for (const forward of forwards) forward.kill();
  }
}

function startForward(
  { port, host, hostPort }: RoutesPlan["forwards"][number],
  { uid, gid, home, options, login }: RoutesPlan["ssh"],
): ChildProcess {
  const argv = [
    "-N",
    "-o",
    "BatchMode=yes",
    "-o",
    "ExitOnForwardFailure=yes",
    ...options,
    "-L",
    `127.0.0.1:${port}:${host}:${hostPort}`,
    login,
  ];
  return spawn("ssh", argv, { uid, gid, cwd: home, env: { PATH: "/usr/bin:/bin", HOME: home }, stdio: ["ignore", "ignore", "inherit"] });
}

async function waitUntilUp(way: Way): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  for (;;) {
    try {
      return await askFirstByte(way);
    } catch (cause) {
      if (performance.now() > deadline) throw new Error(`${way.name} does not answer`, { cause });
      await sleep(200);
    }
  }
}

async function measure(way: Way, round: number, { secondsEach, connections }: RoutesPlan): Promise<WayLine> {
  const small = await askMany(way, connections, secondsEach * 1000);
  const downloads: number[] = [];
  for (let count = 0; count < DOWNLOADS; count += 1) downloads.push(await download(way));
  const tripsMs = await echo(way, performance.now() + (secondsEach * 1000) / 2);
  const newRequestsMs: number[] = [];
  for (let index = 0; index < NEW_REQUESTS; index += 1) {
    const startedAt = performance.now();
    await askFirstByte(way);
    newRequestsMs.push(performance.now() - startedAt);
  }
  return {
    name: way.name,
    round,
    ...small,
    downloadMbPerS: median(downloads),
    echoesPerS: 1000 / median(tripsMs),
    echoP50Ms: median(tripsMs),
    newRequestsMs,
  };
}

async function askMany(way: Way, connections: number, durationMs: number): Promise<{ requestsPerS: number; latenciesMs: number[] }> {
  const request = requestOf(way, "small");
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(way)));
  const latenciesMs: number[] = [];
  let count = 0;
  const startedAt = performance.now();
  const end = startedAt + durationMs;
  await Promise.all(
    sockets.map(async (socket) => {
      while (performance.now() < end) {
        const sentAt = performance.now();
        await ask(socket, request);
        count += 1;
        if (count % 7 === 0 && latenciesMs.length < SAMPLE) latenciesMs.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const socket of sockets) socket.destroy();
  return { requestsPerS: count / seconds, latenciesMs };
}

async function download(way: Way): Promise<number> {
  const socket = await open(way);
  const startedAt = performance.now();
  const bytes = await ask(socket, requestOf(way, "big"));
  const seconds = (performance.now() - startedAt) / 1000;
  socket.destroy();
  if (!socket.closed) await once(socket, "close");
  return bytes / 2 ** 20 / seconds;
}

await main();
