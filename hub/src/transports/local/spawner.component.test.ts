/** The process between us and the programs: its death, our end. What both ways promise alike is in exec.component.test.ts. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { ExecError } from "../types.ts";
import { Spawner } from "./spawner.ts";

const spawners = new Set<Spawner>();
afterEach(() => {
  for (const spawner of spawners) spawner.close();
  spawners.clear();
});

function open() {
  const spawner = new Spawner();
  spawners.add(spawner);
  return { spawner, exec: spawner.createExec(), leave: spawner.createExec({ whenGivenUp: "leave" }) };
}

const sh = (script: string) => ({ argv: ["/bin/sh", "-c", script] }) as const;
const patient = { timeoutMs: 20_000 };
/** The spawner's own number: the parent of what it starts. */
const pidOf = async ({ exec }: ReturnType<typeof open>) => Number((await exec(sh("echo $PPID"), patient)).stdout);
const isAlive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
const waitUntilGone = (pid: number) => vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 20_000 });

test("programs are started by it, not by us, and many at once", async () => {
  const spawner = open();
  const pid = await pidOf(spawner);
  expect(pid).not.toBe(process.pid);
  const all = await Promise.all(Array.from({ length: 20 }, (_, index) => spawner.exec(sh(`echo ${index}`), patient)));
  expect(all.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n`));
  expect(await pidOf(spawner)).toBe(pid);
});

test("output of megabytes comes through, whatever bytes it holds", async () => {
  const { stdout } = await open().exec(sh("head -c 3000000 /dev/zero | tr '\\0' '\\037'; printf '\\377'"), patient);
  expect(stdout).toBe(`${"\x1f".repeat(3_000_000)}\ufffd`);
});

test("when it dies, what was under way counts as killed, and the next program finds another", async () => {
  const spawner = open();
  const pid = await pidOf(spawner);
  const underway = spawner.exec(sh("sleep 600"), patient).catch((error: unknown) => error);
  await pidOf(spawner); // both requests go the same way: the sleep has begun
  process.kill(pid, "SIGKILL");
  const error = await underway;
  expect(error).toBeInstanceOf(ExecError);
  expect(error).toMatchObject({ failure: "killed", argv: sh("sleep 600").argv });
  expect(await pidOf(spawner)).not.toBe(pid);
});

test("signals to all of a terminal's or a unit's processes are for its hub, which ends it", async () => {
  const spawner = open();
  const pid = await pidOf(spawner);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal);
  expect(await pidOf(spawner)).toBe(pid);
  spawner.spawner.close();
  await waitUntilGone(pid);
});

test("closing it ends the waiting", async () => {
  const { spawner, exec } = open();
  const underway = exec(sh("sleep 600"), patient).catch((error: unknown) => error);
  spawner.close();
  expect(await underway).toMatchObject({ failure: "killed" });
  await expect(exec(sh("true"), patient)).rejects.toMatchObject({ failure: "killed" });
});

/** A program as a hub is one: it runs `script` through a spawner, prints it, and has nothing more to do, or is killed. */
function runHub(script: string, end: string) {
  const url = new URL("spawner.ts", import.meta.url).href;
  const program = `
    const { Spawner } = await import(${JSON.stringify(url)});
    const exec = new Spawner().createExec({ whenGivenUp: "leave" });
    const { stdout } = await exec({ argv: ["/bin/sh", "-c", ${JSON.stringify(script)}] }, { timeoutMs: 20000 });
    process.stdout.write(stdout);
    ${end}`;
  return promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]).catch((error: { stdout: string }) => error);
}

test("it does not hold up the end of a process that forgot it, and ends with it", async () => {
  const { stdout } = await runHub("echo $PPID", "");
  await waitUntilGone(Number(stdout));
});

test("a hub that is killed takes it along, and leaves alone what it had started", async () => {
  const { stdout } = await runHub("sleep 600 >/dev/null 2>&1 & echo $! $PPID", "process.kill(process.pid, 'SIGKILL');");
  const [program = 0, spawner = 0] = stdout.trim().split(" ").map(Number);
  await waitUntilGone(spawner);
  expect(isAlive(program)).toBe(true);
  process.kill(program);
});
