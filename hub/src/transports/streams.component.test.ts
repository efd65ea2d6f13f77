/** An sshd for one connection, by the real launcher as ourselves, here and behind a real login node; OpenSSH's client comes. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { signUserCertificate } from "../pki/ssh-certificate.ts";
import { makeSshKey } from "../pki/ssh-ed25519.ts";
import { createLocalTransport } from "./local/index.ts";
import { openStreamSockets, type StreamSockets } from "./streams.ts";
import { type LoginNode, startLoginNode } from "./testing/login-node.ts";
import { type Hub, makeHub } from "./testing/opened-openssh.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "./testing/recording-programs.ts";
import { ExecError, type Stream, type StreamVerb, type Transport } from "./types.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });
const POLL = { timeout: 60_000 };

const launcher = fileURLToPath(new URL("../../share/launcher", import.meta.url));
const me = userInfo().username;
const [host, door] = [makeSshKey("fairway"), makeSshKey("fairway")];
const keys = { hostKey: host.privateKey, authorizedKey: door.publicKey };
const LOGIN_SHELL: StreamVerb = { verb: "login-shell", keys };
const JOB_SHELL: StreamVerb = { verb: "job-shell", keys, jobId: "4711", jobName: "fw-zz" };

let folder: string;
let programs: RecordingPrograms;
let sockets: StreamSockets;
let errors: unknown[];
let local: Transport;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fw-streams-"));
  programs = makeRecordingPrograms();
  programs.add("squeue", 'case "$*" in *"-j 4711 -n fw-zz "*) echo 4711 ;; esac');
  // What srun does, without a cluster: the options are behind it by then.
  programs.add("srun", 'while case $1 in --*) ;; *) false ;; esac; do shift; done; exec "$@"');
  writeFileSync(join(folder, "launcher.conf"), `PATH=${programs.directory}\n`);
  writeFileSync(join(folder, "door"), door.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, "known_hosts"), `stream ${host.publicKey}\n`);
  errors = [];
  sockets = openStreamSockets({ runtimeDir: folder, onError: (error) => errors.push(error) });
  local = createLocalTransport({ launcher, sudo: false, serviceAccount: me, env });
});
afterEach(async () => {
  await sockets.close();
  await expect.poll(leftovers, POLL).toEqual([]);
  programs.remove();
  rmSync(folder, { recursive: true, force: true });
});

const env = {
  get FAIRWAY_LAUNCHER_CONF() {
    return join(folder, "launcher.conf");
  },
};
/** Of any connection: its private folder, and the socket that led to it. */
const leftovers = () => [
  ...readdirSync("/tmp").filter((name) => name.startsWith("fairway-shell-")),
  ...readdirSync(join(folder, "streams")),
];
const open = (transport: Transport, verb: StreamVerb) => transport.openStream(me, verb, AbortSignal.timeout(30_000));

interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As the door comes in: the preamble first, then SSH. `options`: of OpenSSH's client. */
async function ssh(stream: Stream, command: readonly string[], options: readonly string[] = []): Promise<Answer> {
  return collect(await startSsh(stream, command, options));
}

async function startSsh(stream: Stream, command: readonly string[], options: readonly string[] = []): Promise<ChildProcess> {
  const path = await sockets.offer(stream);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const relay = createServer((client) => {
    const upstream = connect(path);
    for (const [end, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      end.on("error", () => {}).on("close", () => other.destroy());
    upstream.write(stream.preamble);
    client.pipe(upstream).pipe(client);
    relay.close();
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  const address = relay.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const known = ["HostKeyAlias=stream", `UserKnownHostsFile=${join(folder, "known_hosts")}`, "StrictHostKeyChecking=yes", "BatchMode=yes"];
  const args = ["-F", "none", "-i", join(folder, "door"), ...known.flatMap((text) => ["-o", text]), "-o", "IdentitiesOnly=yes"];
  return spawn("ssh", [...args, "-p", String(port), ...options, `${me}@127.0.0.1`, ...command], { stdio: "pipe" });
}

async function collect(child: ChildProcess, input = ""): Promise<Answer> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

describe("a shell on this machine", () => {
  test("has its exit code, both outputs and a terminal; nothing of its keys is to be seen meanwhile or left behind", async () => {
    const stream = await open(local, LOGIN_SHELL);
    const go = join(folder, "go");
    const answer = ssh(stream, [`echo out; echo err >&2; until [ -e ${go} ]; do sleep 0.1; done; exit 3`]);
    await expect.poll(() => readdirSync("/tmp").filter((name) => name.startsWith("fairway-shell-")).length, POLL).toBe(1);
    const seen = execFileSync("ps", ["-eww", "-o", "args"], { encoding: "utf8" });
    for (const secret of secretsOf(host.privateKey, door.privateKey)) expect(seen).not.toContain(secret);
    writeFileSync(go, "");
    expect(await answer).toMatchObject({ code: 3, stdout: "out\n", stderr: "err\n" });
    const shell = await ssh(await open(local, LOGIN_SHELL), ["stty size >/dev/null && echo terminal"], ["-tt"]);
    expect(shell.stdout).toContain("terminal");
    expect(errors).toEqual([]);
  });

  test("is for the door's key alone, and leads nowhere else", async () => {
    const other = makeSshKey("other");
    const stream = await open(local, { ...LOGIN_SHELL, keys: { ...keys, authorizedKey: other.publicKey } });
    expect(await ssh(stream, ["id"])).toMatchObject({ code: 255, stderr: expect.stringMatching(/Permission denied/) });
    const forward = await ssh(await open(local, LOGIN_SHELL), [], ["-W", "127.0.0.1:22"]);
    expect(forward).toMatchObject({ code: 255, stderr: expect.stringMatching(/administratively prohibited/) });
  });

  test("is offered once, and is taken back when nobody comes", async () => {
    const stream = await open(local, LOGIN_SHELL);
    const release = vi.fn(async () => {});
    const hasty = openStreamSockets({ runtimeDir: folder, onError: (error) => errors.push(error), patienceMs: 50 });
    const path = await hasty.offer({ ...stream, release });
    await expect.poll(() => release.mock.calls.length, POLL).toBe(1);
    expect(existsSync(path)).toBe(false);
    await hasty.close();
    expect(release).toHaveBeenCalledOnce();
    const once = await sockets.offer(stream);
    const first = connect(once);
    await expect.poll(() => existsSync(once), POLL).toBe(false);
    first.destroy();
  });

  test("goes on while what offered it ends", async () => {
    const child = await startSsh(await open(local, LOGIN_SHELL), ["echo ready; cat"]);
    await once(child.stdout!, "data");
    await sockets.close();
    expect((await collect(child, "still here")).stdout).toBe("still here");
  });

  test.each([
    [{ ...JOB_SHELL, jobName: "fw-another" }, /job 4711 does not run/],
    [{ ...JOB_SHELL, jobName: "mine" }, /not a session's/],
    [{ ...JOB_SHELL, jobId: "$(id)" }, /no job id/],
  ])("that the launcher refuses is told to the log, with its words: %#", async (verb, words) => {
    await ssh(await open(local, verb), ["id"]);
    await expect.poll(() => errors, POLL).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(ExecError);
    expect((errors[0] as ExecError).stderrTail).toMatch(words);
  });
});

describe("inside a job", () => {
  test("commands, input, exit codes and terminals go by srun, files are copied from here", async () => {
    const answer = await collect(await startSsh(await open(local, JOB_SHELL), ["cat; echo err >&2; exit 4"]), "input");
    expect(answer).toEqual({ code: 4, stdout: "input", stderr: "err\n" });
    const shell = await ssh(await open(local, JOB_SHELL), [], ["-tt", "-e", "none", "-o", "RemoteCommand=echo on $0"]);
    expect(shell.code).toBe(0);
    const options = ["--jobid=4711", "--overlap", "--nodes=1", "--ntasks=1", "--cpu-bind=none", "--unbuffered"];
    const { shell: login } = userInfo();
    expect(programs.calls("srun").map(({ argv }) => argv)).toEqual([
      [...options, login, "-c", "cat; echo err >&2; exit 4"],
      [...options, "--pty", login, "-c", "echo on $0"],
    ]);
    const sftp = await collect(await startSsh(await open(local, JOB_SHELL), ["sftp"], ["-s"]), "");
    expect(sftp.stderr).toBe("");
    expect(programs.calls("srun")).toHaveLength(2);
  });

  test("what goes on without its connection is ended, and nothing else", async () => {
    programs.add("srun", "exec sleep 1000");
    const child = await startSsh(await open(local, JOB_SHELL), ["anything"]);
    await expect.poll(() => programs.calls("srun"), POLL).toHaveLength(1);
    const isRunning = () => execFileSync("sh", ["-c", `pgrep -fx 'sleep 1000' | wc -l`], { encoding: "utf8" }).trim();
    const before = Number(isRunning());
    child.kill("SIGKILL");
    await expect.poll(() => Number(isRunning()), POLL).toBe(before - 1);
  });

  test("nothing but that: no forward leads out of the machine where srun runs", async () => {
    const forward = await ssh(await open(local, JOB_SHELL), [], ["-W", "127.0.0.1:22"]);
    expect(forward.stderr).toMatch(/administratively prohibited/);
  });
});

describe("behind a login node", () => {
  const authority = makeSshKey("test-ca");
  let node: LoginNode;
  let hub: Hub;

  beforeEach(async () => {
    node = await startLoginNode({ trusts: authority.publicKey });
    hub = makeHub(node);
  });
  afterEach(async () => {
    const left = await hub.end();
    await node.remove();
    expect(left).toEqual([]);
  });

  const signUser = () => {
    const { privateKey, publicKey } = makeSshKey("fairway");
    const times = { notBefore: Date.now() - 600_000, notAfter: Date.now() + 300_000 };
    return {
      privateKey,
      certificate: signUserCertificate({ publicKey, keyId: "test", principal: me, ...times, extensions: [] }, authority),
    };
  };

  test.each(["service", "certificate"] as const)("the same, as %s, on a connection of its own", async (kind) => {
    const actAs = kind === "service" ? { kind, account: me } : { kind, signUser };
    const transport = hub.open({ launcher, actAs });
    const stream = await open(transport, LOGIN_SHELL);
    const child = await startSsh(stream, ["echo $SSH_CONNECTION; cat; exit 5"]);
    await once(child.stdout!, "data");
    // All that the hub asks meanwhile still has room.
    expect((await transport.exec({ argv: ["true"] }, { timeoutMs: 30_000 })).exitCode).toBe(0);
    expect(await collect(child, "there and back")).toMatchObject({ code: 5, stdout: "there and back" });
    const seen = `${stream.argv.join(" ")} ${JSON.stringify(stream.env)} ${node.log()}`;
    for (const secret of secretsOf(host.privateKey, door.privateKey)) expect(seen).not.toContain(secret);
  });

  test("one that is away is told as such", async () => {
    await node.stop();
    const transport = hub.open({ launcher });
    await expect(open(transport, LOGIN_SHELL)).rejects.toMatchObject({ failure: "away" });
  });
});

/** Any line of a key file would open something. */
function secretsOf(...files: readonly string[]): string[] {
  return files.flatMap((file) => [
    ...file.split("\n").filter((line) => line.length > 40),
    Buffer.from(file).toString("base64").slice(100, 200),
  ]);
}
