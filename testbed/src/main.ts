// The command line of the testbed: argv to one verb. It holds no rules of its own.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { TestbedError } from "./errors.ts";
import { buildExec } from "./exec.ts";
import { defaultSpec, describeShape, findNode, isNetworkShape, isSlurmVersion, networkShapes, slurmVersions } from "./layout.ts";
import { readPaths } from "./paths.ts";
import { findNodeInit } from "./processes.ts";
import { requireState } from "./state.ts";
import { readStatus, type TestbedStatus } from "./status.ts";
import { downTestbed, openTestbed, purgeTestbeds, upTestbed } from "./testbed.ts";

const help = `testbed: a real Slurm cluster on this host

  testbed up [--name N] [--nodes K] [--slurm ${slurmVersions.join("|")}] [--home-of OTHER]
             [--network ${networkShapes.join("|")}] [--no-hub | --hub-on head]
  testbed down [--name N]               end it; only the cache of root file systems stays
  testbed purge                         end all, and remove the cache, too
  testbed status [--name N] [--json]
  testbed exec [--name N] NODE [--user U] -- COMMAND…
  testbed fault [--name N] stop|kill|start|pause|resume SERVICE[@NODE]
  testbed fault [--name N] cut|heal|power-off|power-on NODE
  testbed fault [--name N] block|unblock OTHER@NODE
  testbed publish [--name N] NODE PORT HOSTPORT
  testbed unpublish [--name N] HOSTPORT
  testbed join [--name N] OTHER         the hub node of N also gets OTHER's cluster

The name is "${defaultSpec.name}" unless told. More in testbed/README.md.
`;

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const split = argv.indexOf("--");
  const command = split === -1 ? [] : argv.slice(split + 1);
  const { values, positionals } = parseArgs({
    args: split === -1 ? [...argv] : argv.slice(0, split),
    allowPositionals: true,
    allowNegative: true,
    options: {
      name: { type: "string", default: defaultSpec.name },
      nodes: { type: "string", default: String(defaultSpec.computeNodes) },
      slurm: { type: "string", default: defaultSpec.slurm },
      hub: { type: "boolean", default: defaultSpec.hub },
      "hub-on": { type: "string" },
      network: { type: "string", default: "open" },
      "home-of": { type: "string" },
      user: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [verb = "help", ...rest] = positionals;
  const { name } = values;
  switch (values.help ? "help" : verb) {
    case "up": {
      if (!isSlurmVersion(values.slurm)) throw new TestbedError(`--slurm is one of ${slurmVersions.join(", ")}, not "${values.slurm}".`);
      const { network, slurm, hub, nodes, "home-of": homeOf } = values;
      if (!isNetworkShape(network)) throw new TestbedError(`--network is one of ${networkShapes.join(", ")}, not "${network}".`);
      const hubOn = parseHubOn(values["hub-on"]);
      const started = performance.now();
      const spec = { name, slurm, computeNodes: Number(nodes), hub, hubOn, network, homeOf };
      await upTestbed({ ...spec, report: (line) => process.stderr.write(`${line}\n`), signal });
      process.stderr.write(`testbed ${name} is up after ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
      return 0;
    }
    case "down":
      await downTestbed(name);
      process.stderr.write(`testbed ${name} is down\n`);
      return 0;
    case "purge":
      await purgeTestbeds();
      process.stderr.write("all testbeds are down, and the cache is removed\n");
      return 0;
    case "status": {
      const status = await readStatus(argv.includes("--name") ? name : undefined);
      process.stdout.write(values.json ? `${JSON.stringify(status, null, 2)}\n` : renderStatus(status));
      return 0;
    }
    case "exec":
      return execInteractive(name, required(rest[0], "NODE"), command.length > 0 ? command : rest.slice(1), values.user);
    case "fault":
      await (await openTestbed(name)).fault(required(rest[0], "KIND"), required(rest[1], "TARGET"));
      return 0;
    case "publish": {
      const [node, port, hostPort] = [required(rest[0], "NODE"), parsePort(rest[1]), parsePort(rest[2])];
      await (await openTestbed(name)).publish(node, port, hostPort);
      return 0;
    }
    case "unpublish":
      await (await openTestbed(name)).unpublish(parsePort(rest[0]));
      return 0;
    case "join":
      process.stdout.write(`${JSON.stringify(await (await openTestbed(name)).join(required(rest[0], "OTHER")))}\n`);
      return 0;
    case "help":
      process.stdout.write(help);
      return 0;
    default:
      throw new TestbedError(`There is no verb "${verb}".\n\n${help}`);
  }
}

function required(value: string | undefined, what: string): string {
  if (value === undefined) throw new TestbedError(`${what} is missing.\n\n${help}`);
  return value;
}

function parseHubOn(text: string | undefined): "head" | undefined {
  if (text === undefined || text === "head") return text;
  throw new TestbedError(`--hub-on knows one place, head, not "${text}".`);
}

function parsePort(text: string | undefined): number {
  const port = Number(required(text, "PORT"));
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new TestbedError(`"${text}" is no TCP port.`);
  return port;
}

/** The terminal, if there is one, belongs to the program in the node. */
async function execInteractive(name: string, nodeName: string, argv: readonly string[], user: string | undefined): Promise<number> {
  const { layout } = await requireState(readPaths(process.env), name);
  const pid = findNodeInit(name, findNode(layout, nodeName).name);
  if (pid === undefined) throw new TestbedError(`Node ${nodeName} is off.`);
  const terminal = process.env.TERM === undefined ? {} : { TERM: process.env.TERM };
  const built = buildExec(pid, argv.length > 0 ? argv : ["bash", "-l"], { user, env: terminal });
  const [program = "", ...args] = built.argv;
  const child = spawn(program, args, { env: built.env, stdio: "inherit" });
  // An interrupt at the terminal goes to the program, which decides.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 1);
    });
  });
}

function renderStatus(testbeds: readonly TestbedStatus[]): string {
  if (testbeds.length === 0) return "No testbed is up.\n";
  return testbeds
    .map(({ name, spec, gateway, nodes, publications }) => {
      const rows = nodes.map((node) => {
        const services = Object.entries(node.services).map(([service, state]) => (state === "running" ? service : `${service} (${state})`));
        return `  ${node.name.padEnd(6)} ${node.address.padEnd(14)} ${node.state.padEnd(4)} ${services.join(" ")}`;
      });
      const ports = publications.map((one) => `  127.0.0.1:${one.hostPort} is port ${one.port} of ${one.node}`);
      return [`${name}: ${describeShape(spec)}; gateway ${gateway}`, ...rows, ...ports, ""].join("\n");
    })
    .join("\n");
}

const abort = new AbortController();
if (process.argv[2] !== "exec") {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => abort.abort());
}
try {
  process.exitCode = await main(process.argv.slice(2), abort.signal);
} catch (error) {
  const isOurs = error instanceof TestbedError || (error instanceof TypeError && "code" in error);
  process.stderr.write(`testbed: ${isOurs ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
