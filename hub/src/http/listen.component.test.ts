import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listenOnSocket } from "./listen.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fw-listen-"));
  path = join(directory, "run", "hub.sock");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it("lets nobody else connect", async () => {
  const app = fastify();
  await listenOnSocket(app, path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, "run")).mode & 0o777).toBe(0o700);
  await app.close();
});

it("replaces the socket of a hub that was killed, not that of one that lives", async () => {
  const script = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  path = join(directory, "hub.sock");
  spawnSync(process.execPath, ["-e", script, path]);
  expect(existsSync(path)).toBe(true);
  const first = fastify();
  await listenOnSocket(first, path);
  const second = fastify();
  await expect(listenOnSocket(second, path)).rejects.toThrow(/Another hub answers/);
  expect(existsSync(path)).toBe(true);
  await Promise.all([first.close(), second.close()]);
});

it("removes nothing that is no socket, and takes no path too long for one", async () => {
  path = join(directory, "file");
  writeFileSync(path, "precious");
  const app = fastify();
  await expect(listenOnSocket(app, path)).rejects.toThrow(/no socket/);
  await expect(listenOnSocket(app, join(directory, "x".repeat(100)))).rejects.toThrow(/longer than/);
  await app.close();
});
