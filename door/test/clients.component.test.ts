/** Stock OpenSSH clients, and what people do with them. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/testing/sshd.ts";
import { credential, SESSION, Site, TOKEN } from "./site.ts";

let site: Site;

beforeAll(async () => {
  site = await Site.open({ limits: { activityMs: 50 }, banner: "For members of the test alone." });
});
afterAll(() => site.close());

test("a command: its output, its errors apart, its input, its exit code", async () => {
  const ran = await site.ssh(["cat; echo wrong >&2; exit 7"], { input: "hello" });
  expect(ran).toMatchObject({ code: 7, stdout: "hello" });
  expect(ran.stderr).toContain("wrong\n");
  expect(ran.stderr).toContain("For members of the test alone.");
  await expect.poll(() => site.auditOf("door.exec").at(-1)).toMatchObject({ outcome: "done", target: SESSION, user: "alice" });
});

test("what is in use is told to the hub", async () => {
  const before = Date.now();
  await site.ssh(["echo in use"]);
  await expect.poll(() => site.hub.activity[SESSION] ?? 0).toBeGreaterThanOrEqual(before);
  expect([...site.hub.vias]).toEqual(["door"]);
});

test("also a command that takes nothing and prints nothing", async () => {
  const before = Date.now();
  await site.ssh(["-n", "true"]);
  await expect.poll(() => site.hub.activity[SESSION] ?? 0).toBeGreaterThanOrEqual(before);
});

test("a command that a signal ended", async () => {
  const ran = await site.ssh(["kill -TERM $$"]);
  // What stock ssh makes of it, with a plain sshd as with ours.
  expect(ran.code).toBe(255);
});

test("a command whose end comes in one piece with its beginning, as over a long way", async () => {
  const { upstream } = site.sshd.target;
  if (upstream.kind !== "tcp") throw new Error("this sshd listens on a port");
  const way = createTcpServer((near) => {
    const far = connect(upstream.port, upstream.host);
    const held: Buffer[] = [];
    far.on("data", (chunk) => {
      if (held.push(chunk) === 1) setTimeout(() => near.write(Buffer.concat(held.splice(0))), 400);
    });
    near.pipe(far);
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(way, "listening");
  const { port } = way.address() as AddressInfo;
  const { enter } = site.hub;
  site.hub.enter = (request) => {
    const entry = enter(request);
    return entry.kind === "open" ? { ...entry, target: { ...entry.target, upstream: { ...upstream, port } } } : entry;
  };
  try {
    expect(await site.ssh(["echo out; exit 7"])).toMatchObject({ code: 7, stdout: "out\n" });
  } finally {
    site.hub.enter = enter;
    way.close();
  }
});

test("nobody's input: the command does not wait for it", async () => {
  expect(await site.ssh(["-n", "cat; echo over"])).toMatchObject({ code: 0, stdout: "over\n" });
});

test("an API token as the password", async () => {
  expect(await site.ssh(["echo in"], { identity: null, env: site.passwordEnv(TOKEN) })).toMatchObject({ code: 0, stdout: "in\n" });
  const wrong = await site.ssh(["echo in"], { identity: null, env: site.passwordEnv(`fwt_${"b".repeat(43)}`) });
  expect(wrong).toMatchObject({ code: 255, stdout: "" });
  expect(wrong.stderr).toContain("Permission denied");
  await expect.poll(() => site.auditOf("door.sign-in").at(-1)).toMatchObject({ outcome: "refused", user: "alice" });
});

test("a certificate, and what it does not permit", async () => {
  const sign = (...options: string[]) => {
    const args = [
      "-q",
      "-s",
      join(site.dir, "ca"),
      "-I",
      "cert-1",
      "-n",
      "alice",
      "-V",
      "-1m:+10m",
      ...options,
      join(site.dir, "stranger.pub"),
    ];
    execFileSync("ssh-keygen", args);
  };
  sign();
  expect(await site.ssh(["echo in"], { identity: "stranger" })).toMatchObject({ code: 0, stdout: "in\n" });
  sign("-O", "clear");
  expect(await site.ssh(["echo in"], { identity: "stranger" })).toMatchObject({ code: 0, stdout: "in\n" });
  expect((await site.ssh(["-tt", "echo in"], { identity: "stranger" })).stderr).toContain("PTY allocation request failed");
  expect((await site.ssh(["-W", "127.0.0.1:1"], { identity: "stranger" })).stderr).toContain("open failed");
  await expect.poll(() => site.auditOf("door.pty").at(-1)).toMatchObject({ outcome: "refused" });
  sign("-n", "bob");
  expect((await site.ssh(["echo in"], { identity: "stranger" })).code).toBe(255);
});

test.each([
  ["rsa", "-b", "2048"],
  ["ecdsa", "-b", "384"],
])("a key of type %s", async (...type) => {
  const name = `key-${type[0]}`;
  execFileSync("ssh-keygen", ["-q", "-t", ...type, "-N", "", "-f", join(site.dir, name)]);
  const before = site.hub.signIn;
  site.hub.signIn = ({ proof }) => (proof.kind === "ssh-key" ? credential("ssh-key") : null);
  expect(await site.ssh(["echo in"], { identity: name })).toMatchObject({ code: 0, stdout: "in\n" });
  site.hub.signIn = before;
});

test("keys are exchanged on elliptic curves alone, which every client has", async () => {
  for (const name of ["curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp521"])
    expect(await site.ssh(["-o", `KexAlgorithms=${name}`, "echo in"])).toMatchObject({ code: 0, stdout: "in\n" });
  const ran = await site.ssh(["-o", "KexAlgorithms=diffie-hellman-group16-sha512,diffie-hellman-group18-sha512", "echo in"]);
  expect(ran).toMatchObject({ code: 255, stdout: "" });
  expect(ran.stderr).toContain("no matching key exchange method found");
});

test("a terminal: its size, its modes, what is typed, its end", async () => {
  const ran = await site.ssh(["-tt", "stty -a; echo $TERM; exit 3"], { env: { TERM: "xterm-256color" } });
  expect(ran.code).toBe(3);
  expect(ran.stdout).toContain("xterm-256color");
  expect(ran.stdout).toMatch(/rows \d+; columns \d+/);
  const shell = site.start("ssh", [...site.sshOptions(), "-tt", "-p", String(site.port), "alice@127.0.0.1"]);
  shell.stdin.write("echo $((6*7))-there; exit 4\n");
  const [code] = await once(shell, "close");
  expect(code).toBe(4);
});

test("what is typed into a shell comes out", async () => {
  expect((await site.ssh(["-tt"], { input: "echo $((6*7))-there\nexit\n" })).stdout).toContain("42-there");
});

test("of the environment what is on the list", async () => {
  const env = { LC_TEST: "x", SECRET_TEST: "y", COLORTERM: "truecolor", LC_DIGIT2: "z" };
  const send = ["-o", "SendEnv=LC_* SECRET_* COLORTERM"];
  expect((await site.ssh([...send, "echo $LC_TEST-$SECRET_TEST-$COLORTERM"], { env })).stdout).toBe("x--truecolor\n");
});

test("sftp, scp (both ways of it) and rsync: a file comes back as it went", async () => {
  const content = randomBytes(3_000_000);
  const [here, there] = [site.folder("here"), site.folder("there")];
  writeFileSync(join(here, "file"), content);
  const ssh = ["ssh", ...site.sshOptions(), "-p", String(site.port)].join(" ");
  const port = ["-P", String(site.port)];
  const at = (name: string) => `alice@127.0.0.1:${join(there, name)}`;
  const copies: [string, string[], string | undefined][] = [
    ["scp", [...site.sshOptions(), ...port, join(here, "file"), at("by-scp")], undefined],
    ["scp", ["-O", ...site.sshOptions(), ...port, join(here, "file"), at("by-old-scp")], undefined],
    ["rsync", ["-e", ssh, join(here, "file"), at("by-rsync")], undefined],
    ["sftp", [...site.sshOptions(), ...port, "-b", "-", "alice@127.0.0.1"], `put ${join(here, "file")} ${join(there, "by-sftp")}\n`],
  ];
  for (const [program, args, input] of copies) expect(await site.run(program, args, { input: input ?? "" })).toMatchObject({ code: 0 });
  for (const name of ["by-scp", "by-old-scp", "by-rsync", "by-sftp"]) expect(readFileSync(join(there, name)).equals(content)).toBe(true);
  expect(await site.run("scp", [...site.sshOptions(), ...port, at("by-rsync"), join(here, "back")])).toMatchObject({ code: 0 });
  expect(readFileSync(join(here, "back")).equals(content)).toBe(true);
  await expect.poll(() => site.auditOf("door.sftp").length).toBeGreaterThan(1);
});

test("a local forward leads to what listens beside the session; half-closes go through", async () => {
  const app = createServer((_request, response) => response.end("from inside")).listen(0, "127.0.0.1");
  await once(app, "listening");
  const inside = (app.address() as { port: number }).port;
  const echo = createTcpServer({ allowHalfOpen: true }, (socket) => {
    // Answers only after the other's end: without half-close this would never come.
    void text(socket).then((said) => socket.end(`you said ${said}`));
  }).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const port = await freePort();
  const forward = site.start("ssh", [
    ...site.sshOptions(),
    "-N",
    "-L",
    `${port}:127.0.0.1:${inside}`,
    "-p",
    String(site.port),
    "alice@127.0.0.1",
  ]);
  await expect
    .poll(() =>
      fetch(`http://127.0.0.1:${port}/`)
        .then((answer) => answer.text())
        .catch(() => null),
    )
    .toBe("from inside");
  forward.kill();
  const target = `127.0.0.1:${(echo.address() as { port: number }).port}`;
  expect(await site.ssh(["-W", target], { input: "hello" })).toMatchObject({ code: 0, stdout: "you said hello" });
  app.close();
  echo.close();
});

test("much on both outputs at once, to one who reads slowly, comes whole", async () => {
  const command = "head -c 6000000 /dev/zero | tr '\\0' o & head -c 6000000 /dev/zero | tr '\\0' e >&2; wait";
  const child = site.start("ssh", [...site.sshOptions(), "-o", "LogLevel=ERROR", "-p", String(site.port), "alice@127.0.0.1", command]);
  child.stdin.end();
  // Time enough for whatever lies between to be full; if it is not, the test only proves less.
  await new Promise((resolve) => setTimeout(resolve, 500));
  let [out, err] = [0, 0];
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString("latin1").split("e").length - 1;
  });
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString("latin1").split("o").length - 1;
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  expect(out).toBe(6_000_000);
  // The banner has an "e" or two.
  expect(err).toBeGreaterThanOrEqual(6_000_000);
  expect(err).toBeLessThan(6_000_100);
});
