/** An sshd for one connection, by the real script as ourselves, here and behind a real login node; OpenSSH's client comes. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { signUserCertificate } from "../pki/ssh-certificate.ts";
import { makeSshKey } from "../pki/ssh-ed25519.ts";
import { CLOSED_ENV } from "./local/exec.ts";
import { buildStreamCommand } from "./local/launcher-command.ts";
import { openStreamSockets, type StreamLimits, type StreamSockets, TooManyStreams } from "./streams.ts";
import { type LoginNode, startLoginNode } from "./testing/login-node.ts";
import { type Hub, makeHub } from "./testing/opened-openssh.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "./testing/recording-programs.ts";
import type { Stream, StreamVerb } from "./types.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });
const POLL = { timeout: 60_000 };

const script = fileURLToPath(new URL("../../share/shells", import.meta.url));
const { username: me, homedir, shell: loginShell } = userInfo();
const [host, door] = [makeSshKey("fairway"), makeSshKey("fairway")];
const keys = { hostKey: host.privateKey, authorizedKey: door.publicKey };
const LOGIN: StreamVerb = { verb: "login", keys };
const JOB: StreamVerb = { verb: "job", keys, jobId: "4711", jobName: "fw-zz" };

let folder: string;
let programs: RecordingPrograms;
let sockets: StreamSockets;
let errors: unknown[];
let before: readonly string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fw-streams-"));
  programs = makeRecordingPrograms();
  programs.add("squeue", 'case "$*" in *"-j 4711 -n fw-zz "*) echo 4711 ;; esac');
  // What srun does, without a cluster: the options are behind it by then.
  programs.add("srun", 'while case $1 in --*) ;; *) false ;; esac; do shift; done; exec "$@"');
  configure("LOGIN=yes\nJOBS=yes");
  writeFileSync(join(folder, "door"), door.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, "known_hosts"), `stream ${host.publicKey}\n`);
  errors = [];
  sockets = openSockets();
  before = shellFolders();
});
afterEach(async () => {
  await sockets.close();
  await expect.poll(leftovers, POLL).toEqual([]);
  programs.remove();
  rmSync(folder, { recursive: true, force: true });
});

const openSockets = (limits: Partial<StreamLimits> = {}) =>
  openStreamSockets({ runtimeDir: folder, onError: (error) => errors.push(error), limits });
const configure = (lines: string) => writeFileSync(join(folder, "shells.conf"), `PATH=${programs.directory}\n${lines}\n`);
const shellFolders = () => {
  const all = join(homedir, ".fairway/shells");
  return existsSync(all) ? readdirSync(all) : [];
};
/** Of any connection: its private folder, and the socket that led to it. */
const leftovers = () => [...shellFolders().filter((name) => !before.includes(name)), ...readdirSync(join(folder, "streams"))];

/** As ourselves, on this machine. */
function here(verb: StreamVerb, release = async () => {}): Stream {
  const { argv, stdin } = buildStreamCommand({ script, sudo: false }, me, verb);
  return { argv, env: { ...CLOSED_ENV, FAIRWAY_SHELLS_CONF: join(folder, "shells.conf") }, preamble: stdin, release };
}

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
  const { path } = await sockets.offer(me, async () => stream);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  return connectSsh(path, stream, command, options);
}

async function connectSsh(
  path: string,
  stream: Pick<Stream, "preamble">,
  command: readonly string[],
  options: readonly string[] = [],
): Promise<ChildProcess> {
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
    // While the keys are put into their files.
    programs.add("base64", 'sleep 1; exec /usr/bin/base64 "$@"');
    const answer = ssh(here(LOGIN), ["echo out; echo err >&2; exit 3"]);
    await expect.poll(() => programs.calls("base64").length, POLL).toBeGreaterThan(0);
    const seen = `${execFileSync("ps", ["-eww", "-o", "args"], { encoding: "utf8" })}${JSON.stringify(programs.calls("base64"))}`;
    for (const secret of secretsOf(host.privateKey, door.privateKey)) expect(seen).not.toContain(secret);
    expect(await answer).toMatchObject({ code: 3, stdout: "out\n", stderr: "err\n" });
    const shell = await ssh(here(LOGIN), ["stty size >/dev/null && echo terminal"], ["-tt"]);
    expect(shell.stdout).toContain("terminal");
    expect(errors).toEqual([]);
  });

  test("is for the door's key alone, and leads nowhere else", async () => {
    const stream = here({ ...LOGIN, keys: { ...keys, authorizedKey: makeSshKey("other").publicKey } });
    expect(await ssh(stream, ["id"])).toMatchObject({ code: 255, stderr: expect.stringMatching(/Permission denied/) });
    const forward = await ssh(here(LOGIN), [], ["-W", "127.0.0.1:22"]);
    expect(forward).toMatchObject({ code: 255, stderr: expect.stringMatching(/administratively prohibited/) });
  });

  test("is what root's settings say, whatever is asked for", async () => {
    for (const [settings, verb, words] of [
      ["JOBS=yes", LOGIN, /no shells on .*: LOGIN in/],
      ["LOGIN=yes", JOB, /no shells in jobs: JOBS in/],
      ["LOGIN=maybe", LOGIN, /bad line: LOGIN/],
    ] as const) {
      configure(settings);
      expect((await ssh(here(verb), ["id"])).code).toBe(255);
      await expect.poll(() => String(errors.pop()), POLL).toMatch(words);
    }
    rmSync(join(folder, "shells.conf"));
    await ssh(here(LOGIN), ["id"]);
    await expect.poll(() => String(errors.pop()), POLL).toMatch(/cannot read/);
  });

  test.each([
    [{ ...JOB, jobName: "fw-another" }, /job 4711 does not run/],
    [{ ...JOB, jobName: "mine" }, /not a session's/],
    [{ ...JOB, jobId: "$(id)" }, /no job id/],
  ])("that is refused is told to the log, with its words: %#", async (verb, words) => {
    await ssh(here(verb), ["id"]);
    await expect.poll(() => errors, POLL).toHaveLength(1);
    expect(String(errors[0])).toMatch(words);
  });
});

describe("an offer", () => {
  test("is for one connection, and is taken back when nobody comes", async () => {
    const release = vi.fn(async () => {});
    const hasty = openSockets({ patienceMs: 50 });
    const { path } = await hasty.offer(me, async () => here(LOGIN, release));
    await expect.poll(() => release.mock.calls.length, POLL).toBe(1);
    expect(existsSync(path)).toBe(false);
    await hasty.close();
    expect(release).toHaveBeenCalledOnce();

    const stream = here(LOGIN, release);
    const { path: taken } = await sockets.offer(me, async () => stream);
    const first = await connectSsh(taken, stream, ["cat"]);
    await expect.poll(() => existsSync(taken), POLL).toBe(false);
    const [refusal] = await once(connect(taken), "error");
    expect(refusal).toMatchObject({ code: "ENOENT" });
    expect((await collect(first, "mine")).stdout).toBe("mine");
    await expect.poll(() => release.mock.calls.length, POLL).toBe(2);
  });

  test("is one of so many, for one person and in all; what failed does not count", async () => {
    const few = openSockets({ perUser: 2, inAll: 3 });
    const offer = (user: string) => few.offer(user, async () => here(LOGIN));
    const fails = few.offer("alice", () => Promise.reject(new Error("away")));
    await expect(fails).rejects.toThrow("away");
    await offer("alice");
    const { path } = await offer("alice");
    await expect(offer("alice")).rejects.toThrow(TooManyStreams);
    await offer("bob");
    await expect(offer("carol")).rejects.toThrow(TooManyStreams);
    connect(path)
      .on("error", () => {})
      .end();
    await expect
      .poll(
        () =>
          offer("alice").then(
            () => "room",
            () => "none",
          ),
        POLL,
      )
      .toBe("room");
    await few.close();
  });

  test("that could not be listened for is taken back at once, and frees no place but its own", async () => {
    const few = openSockets({ inAll: 1, patienceMs: 100 });
    const release = vi.fn(async () => {});
    rmSync(join(folder, "streams"), { recursive: true });
    await expect(few.offer("bob", async () => here(LOGIN, release))).rejects.toThrow(/ENOENT|EACCES/);
    mkdirSync(join(folder, "streams"));
    const opening = Promise.withResolvers<Stream>();
    const alice = few.offer("alice", () => opening.promise);
    await expect.poll(() => release.mock.calls.length, POLL).toBe(1);
    await expect(few.offer("carol", async () => here(LOGIN))).rejects.toThrow(TooManyStreams);
    opening.resolve(here(LOGIN));
    await alice;
    await few.close();
    expect(release).toHaveBeenCalledOnce();
  });

  test("goes on when who made it is killed", async () => {
    const program = `const { openStreamSockets } = await import(process.argv[1]);
      const stream = { ...JSON.parse(process.argv[3]), release: async () => {} };
      const sockets = openStreamSockets({ runtimeDir: process.argv[2], onError: () => {} });
      console.log((await sockets.offer("me", async () => stream)).path);
      setInterval(() => {}, 1000);`;
    const stream = here(LOGIN);
    const streams = fileURLToPath(new URL("streams.ts", import.meta.url));
    const offering = spawn(process.execPath, ["--input-type=module", "-e", program, streams, folder, JSON.stringify(stream)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [path] = (await once(offering.stdout, "data")) as [Buffer];
    const child = await connectSsh(path.toString().trim(), stream, ["echo ready; cat"]);
    await once(child.stdout!, "data");
    const ended = once(offering, "exit");
    offering.kill("SIGKILL");
    await ended;
    expect((await collect(child, "still here")).stdout).toBe("still here");
  });

  test("whose login node says nothing is given up", async () => {
    const impatient = openSockets({ startMs: 300 });
    const release = vi.fn(async () => {});
    const { path } = await impatient.offer(me, async () => ({ ...here(LOGIN, release), argv: ["sleep", "1000"], preamble: "" }));
    const client = connect(path).resume();
    await once(client, "close");
    await expect.poll(() => release.mock.calls.length, POLL).toBe(1);
  });
});

describe("inside a job", () => {
  test("commands, input, exit codes and terminals go by srun, files are copied from here", async () => {
    const answer = await collect(await startSsh(here(JOB), ["cat; echo err >&2; exit 4"]), "input");
    expect(answer).toEqual({ code: 4, stdout: "input", stderr: "err\n" });
    const shell = await ssh(here(JOB), [], ["-tt", "-e", "none", "-o", "RemoteCommand=echo on $0"]);
    expect(shell.code).toBe(0);
    const options = ["--jobid=4711", "--overlap", "--nodes=1", "--ntasks=1", "--cpu-bind=none", "--unbuffered"];
    expect(programs.calls("srun").map(({ argv }) => argv)).toEqual([
      [...options, loginShell, "-c", "cat; echo err >&2; exit 4"],
      [...options, "--pty", loginShell, "-c", "echo on $0"],
    ]);
    const sftp = await collect(await startSsh(here(JOB), ["sftp"], ["-s"]), "");
    expect(sftp.stderr).toBe("");
    expect(programs.calls("srun")).toHaveLength(2);
  });

  test("what goes on without its connection is ended, and nothing else", async () => {
    const marker = `sleep 1000.${process.pid}`;
    programs.add("srun", `exec ${marker}`);
    const isRunning = () => execFileSync("sh", ["-c", `pgrep -fx '${marker}' || :`], { encoding: "utf8" }) !== "";
    const bystander = spawn("sleep", ["1000"]);
    const child = await startSsh(here(JOB), ["anything"]);
    await expect.poll(isRunning, POLL).toBe(true);
    child.kill("SIGKILL");
    await expect.poll(isRunning, POLL).toBe(false);
    expect(bystander.exitCode).toBeNull();
    bystander.kill();
  });

  test("nothing but that: no forward leads out of the machine where srun runs", async () => {
    const forward = await ssh(here(JOB), [], ["-W", "127.0.0.1:22"]);
    expect(forward.stderr).toMatch(/administratively prohibited/);
  });
});

describe("behind a login node", () => {
  const authority = makeSshKey("test-ca");
  let node: LoginNode;
  let hub: Hub;
  let shells: string;

  beforeEach(async () => {
    node = await startLoginNode({ trusts: authority.publicKey });
    hub = makeHub(node);
    shells = join(folder, "shells");
    writeFileSync(shells, `#!/bin/sh\nexport FAIRWAY_SHELLS_CONF='${join(folder, "shells.conf")}'\nexec ${script} "$@"\n`);
    chmodSync(shells, 0o755);
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
  const certified = () => hub.open({ shells, actAs: { kind: "certificate", signUser } });

  test("the same by certificate, on a connection of its own", async () => {
    const transport = certified();
    const stream = await transport.openStream?.(me, LOGIN, AbortSignal.timeout(30_000));
    if (stream === undefined) throw new Error("there are shells");
    const child = await startSsh(stream, ["echo $SSH_CONNECTION; cat; exit 5"]);
    await once(child.stdout!, "data");
    // All that the hub asks meanwhile still has room.
    expect((await transport.exec({ argv: ["true"] }, { timeoutMs: 30_000 })).exitCode).toBe(0);
    expect(await collect(child, "there and back")).toMatchObject({ code: 5, stdout: "there and back" });
    const seen = `${stream.argv.join(" ")} ${JSON.stringify(stream.env)} ${node.log()}`;
    for (const secret of secretsOf(host.privateKey, door.privateKey)) expect(seen).not.toContain(secret);
  });

  test("nobody gets the service account's shell, and none at all where none are set up", () => {
    expect(hub.open({ shells, actAs: { kind: "service", account: me } }).openStream).toBeNull();
    expect(hub.open({ actAs: { kind: "certificate", signUser } }).openStream).toBeNull();
  });

  test("one that is away is told as such", async () => {
    await node.stop();
    await expect(certified().openStream?.(me, LOGIN, AbortSignal.timeout(30_000))).rejects.toMatchObject({ failure: "away" });
  });
});

/** Any line of a key file would open something. */
function secretsOf(...files: readonly string[]): string[] {
  return files.flatMap((file) => [
    ...file.split("\n").filter((line) => line.length > 40),
    Buffer.from(file).toString("base64").slice(100, 200),
  ]);
}
