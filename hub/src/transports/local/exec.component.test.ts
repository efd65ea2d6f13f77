import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExecError } from "../types.ts";
import { createExec as createExecHere } from "./exec.ts";
import { Spawner } from "./spawner.ts";

const spawner = new Spawner();
afterAll(() => spawner.close());
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fw-exec-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sh = (script: string, ...args: string[]) => ({ argv: ["/bin/sh", "-c", script, "sh", ...args] }) as const;
const patient = { timeoutMs: 20_000 };
/** A deadline by which a shell has said its first word, also on a machine that is busy. */
const LONG_ENOUGH_MS = 1500;

async function failureOf(promise: Promise<unknown>): Promise<ExecError> {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof ExecError)) throw new Error("expected an ExecError", { cause: error });
  return error;
}

async function waitUntilGone(pid: number): Promise<void> {
  for (let tries = 0; tries < 800; tries++) {
    if (!isAlive(pid)) return;
    await sleep(25);
  }
  throw new Error(`process ${pid} lives on`);
}

/** What it wrote of itself; never 0, which would be all of us to `process.kill`. */
function pidIn(error: ExecError): number {
  const pid = Number(error.stderrTail.trim());
  if (!(pid > 1)) throw new Error(`it has told no pid: ${JSON.stringify(error.stderrTail)}`);
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Both ways of starting a program keep the same promises. */
describe.each([
  ["here", createExecHere],
  ["through the spawner", spawner.createExec],
])("%s", (_where, createExec) => {
  const exec = createExec({ graceMs: 300 });

  test("output, exit code and input pass unchanged", async () => {
    const result = await exec({ ...sh("cat; echo err >&2; exit 3"), stdin: "zwölf\n" }, patient);
    expect(result).toEqual({ exitCode: 3, stdout: "zwölf\n", stderr: "err\n" });
  });

  test("an argument is an argument, whatever it holds", async () => {
    const odd = "$(touch x); `id` 'q' \"q\" \n * --flag";
    const result = await exec({ argv: ["printf", "%s", odd] }, patient);
    expect(result.stdout).toBe(odd);
  });

  test("the environment is closed: what was not given is not there", async () => {
    const { stdout } = await exec({ argv: ["env"], env: { FAIRWAY_TEST: "1" } }, patient);
    const names = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0]);
    expect(names.sort()).toEqual(["FAIRWAY_TEST", "LANG", "PATH"]);
  });

  test("a program that is not there is told as not found", async () => {
    expect((await failureOf(exec({ argv: ["fairway-no-such-program"] }, patient))).failure).toBe("not_found");
  });

  test("a program that dies of a signal is told as killed", async () => {
    expect((await failureOf(exec(sh("kill -9 $$"), patient))).failure).toBe("killed");
  });

  test("a program that does not read its input is no failure", async () => {
    const result = await exec({ ...sh("exit 0"), stdin: "x".repeat(1_000_000) }, patient);
    expect(result.exitCode).toBe(0);
  });

  test("the deadline ends the whole process group, also who ignores SIGTERM", async () => {
    const error = await failureOf(exec(sh("trap '' TERM; sleep 600 & echo $! >&2; wait; wait"), { timeoutMs: LONG_ENOUGH_MS }));
    expect(error.failure).toBe("timeout");
    await waitUntilGone(pidIn(error));
  });

  test("an abort ends it; one that came before starts nothing", async () => {
    const abort = new AbortController();
    const began = join(folder, "began");
    const failed = failureOf(exec(sh('echo $$ >&2; : >"$1"; exec sleep 600', began), { ...patient, signal: abort.signal }));
    while (!existsSync(began)) await sleep(20);
    abort.abort();
    const error = await failed;
    expect(error.failure).toBe("aborted");
    await waitUntilGone(pidIn(error));
    expect((await failureOf(exec({ argv: ["true"] }, { ...patient, signal: abort.signal }))).failure).toBe("aborted");
  });

  test("more output than allowed ends it", async () => {
    const error = await failureOf(exec(sh("yes"), { ...patient, maxBytes: 10_000 }));
    expect(error.failure).toBe("too_much_output");
  });

  test("somebody who left the group and holds the pipes open does not hold us", async () => {
    const error = await failureOf(exec(sh("setsid sleep 600 & echo $! >&2; exit 0"), { timeoutMs: LONG_ENOUGH_MS }));
    expect(error.failure).toBe("timeout");
    process.kill(pidIn(error));
  });

  test("'leave': who is given up goes on", async () => {
    const leave = createExec({ whenGivenUp: "leave" });
    const error = await failureOf(leave(sh("echo $$ >&2; exec sleep 600"), { timeoutMs: LONG_ENOUGH_MS }));
    const pid = pidIn(error);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid);
    await waitUntilGone(pid);
  });

  test("an error carries neither input nor environment", async () => {
    const error = await failureOf(exec({ ...sh("exec sleep 600"), stdin: "hush-1", env: { X: "hush-2" } }, { timeoutMs: 200 }));
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toMatch(/hush/);
  });
});
