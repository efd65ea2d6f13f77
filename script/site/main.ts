/**
 * What `script/demo` runs once Node is there: brings the demo up, or ends it.
 *
 *   node script/site/main.ts up testbed|local [--port N] [--name N]
 *   node script/site/main.ts stop [--name N]
 */
import { parseArgs } from "node:util";
import { demoPassword, downTestbed, readStatus, upTestbed } from "@fairway/testbed/index.ts";
import { HTTP_PORT, installFairway, LOG_FILE, startFairway, stopFairway } from "../../deploy/demo/site.ts";
import { findLocal, installJupyter, LOCAL_LOG, startLocal, stopLocal } from "./local-site.ts";
import { findFreePort, waitUntilHealthy } from "./reach.ts";

const DEFAULT_NAME = "demo";
const HEALTHY_WITHIN_MS = 60_000;

interface Wish {
  readonly port: number;
  readonly name: string;
  readonly signal: AbortSignal;
}

async function upOnTestbed({ port: wanted, name, signal }: Wish): Promise<void> {
  step("A Slurm cluster in namespaces (the first time: some minutes for its root file system and JupyterLab)");
  const testbed = await upTestbed({ name, hub: true, report: note, signal });
  const published = (await readStatus(name))[0]?.publications.find((one) => one.node === "hub" && one.port === HTTP_PORT);
  const port = published?.hostPort ?? (await choosePort(wanted));
  step("Fairway on its hub node");
  await stopFairway(testbed);
  await installFairway(testbed);
  await startFairway(testbed);
  await testbed.publish("hub", HTTP_PORT, port);
  const url = `http://127.0.0.1:${port}/`;
  await waitUntilHealthy(url, HEALTHY_WITHIN_MS, signal).catch((error: unknown) => {
    throw new Error(`${messageOf(error)} Its log: testbed/testbed exec --name ${name} hub -- tail -n 50 ${LOG_FILE}`, { cause: error });
  });
  const people = [
    "alice (physics), bob (physics, chemistry), teacher (class), admin (administrator)",
    "carol has no Slurm account: she signs in and may not compute",
  ];
  welcome(url, people, [
    `The queue: testbed/testbed exec --name ${name} login --user alice -- squeue`,
    `End it:    script/demo --stop${name === DEFAULT_NAME ? "" : ` --name ${name}`}`,
  ]);
}

async function upLocally({ port: wanted, signal }: Wish): Promise<void> {
  step("JupyterLab");
  installJupyter(note);
  step("Fairway with the local scheduler: sessions are processes of your own account");
  const running = findLocal();
  const port = running?.port ?? (await choosePort(wanted));
  if (running === null) startLocal(port);
  else note("runs already");
  const url = `http://127.0.0.1:${port}/`;
  await waitUntilHealthy(url, HEALTHY_WITHIN_MS, signal).catch((error: unknown) => {
    throw new Error(`${messageOf(error)} Its log: ${LOCAL_LOG}`, { cause: error });
  });
  welcome(url, ["alice, bob, admin (administrator)"], ["End it:    script/demo --stop"]);
}

async function choosePort(wanted: number): Promise<number> {
  const port = await findFreePort(wanted);
  if (port !== wanted) note(`port ${wanted} of 127.0.0.1 is taken: this is ${port}`);
  return port;
}

function welcome(url: string, people: readonly string[], more: readonly string[]): void {
  const who = people.map((line, index) => `${index === 0 ? "As:       " : "          "} ${line}`);
  const lines = [`Open:      ${url}`, ...who, `Password:  ${demoPassword}`, ...more];
  process.stdout.write(`\n${lines.map((line) => `   ${line}\n`).join("")}\n`);
}

function step(line: string): void {
  process.stdout.write(`\n== ${line}\n`);
}

function note(line: string): void {
  process.stdout.write(`   ${line}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function main(argv: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { port: { type: "string", default: "8000" }, name: { type: "string", default: DEFAULT_NAME } },
  });
  const wish: Wish = { port: Number(values.port), name: values.name, signal };
  if (!Number.isInteger(wish.port) || wish.port < 1 || wish.port > 65_000) throw new Error(`"${values.port}" is no port.`);
  switch (positionals.join(" ")) {
    case "up testbed":
      return upOnTestbed(wish);
    case "up local":
      return upLocally(wish);
    case "stop":
      step("Ending the demo");
      await stopLocal(signal);
      if (process.getuid?.() === 0) await downTestbed(wish.name);
      note("done; the downloads are kept for the next time (testbed/testbed purge and rm -r .demo remove them)");
      return;
    default:
      throw new Error("usage: script/demo [--port N] [--name N] | script/demo --stop [--name N]");
  }
}

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => stopped.abort(new Error("Interrupted; run it again to go on.")));
try {
  await main(process.argv.slice(2), stopped.signal);
} catch (error) {
  process.stderr.write(`\nscript/demo: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
