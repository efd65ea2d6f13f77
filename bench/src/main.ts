// Measurements beside the peers: argv -> one bench -> its report. It holds no rules of its own.
import { parseArgs } from "node:util";
import { benchClass } from "./class/bench.ts";
import type { BenchContext } from "./cluster.ts";
import { benchLaunch } from "./launch/bench.ts";
import { isOk, type Report, toJsonLine, toTable } from "./report.ts";
import { benchRoutes } from "./routes/bench.ts";
import { benchScale } from "./scale/bench.ts";
import { benchTestbed } from "./testbed/bench.ts";
import { benchWatcher } from "./watcher/bench.ts";

interface Bench {
  readonly about: string;
  readonly rounds: number;
  /** It is stopped, and fails, when it takes longer. */
  readonly withinMinutes: number;
  readonly run: (context: BenchContext, options: { readonly rounds: number; readonly jupyterlab: boolean }) => Promise<Report>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  testbed: { about: "how long a testbed takes to come up", rounds: 7, withinMinutes: 15, run: benchTestbed },
  launch: { about: "from POST to ready, above bare JupyterLab", rounds: 20, withinMinutes: 30, run: benchLaunch },
  scale: { about: "a thousand sessions through one hub, over a simulated Slurm", rounds: 1, withinMinutes: 20, run: benchScale },
  routes: { about: "what the ways through a login node and a tunnel carry, beside ssh -L", rounds: 3, withinMinutes: 20, run: benchRoutes },
  class: { about: "forty people press launch within one second", rounds: 2, withinMinutes: 40, run: benchClass },
  watcher: { about: "what watching sessions costs Slurm", rounds: 1, withinMinutes: 30, run: benchWatcher },
};

const help = `npm run bench -- NAME [--json] [--rounds N] [--jupyterlab]

${Object.entries(BENCHES)
  .map(([name, bench]) => `  ${name.padEnd(9)} ${bench.about}`)
  .join("\n")}

Needs root, as the testbed does. How each measures stands in bench/README.md.
`;

async function main(argv: readonly string[], stopped: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string" },
      jupyterlab: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [name, ...rest] = positionals;
  const bench = name === undefined ? undefined : BENCHES[name];
  if (values.help || bench === undefined || rest.length > 0) {
    (values.help ? process.stdout : process.stderr).write(help);
    return values.help ? 0 : 2;
  }
  const rounds = Number(values.rounds ?? bench.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is a whole number from 1 on, not "${values.rounds}".`);

  const limit = AbortSignal.timeout(bench.withinMinutes * 60_000);
  // Progress goes beside the result, so that its last line is the JSON.
  const context = { say: (line: string) => process.stderr.write(`${line}\n`), signal: AbortSignal.any([stopped, limit]) };
  const report = await bench.run(context, { rounds, jupyterlab: values.jupyterlab });
  if (values.json) {
    context.say(toTable(report));
    process.stdout.write(`${toJsonLine(report)}\n`);
  } else process.stdout.write(`${toTable(report)}\n`);
  return isOk(report) ? 0 : 1;
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
try {
  process.exitCode = await main(process.argv.slice(2), interrupted.signal);
} catch (error) {
  process.stderr.write(`bench: ${describe(error)}\n`);
  process.exitCode = 1;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}
