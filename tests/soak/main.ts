/**
 * `npm run soak -- NAME`: what takes too long for every day. Each verb prints what it does and ends with
 * a line of JSON; the exit code is 0 when all held.
 *
 *   faults                 the fault matrix with real times: the controller away for ten minutes, …
 *   chaos [--kills 200] [--seed 1]   the hub killed at random while people launch and stop
 *   tunnels [--count 200] [--sessions 500]   so many tunnels dropped at once, so many sessions, nothing left
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { demoProfiles } from "../../deploy/demo/profiles.ts";
import { startSite } from "../system/fixture.ts";
import { runChaos } from "./chaos.ts";
import { runTunnels } from "./tunnels.ts";

const FAULT_FILES = ["commands", "jobs", "outage", "kill", "chaos", "reach-login-only", "reach-dial-out"].map(
  (name) => `tests/system/${name}.system.test.ts`,
);
const TEN_MINUTES_MS = 600_000;
/** As the testbed's nodes claim. */
const CORES_A_NODE = 16;

async function main(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      kills: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "200" },
      sessions: { type: "string", default: "500" },
    },
  });
  switch (positionals[0]) {
    case "faults":
      return soakFaults();
    case "chaos":
      return soakChaos(Number(values.kills), Number(values.seed));
    case "tunnels":
      return soakTunnels(Number(values.count), Number(values.sessions));
    default:
      process.stderr.write("usage: npm run soak -- faults | chaos [--kills N] [--seed N] | tunnels [--count N] [--sessions N]\n");
      return 2;
  }
}

async function soakFaults(): Promise<number> {
  const env = {
    ...process.env,
    FAIRWAY_OUTAGE_MS: String(TEN_MINUTES_MS),
    FAIRWAY_FAULT_MS: "60000",
    FAIRWAY_BLOCKED_MS: "60000",
    FAIRWAY_FAULTS: "all",
    FAIRWAY_KILLS: "40",
  };
  const vitest = spawn("npx", ["vitest", "run", "--project", "system", "--testTimeout=1800000", ...FAULT_FILES], { env, stdio: "inherit" });
  const [code] = (await once(vitest, "exit")) as [number | null];
  process.stdout.write(`${JSON.stringify({ soak: "faults", ok: code === 0 })}\n`);
  return code ?? 1;
}

async function soakChaos(kills: number, seed: number): Promise<number> {
  if (!Number.isInteger(kills) || kills < 1 || kills > 10_000 || !Number.isInteger(seed)) {
    process.stderr.write("--kills is 1 to 10000, --seed a whole number\n");
    return 2;
  }
  const config = { profiles: demoProfiles.filter(({ name }) => name === "noop") };
  const site = await startSite("soak", 18_110, { config });
  try {
    const people = await Promise.all(["alice", "bob", "teacher", "student01"].map((name) => site.person(name)));
    const outcome = await runChaos({ site, people, kills, seed, note: (line) => process.stdout.write(`${line}\n`) });
    const ok = outcome.duplicates.length === 0 && outcome.falselyEnded.length === 0;
    process.stdout.write(`${JSON.stringify({ soak: "chaos", seed, ...outcome, ok })}\n`);
    return ok ? 0 : 1;
  } finally {
    await site.end();
  }
}

async function soakTunnels(count: number, sessions: number): Promise<number> {
  if (!Number.isInteger(count) || count < 1 || count > 400 || !Number.isInteger(sessions) || sessions < count || sessions > 2000) {
    process.stderr.write("--count is 1 to 400, --sessions at least that and at most 2000\n");
    return 2;
  }
  const config = { profiles: demoProfiles.filter(({ name }) => name === "noop"), limits: { sessions_per_user: 50 } };
  const shape = { network: "dial-out", computeNodes: Math.ceil(count / CORES_A_NODE) } as const;
  const site = await startSite("soak", 18_110, { config, shape });
  try {
    const names = Array.from({ length: 10 }, (_, index) => `student${String(index + 1).padStart(2, "0")}`);
    const people = await Promise.all(names.map((name) => site.person(name)));
    const note = (line: string) => process.stdout.write(`${line}\n`);
    const outcome = await runTunnels({ site, people, tunnels: count, sessions, note });
    const ok = outcome.falselyEnded.length === 0 && outcome.traces.length === 0;
    process.stdout.write(`${JSON.stringify({ soak: "tunnels", ...outcome, ok })}\n`);
    return ok ? 0 : 1;
  } finally {
    await site.end();
  }
}

process.exitCode = await main(process.argv.slice(2));
