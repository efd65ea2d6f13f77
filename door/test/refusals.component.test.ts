/** What the door does not do, and what ends at once. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../src/testing/sshd.ts";
import { credential, openRoute, SESSION, Site, TOKEN } from "./site.ts";

let site: Site;
afterEach(() => site.close());

/** A command that goes on until it is cut; resolves once it runs. */
async function startLong(args: readonly string[] = ["-tt", "echo here; exec sleep 1000"], identity: string | null = "alice", env = {}) {
  const child = site.start("ssh", [...site.sshOptions(identity), "-p", String(site.port), "alice@127.0.0.1", ...args], env);
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said.text += chunk.toString()));
  const ended = once(child, "close");
  await expect.poll(() => said.text).toContain("here");
  return { said, ended };
}

test("bob comes into none of alice's by any kind of channel, and each try is written down", async () => {
  site = await Site.open();
  const before = site.hub.signIn;
  site.hub.signIn = (request) => (request.user === "bob" ? { ...credential("ssh-key"), user: "bob" } : before(request));
  const port = await freePort();
  const bob = { user: "bob+alices", identity: "stranger" } as const;
  const tries: [string, string[]][] = [
    ["door.shell", ["-tt"]],
    ["door.exec", ["echo in"]],
    ["door.sftp", ["-s", "sftp"]],
    ["door.forward", ["-W", "127.0.0.1:1"]],
    ["door.listen", ["-N", "-o", "ExitOnForwardFailure=yes", "-R", `${port}:127.0.0.1:1`]],
    ["door.listen", ["-N", "-o", "ExitOnForwardFailure=yes", "-R", `${site.dir}/planted.sock:127.0.0.1:1`]],
  ];
  for (const [action, args] of tries) {
    const known = site.auditOf(action).length;
    const ran = await site.ssh(args, bob);
    expect(ran.code).not.toBe(0);
    expect(ran.stdout).not.toContain("in\n");
    await expect.poll(() => site.auditOf(action).slice(known)).toContainEqual(expect.objectContaining({ user: "bob", outcome: "refused" }));
  }
  const way = join(site.dir, "way.sock");
  const known = site.auditOf("door.forward").length;
  site.start("ssh", [
    ...site.sshOptions("stranger"),
    "-N",
    "-L",
    `${way}:/run/anything.sock`,
    "-p",
    String(site.port),
    "bob+alices@127.0.0.1",
  ]);
  await expect.poll(() => existsSync(way)).toBe(true);
  const through = connect(way);
  through.on("error", () => {});
  expect(await text(through).catch(() => "")).toBe("");
  await expect
    .poll(() => site.auditOf("door.forward").slice(known))
    .toContainEqual(expect.objectContaining({ user: "bob", outcome: "refused" }));
  // And with his own proof under her name.
  expect((await site.ssh(["echo in"], { user: "alice", identity: "stranger" })).code).toBe(255);
  expect(existsSync(join(site.dir, "planted.sock"))).toBe(false);
});

test("her own: nothing is listened on for anybody, no X11, no unknown subsystem", async () => {
  site = await Site.open();
  const port = await freePort();
  const listen = await site.ssh(["-N", "-o", "ExitOnForwardFailure=yes", "-R", `${port}:127.0.0.1:1`]);
  expect(listen.stderr).toContain("remote port forwarding failed");
  expect((await site.ssh(["-s", "netconf"])).code).not.toBe(0);
  await expect
    .poll(() => site.auditOf("door.subsystem"))
    .toContainEqual(expect.objectContaining({ outcome: "refused", detail: "netconf" }));
});

test("while it waits: the queue's line in place, then the shell; lines of stderr without a terminal; a refusal in words", async () => {
  site = await Site.open();
  const open = site.hub.enter;
  let asked = 0;
  site.hub.enter = (request) => {
    asked += 1;
    const line = asked < 3 ? "Waiting: Place 4 of 12." : "Starting: JupyterLab is starting on n1.";
    return asked < 6 ? { kind: "waiting", sessionId: SESSION, sessionName: "", line } : open(request);
  };
  const terminal = await site.ssh(["-tt", "echo $((6*7))"]);
  expect(terminal.stdout).toContain("\r\x1b[KWaiting: Place 4 of 12.\r\x1b[KStarting: JupyterLab is starting on n1.\r\x1b[K");
  expect(terminal.stdout).toContain("42");
  // Asked for by its id once it is known: whatever else comes up or ends, it is this one.
  expect(site.hub.entered.at(-1)).toMatchObject({ id: SESSION });
  asked = 0;
  const plain = await site.ssh(["cat"], { input: "through" });
  expect(plain).toMatchObject({ code: 0, stdout: "through" });
  expect(plain.stderr).toBe("fairway: Waiting: Place 4 of 12.\nfairway: Starting: JupyterLab is starting on n1.\n");
  site.hub.enter = () => ({ kind: "refused", line: "You have no session open.\x1b[2J", next: "Launch one." });
  const refused = await site.ssh(["echo in"]);
  expect(refused).toMatchObject({ code: 255, stdout: "" });
  expect(refused.stderr).toContain("fairway: You have no session open.?[2J Launch one.");
});

test("Ctrl-C while it waits leaves, and says what becomes of the session", async () => {
  site = await Site.open();
  site.hub.enter = () => ({ kind: "waiting", sessionId: SESSION, sessionName: "", line: "here" });
  const child = site.start("ssh", [...site.sshOptions(), "-tt", "-p", String(site.port), "alice@127.0.0.1"]);
  const said = text(child.stdout);
  await expect.poll(() => site.hub.entered.length).toBeGreaterThan(0);
  child.stdin.write("\x03");
  expect((await once(child, "close"))[0]).toBe(130);
  expect(await said).toContain("The session stays as it is");
});

test("a command that is given up while it waits is not run later, also where the connection stays", async () => {
  site = await Site.open();
  const open = site.hub.enter;
  site.hub.enter = () => ({ kind: "waiting", sessionId: SESSION, sessionName: "", line: "Waiting: Place 4 of 12." });
  const control = join(site.dir, "control");
  site.start("ssh", [...site.sshOptions(), "-N", "-M", "-S", control, "-p", String(site.port), "alice@127.0.0.1"]);
  await expect.poll(() => existsSync(control)).toBe(true);
  const startWaiting = async (command: string) => {
    const child = site.start("ssh", ["-F", "/dev/null", "-S", control, "-p", String(site.port), "alice@127.0.0.1", command]);
    const said = { errors: "", output: text(child.stdout) };
    child.stderr.on("data", (chunk: Buffer) => (said.errors += chunk.toString()));
    await expect.poll(() => said.errors).toContain("Place 4");
    return { child, said };
  };
  const first = await startWaiting(`touch ${join(site.dir, "given-up")}`);
  first.child.kill("SIGKILL");
  await once(first.child, "close");
  // The door hears of it after the other's end.
  const second = await startWaiting("echo second");
  site.hub.enter = open;
  expect(await second.said.output).toBe("second\n");
  expect(await site.ssh(["echo third"])).toMatchObject({ code: 0, stdout: "third\n" });
  expect(existsSync(join(site.dir, "given-up"))).toBe(false);
  await expect.poll(() => site.auditOf("door.exec")).toHaveLength(2);
});

test.each(["token", "ssh-key", "certificate"] as const)("a %s that is revoked, or has expired, ends what it opened", async (kind) => {
  site = await Site.open();
  if (kind === "certificate") {
    const args = ["-q", "-s", join(site.dir, "ca"), "-I", "cert-1", "-n", "alice", "-V", "-1m:+10m", join(site.dir, "stranger.pub")];
    execFileSync("ssh-keygen", args);
  }
  const identity = { token: null, "ssh-key": "alice", certificate: "stranger" }[kind];
  const env = kind === "token" ? site.passwordEnv(TOKEN) : {};
  const revoked = await startLong(undefined, identity, env);
  const other = kind === "token" ? "ssh-key" : "token";
  site.hub.tell({ kind: "revoked", revocation: { kind: other, id: `${kind}-1`, at: Date.now() } });
  site.hub.tell({ kind: "revoked", revocation: { kind, id: `${kind}-1`, at: Date.now() } });
  await revoked.ended;
  expect(revoked.said.text).toContain("Your sign-in was revoked.");
  // One that asks at this very moment, whom the hub has answered before it heard.
  expect((await site.ssh(["echo in"], { identity, env })).stdout).toBe("");
});

test("an expiry ends a connection by itself", async () => {
  site = await Site.open();
  site.hub.signIn = () => credential("token", Date.now() + 10_000);
  const { said, ended } = await startLong(undefined, null, site.passwordEnv(TOKEN));
  await ended;
  expect(said.text).toContain("Your sign-in has expired.");
});

test("a person who is shut out is out; one who was shut out before is not", async () => {
  site = await Site.open();
  const { said, ended } = await startLong();
  site.hub.tell({ kind: "revoked", revocation: { kind: "user", user: "alice", at: Date.now() - 60_000 } });
  site.hub.tell({ kind: "revoked", revocation: { kind: "user", user: "bob", at: Date.now() } });
  site.hub.tell({ kind: "revoked", revocation: { kind: "user", user: "alice", at: Date.now() } });
  await ended;
  expect(said.text).toContain("revoked");
  expect(await site.ssh(["echo in"])).toMatchObject({ code: 0 });
});

test("a session that ends closes what is in it, and says so", async () => {
  site = await Site.open();
  const { said, ended } = await startLong();
  site.hub.tell({ kind: "route", route: { ...openRoute(), state: "ended" } });
  expect((await ended)[0]).toBe(255);
  expect(said.text).toContain("The session has ended.");
});

test("the hub away: what is open goes on, new channels too; who comes is told to try again; a session that ended meanwhile ends", async () => {
  site = await Site.open();
  const control = join(site.dir, "control");
  const mux = ["-S", control, "-p", String(site.port), "alice@127.0.0.1"];
  const { ended } = await startLong(["-o", "ControlMaster=yes", "-o", `ControlPath=${control}`, "-tt", "echo here; exec sleep 1000"]);
  await site.hub.stop();
  expect(await site.run("ssh", ["-F", "/dev/null", ...mux, "echo still"])).toMatchObject({ code: 0, stdout: "still\n" });
  const fresh = await site.ssh(["echo in"]);
  expect(fresh.code).toBe(255);
  expect(fresh.stderr).toContain("Fairway is restarting. Try again in a moment.");
  site.hub.state = { ...site.hub.state, routes: [{ ...openRoute(), state: "ended" }] };
  await site.hub.start();
  await ended;
});

test("too many failed sign-ins: told how long to wait; tries are bounded on one connection", async () => {
  site = await Site.open({ limits: { tries: 2 } });
  site.hub.signIn = () => "too_many";
  expect((await site.ssh(["true"])).stderr).toContain("Try again in 7 s.");
  site.hub.signIn = () => null;
  for (const name of ["one", "two", "three"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(site.dir, name)]);
  const keys = ["one", "two", "three"].flatMap((name) => ["-i", join(site.dir, name)]);
  await site.ssh(["true"], { identity: "one" });
  const ran = await site.run("ssh", [...site.sshOptions("one"), ...keys, "-p", String(site.port), "alice@127.0.0.1", "true"]);
  expect(ran.code).toBe(255);
  await expect.poll(() => site.auditOf("door.sign-in").at(-1)).toMatchObject({ detail: "2 wrong proofs", outcome: "refused" });
});

test("so many connections of one person, and of strangers from one address", async () => {
  site = await Site.open({ connectionsPerUser: 1, limits: { strangersPerAddress: 2, signInMs: 60_000 } });
  const { ended } = await startLong();
  expect((await site.ssh(["true"])).stderr).toContain("You have 1 SSH connections open already.");
  site.hub.tell({ kind: "revoked", revocation: { kind: "user", user: "alice", at: Date.now() } });
  await ended;
  const silent = [1, 2].map(() => connect(site.port, "127.0.0.1"));
  await Promise.all(silent.map((socket) => once(socket, "data")));
  const third = connect(site.port, "127.0.0.1");
  third.on("error", () => {});
  expect(await text(third).catch(() => "")).toBe("");
  for (const socket of silent) socket.destroy();
});

test("strangers who take all places keep nobody out, and it is logged, but not each time", async () => {
  site = await Site.open({ limits: { strangers: 3 } });
  const silent = Array.from({ length: 6 }, () => connect({ port: site.port, host: "127.0.0.1", localAddress: "127.0.0.2" }));
  for (const socket of silent) socket.on("error", () => {}).resume();
  await expect.poll(() => silent.filter(({ readyState }) => readyState === "open")).toHaveLength(3);
  expect(await site.ssh(["echo in"])).toMatchObject({ code: 0, stdout: "in\n" });
  await expect.poll(() => silent.filter(({ readyState }) => readyState === "open")).toHaveLength(2);
  const told = site.log.filter((line) => line.includes("too many connections wait to sign in"));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("127.0.0.2");
  for (const socket of silent) socket.destroy();
});

test("who does not begin the key exchange goes early; who compares our key first has time for it", async () => {
  site = await Site.open({ limits: { helloMs: 2000, signInMs: 600_000 } });
  const silent = ["", "SSH-2.0-x\r\n"].map((hello) => {
    const socket = connect(site.port, "127.0.0.1").on("error", () => {});
    socket.resume().write(hello);
    return once(socket, "close");
  });
  await Promise.all(silent);
  const env = site.passwordEnv("yes");
  writeFileSync(join(site.dir, "askpass"), "#!/bin/sh\nsleep 4\necho yes\n");
  const ask = ["-o", "StrictHostKeyChecking=ask", "-o", `UserKnownHostsFile=${join(site.dir, "nobody-known")}`];
  const args = [...ask, ...site.sshOptions(), "-p", String(site.port), "alice@127.0.0.1", "echo in"];
  expect(await site.run("ssh", args, { env })).toMatchObject({ code: 0, stdout: "in\n" });
});

test("who says nothing is sent away after a while; nonsense does no harm", async () => {
  // Time enough for whoever signs in last.
  site = await Site.open({ limits: { signInMs: 3000 } });
  const strangers = ["", "GET / HTTP/1.1\r\n\r\n", `SSH-2.0-${"x".repeat(9000)}\r\n`, "SSH-2.0-x\r\n\0\0\xff\xff\xff\xff nonsense"];
  const closed = strangers.map(async (said) => {
    const socket = connect(site.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    if (said !== "") socket.write(Buffer.from(said, "latin1"));
    await once(socket, "close");
  });
  await Promise.all(closed);
  expect(await site.ssh(["echo in"])).toMatchObject({ code: 0 });
});

test("the session's sshd does not answer: said so, after some tries", async () => {
  site = await Site.open({ limits: { linkTries: 2 } });
  const target = { ...site.sshd.target, upstream: { kind: "unix" as const, path: "/nonexistent.sock", pin: null } };
  site.hub.enter = () => ({ kind: "open", sessionId: SESSION, sessionName: "", target });
  const ran = await site.ssh(["echo in"]);
  expect(ran).toMatchObject({ code: 255, stdout: "" });
  expect(ran.stderr).toContain("The session does not answer.");
});

test("an agent is passed on where the site allows it, and nowhere else", async () => {
  for (const agentForwarding of [true, false]) {
    site = await Site.open({ agentForwarding });
    const socket = join(site.dir, "agent.sock");
    const agent = site.start("ssh-agent", ["-D", "-a", socket]);
    await expect.poll(() => existsSync(socket)).toBe(true);
    execFileSync("ssh-add", ["-q", join(site.dir, "alice")], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    const forward = ["-o", `IdentityAgent=${socket}`, "-o", `ForwardAgent=${socket}`];
    const options = site.sshOptions().filter((option) => option !== "IdentityAgent=none");
    const withoutEmpty = options.filter((option, index) => !(option === "-o" && options[index + 1] === "-o"));
    const ran = await site.run("ssh", [...forward, ...withoutEmpty, "-p", String(site.port), "alice@127.0.0.1", "ssh-add -l"]);
    agent.kill();
    if (agentForwarding) expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("ED25519") });
    else expect(ran.code).not.toBe(0);
    if (agentForwarding) await site.close();
  }
});

test("nothing is left when it ends", async () => {
  site = await Site.open();
  const { ended } = await startLong();
  await site.door.close();
  await ended;
  expect(readdirSync(site.dir).filter((name) => name.endsWith(".sock"))).toEqual(["feed.sock"]);
  await site.startDoor();
});
