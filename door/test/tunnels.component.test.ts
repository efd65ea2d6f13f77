/** Jobs' tunnels, dialled by the stock client that a node has. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRoute, SESSION, Site } from "./site.ts";

let site: Site;
let app: Server;
let appSocket: string;
let paths: { app: string; sshd: string };

beforeEach(async () => {
  site = await Site.open();
  paths = { app: join(site.dir, "tunnels", `${SESSION}.sock`), sshd: join(site.dir, "tunnels", `${SESSION}-ssh.sock`) };
  const key = readFileSync(join(site.dir, "tunnel.pub"), "utf8").split(" ").slice(0, 2).join(" ");
  site.hub.tunnel = ({ session, publicKey }) => (session === SESSION && publicKey === key ? paths : null);
  appSocket = join(site.dir, "app.sock");
  app = createServer((request, response) => void buffer(request).then((body) => response.end(`${request.url} ${body.length}`)));
  app.listen(appSocket);
  await once(app, "listening");
});
afterEach(async () => {
  app.close();
  await site.close();
});

/** As the job script dials. */
function dial(forwards = ["-R", `/app.sock:${appSocket}`, "-R", `/sshd.sock:127.0.0.1:${site.sshd.port}`], identity = "tunnel") {
  const options = [...site.sshOptions(identity), "-N", "-T", "-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=15"];
  return site.start("ssh", [...options, ...forwards, "-p", String(site.port), `+${SESSION}@127.0.0.1`]);
}

function ask(path: string, body = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: paths.app, path, method: "POST", agent: false }, (response) => resolve(text(response)));
    request.on("error", reject).end(body);
  });
}

const opened = () => expect.poll(() => existsSync(paths.app) && existsSync(paths.sshd)).toBe(true);

test("HTTP comes through, much of it both ways, and nobody else may connect", async () => {
  dial();
  await opened();
  expect(await ask("/hello")).toBe("/hello 0");
  expect(statSync(paths.app).mode & 0o777).toBe(0o600);
  expect(statSync(join(site.dir, "tunnels")).mode & 0o777).toBe(0o700);
  const many = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(`/${index}`, "x".repeat(100_000))));
  expect(many).toEqual(many.map((_, index) => `/${index} 100000`));
  await expect.poll(() => site.auditOf("door.tunnel").map(({ outcome }) => outcome)).toEqual(["done", "done"]);
});

test("half-closes and what was sent before an end: all of it arrives, at one who reads late", async () => {
  const source = createSocketServer(
    { allowHalfOpen: true },
    (socket) => void text(socket).then(() => socket.end(Buffer.alloc(8_000_000, "z"))),
  );
  const path = join(site.dir, "source.sock");
  source.listen(path);
  await once(source, "listening");
  dial(["-R", `/app.sock:${path}`]);
  await expect.poll(() => existsSync(paths.app)).toBe(true);
  const socket = connect({ path: paths.app, allowHalfOpen: true });
  socket.end("a request");
  await once(socket, "connect");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await buffer(socket)).length).toBe(8_000_000);
  source.close();
});

test("people's ssh comes into the session through it", async () => {
  dial();
  await opened();
  const target = { ...site.sshd.target, upstream: { kind: "unix" as const, path: paths.sshd, pin: null } };
  site.hub.enter = () => ({ kind: "open", sessionId: SESSION, sessionName: "", target });
  expect(await site.ssh(["cat"], { input: "through it all" })).toMatchObject({ code: 0, stdout: "through it all" });
});

test("whoever has another key, or asks for anything else, gets nothing", async () => {
  const refused = async (forwards: string[], identity?: string) => {
    const child = dial(forwards, identity);
    const [code] = await once(child, "close");
    expect(code).toBe(255);
  };
  await refused(["-R", `/app.sock:${appSocket}`], "stranger");
  await refused(["-R", `/other.sock:${appSocket}`]);
  await refused(["-R", `${site.dir}/tunnels/x.sock:${appSocket}`]);
  await refused(["-R", `0:127.0.0.1:${site.sshd.port}`]);
  const login = [...site.sshOptions("tunnel"), "-p", String(site.port), `+${SESSION}@127.0.0.1`];
  for (const args of [["echo in"], ["-s", "sftp"], ["-W", `127.0.0.1:${site.sshd.port}`], ["-tt"]]) {
    expect(await site.run("ssh", [...login, ...args])).toMatchObject({ code: 255, stdout: "" });
  }
  await expect.poll(() => site.auditOf("door.tunnel").filter(({ outcome }) => outcome === "refused").length).toBeGreaterThan(5);
  // A person's key is no tunnel's, and the other way round.
  expect((await site.ssh(["echo in"], { identity: "tunnel" })).stdout).toBe("");
});

test("a newer connection of the same run takes over, and the older one ends", async () => {
  const older = dial();
  await opened();
  const ended = once(older, "close");
  const other = join(site.dir, "other.sock");
  const newer = createServer((_request, response) => response.end("newer")).listen(other);
  await once(newer, "listening");
  dial(["-R", `/app.sock:${other}`]);
  await ended;
  await expect.poll(() => ask("/").catch(() => null)).toBe("newer");
  newer.close();
});

test("when it ends nothing is left, and who was connected is cut; what a dead door left behind is replaced", async () => {
  const child = dial();
  await opened();
  const socket = connect(paths.app);
  await once(socket, "connect");
  child.kill("SIGKILL");
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "close");
  await expect.poll(() => existsSync(paths.app) || existsSync(paths.sshd)).toBe(false);
  writeFileSync(paths.app, "");
  dial();
  await expect.poll(() => ask("/").catch(() => null)).toBe("/ 0");
});

test("what a killed door left behind is gone when the next one is there, and nothing else", async () => {
  await site.door.close();
  const dir = site.folder("tunnels");
  const leave = (path: string) =>
    spawnSync(process.execPath, [
      "-e",
      "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))",
      path,
    ]);
  const others = ["other.sock", "file2345file.sock", "live2345live.sock"].map((name) => join(dir, name));
  const [foreign = "", file = "", live = ""] = others;
  for (const path of [paths.app, paths.sshd, foreign]) leave(path);
  writeFileSync(file, "");
  const listening = createSocketServer().listen(live);
  await once(listening, "listening");
  expect([paths.app, paths.sshd, ...others].filter((path) => !existsSync(path))).toEqual([]);
  await site.startDoor();
  expect([paths.app, paths.sshd, ...others].filter((path) => existsSync(path))).toEqual(others);
  listening.close();
});

test("its session's end ends it", async () => {
  const child = dial();
  await opened();
  const ended = once(child, "close");
  site.hub.tell({ kind: "route", route: { ...openRoute(), state: "ended" } });
  await ended;
  await expect.poll(() => existsSync(paths.app)).toBe(false);
});

test("nobody listens in the job: who connects is cut, and the tunnel stays", async () => {
  dial(["-R", `/app.sock:${site.dir}/nothing.sock`, "-R", `/sshd.sock:127.0.0.1:${site.sshd.port}`]);
  await opened();
  await expect(ask("/")).rejects.toThrow();
  const banner = connect(paths.sshd);
  const [line] = (await once(banner, "data")) as [Buffer];
  expect(line.toString()).toMatch(/^SSH-2.0-/);
  banner.destroy();
});
