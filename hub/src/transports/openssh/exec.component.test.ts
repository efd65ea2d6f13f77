/** Commands on a login node: a real sshd, the system's ssh. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type LoginNode, startLoginNode } from "../testing/login-node.ts";
import { type Hub, makeHub } from "../testing/opened-openssh.ts";
import { ExecError } from "../types.ts";
import type { OpensshTransport } from "./index.ts";
import type { SshSettings } from "./ssh-options.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });

const patient = { timeoutMs: 25_000 };
const sh = (script: string, ...args: string[]) => ({ argv: ["/bin/sh", "-c", script, "sh", ...args] }) as const;
/** Every character that some shell reads in a way of its own. */
const NASTY = "$(touch x) `id` 'q' \"q\" \\ \\n !! ~ * ? [a] {b,c} ; & | < > # % ^ = + - \t ünï\n\nline two\n'$n'\n";

async function failureOf(promise: Promise<unknown>): Promise<ExecError> {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof ExecError)) throw new Error("expected an ExecError", { cause: error });
  return error;
}

const isAlive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

const CSH = ["/usr/bin/tcsh", "/bin/csh"].find((path) => existsSync(path)) ?? "/bin/csh";
/** As sshd starts any command: by the login shell's -c. It talks before, as rc files do. */
const shells = [
  ["an ordinary login shell", []],
  ["csh as the login shell", [`ForceCommand exec ${CSH} -f -c "$SSH_ORIGINAL_COMMAND"`]],
  ["a login shell that talks", ['ForceCommand echo hello; echo hi >&2; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"']],
] as const;

describe.each(shells)("%s", (_name, lines) => {
  let node: LoginNode;
  let transport: OpensshTransport;
  let hub: Hub;

  beforeAll(async () => {
    node = await startLoginNode({ lines });
    hub = makeHub(node);
    transport = hub.open();
  });
  afterAll(async () => {
    expect(await hub.end()).toEqual([]);
    await node.remove();
  });

  test("output, exit code and input pass unchanged", async () => {
    const result = await transport.exec({ ...sh("cat; echo err >&2; exit 3"), stdin: "zwölf\n" }, patient);
    expect(result).toEqual({ exitCode: 3, stdout: "zwölf\n", stderr: "err\n" });
  });

  test("an argument is an argument and a variable's value its value, whatever they hold", async () => {
    const command = { argv: ["/bin/sh", "-c", 'printf "%s|%s" "$1" "$ODD"', "sh", NASTY], env: { ODD: NASTY } } as const;
    expect((await transport.exec(command, patient)).stdout).toBe(`${NASTY}|${NASTY}`);
    expect((await transport.exec({ argv: ["printf", "%s", "", "--flag"] }, patient)).stdout).toBe("--flag");
  });

  test("no output is no output, and none of its bytes is added or lost", async () => {
    expect(await transport.exec({ argv: ["true"] }, patient)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const result = await transport.exec(sh("printf a; printf '\\nb\\n\\n' >&2"), patient);
    expect(result).toEqual({ exitCode: 0, stdout: "a", stderr: "\nb\n\n" });
  });

  test("ssh's own exit code is a program's like any other", async () => {
    for (const code of [255, 124, 127, 137]) {
      expect((await transport.exec(sh(`exit ${code}`), patient)).exitCode).toBe(code);
    }
  });

  test("the environment is closed: what was not given is not there", async () => {
    const { stdout } = await transport.exec({ argv: ["env"], env: { FAIRWAY_TEST: "1" } }, patient);
    const names = stdout.trim().split("\n");
    expect(names.map((line) => line.split("=")[0]).sort()).toEqual(["FAIRWAY_TEST", "LANG", "PATH"]);
  });

  test("a program that is not there is told as not found", async () => {
    expect((await failureOf(transport.exec({ argv: ["fairway-no-such-program"] }, patient))).failure).toBe("not_found");
    const elsewhere = { argv: ["cat"], env: { PATH: "/nonexistent" } } as const;
    expect((await failureOf(transport.exec(elsewhere, patient))).failure).toBe("not_found");
  });

  test("megabytes come through both ways", async () => {
    const stdin = "0123456789abcdef".repeat(200_000);
    expect((await transport.exec({ argv: ["cat"], stdin }, patient)).stdout).toBe(stdin);
  });

  test("a program that does not read its input is no failure", async () => {
    expect((await transport.exec({ ...sh("exit 0"), stdin: "x".repeat(1_000_000) }, patient)).exitCode).toBe(0);
  });

  test("more output than allowed ends it", async () => {
    expect((await failureOf(transport.exec(sh("yes"), { ...patient, maxBytes: 10_000 }))).failure).toBe("too_much_output");
  });

  test("an abort ends the waiting; one that came before starts nothing", async () => {
    const abort = new AbortController();
    const began = join(node.folder, "began");
    const failed = failureOf(transport.exec(sh(': >"$1"; exec sleep 20', began), { ...patient, signal: abort.signal }));
    while (!existsSync(began)) await sleep(20);
    abort.abort();
    expect((await failed).failure).toBe("aborted");
    expect((await failureOf(transport.exec({ argv: ["true"] }, { ...patient, signal: abort.signal }))).failure).toBe("aborted");
  });

  test("many at a time, more than sshd allows on one connection", async () => {
    const all = await Promise.all(Array.from({ length: 30 }, (_, index) => transport.exec(sh(`echo ${index}`), patient)));
    expect(all.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 30 }, (_, index) => `${index}\n`));
  });

  test("what is in a variable or on stdin stands in nobody's argv", async () => {
    const script = "cat /proc/[0-9]*/cmdline 2>/dev/null";
    const command = { argv: ["/bin/sh", "-c", script], stdin: "word-on-stdin\n", env: { ODD: "word-in-env" } } as const;
    const { stdout } = await transport.exec(command, patient);
    expect(stdout).toContain("cat /proc/");
    expect(stdout).not.toMatch(/word-on-stdin|word-in-env/);
  });
});

test("the deadline ends the program over there, too", async () => {
  const node = await startLoginNode();
  const hub = makeHub(node);
  try {
    const told = join(node.folder, "pid");
    const command = sh('echo $$ >"$1"; exec sleep 600', told);
    // Long enough for it to tell its number on a machine that is busy.
    expect(await failureOf(hub.open().exec(command, { timeoutMs: 10_000 }))).toMatchObject({ failure: "timeout", argv: command.argv });
    const pid = Number(readFileSync(told, "utf8"));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 25_000 });
  } finally {
    await hub.end();
    await node.remove();
  }
});

test("a login node that allows one command at a time gets one at a time", async () => {
  const node = await startLoginNode({ lines: ["MaxSessions 1"] });
  const hub = makeHub(node);
  try {
    const { exec } = hub.open();
    const all = await Promise.all(Array.from({ length: 8 }, (_, index) => exec(sh(`echo ${index}`), patient)));
    expect(all.map(({ stdout }) => Number(stdout))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  } finally {
    await hub.end();
    await node.remove();
  }
});

test("who cannot get in hears why", async () => {
  const node = await startLoginNode();
  const hub = makeHub(node);
  const tryWith = async (ssh: Partial<SshSettings>) => {
    const transport = hub.open({ ssh: { ...node.ssh, ...ssh } });
    const error = await failureOf(transport.exec({ argv: ["true"] }, patient));
    await transport.close();
    expect(error).toMatchObject({ failure: "away", argv: ["true"] });
    return error.stderrTail;
  };
  try {
    writeFileSync(join(node.folder, "nobody"), "");
    const unknown = await tryWith({ knownHostsFile: join(node.folder, "nobody") });
    expect(unknown).toMatch(/^127\.0\.0\.1: .*No ED25519 host key is known.*Host key verification failed/);
    expect(await tryWith({ identityFile: join(node.folder, "host") })).toContain("Permission denied");
    expect(await tryWith({ port: 1 })).toContain("Connection refused");
  } finally {
    expect(await hub.end()).toEqual([]);
    await node.remove();
  }
});
