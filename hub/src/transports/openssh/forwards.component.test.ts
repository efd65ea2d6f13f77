/** Forwards on a real connection: from Unix sockets here to a server behind the login node. */
import { once } from "node:events";
import { existsSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort, type LoginNode, startLoginNode } from "../testing/login-node.ts";
import { type Hub, makeHub } from "../testing/opened-openssh.ts";
import type { OpensshTransport } from "./index.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });

const waiting = { timeout: 25_000, interval: 100 };
let node: LoginNode;
let hub: Hub;
let server: Server;
let target: { host: string; port: number };

beforeEach(async () => {
  node = await startLoginNode();
  hub = makeHub(node);
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  target = await listen(server);
});
afterEach(async () => {
  server.close();
  const left = await hub.end();
  await node.remove();
  expect(left).toEqual([]);
});

async function listen(of: Server) {
  of.listen(0, "127.0.0.1");
  await once(of, "listening");
  const address = of.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { host: "127.0.0.1", port: address.port };
}

/** What comes back through the socket. @throws when it does not let us in */
async function say(path: string, words: string): Promise<string> {
  const socket = connect(path);
  let heard = "";
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString();
  });
  socket.end(words);
  await once(socket, "close");
  return heard;
}

const forwardsOf = ({ forwards }: OpensshTransport) => {
  if (forwards === null) throw new Error("this transport has no forwards");
  return forwards;
};
const killMaster = () => {
  for (const pid of hub.masters()) process.kill(pid, "SIGKILL");
};

test("bytes go through a socket that is ours alone; asked for twice, it is the same", async () => {
  const forwards = forwardsOf(hub.open());
  const path = await forwards.ensure("abc", target);
  expect(path).toBe(forwards.pathOf("abc"));
  expect(path.startsWith(hub.runtimeDir)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await say(path, "hello")).toBe("hello");
  const { ino } = statSync(path);
  expect(await forwards.ensure("abc", target)).toBe(path);
  expect(statSync(path).ino).toBe(ino);
});

test("removed, it is gone: the socket, what is noted of it, and what listened", async () => {
  const forwards = forwardsOf(hub.open());
  const path = await forwards.ensure("abc", target);
  const other = await forwards.ensure("other", target);
  await forwards.remove("abc");
  await forwards.remove("abc");
  expect(existsSync(path)).toBe(false);
  await expect(say(path, "x")).rejects.toMatchObject({ code: "ENOENT" });
  expect(await say(other, "still")).toBe("still");
  // Listening again at that path would fail if the master still held it for the first.
  expect(await say(await forwards.ensure("abc", target), "again")).toBe("again");
});

test("with another target it leads there", async () => {
  const forwards = forwardsOf(hub.open());
  await forwards.ensure("abc", { host: "127.0.0.1", port: await freePort() });
  expect(await say(await forwards.ensure("abc", target), "hello")).toBe("hello");
});

test("a socket file that somebody took away is made again", async () => {
  const forwards = forwardsOf(hub.open());
  rmSync(await forwards.ensure("abc", target));
  expect(await say(await forwards.ensure("abc", target), "hello")).toBe("hello");
});

test("when the connection was killed they come back by themselves", async () => {
  const forwards = forwardsOf(hub.open());
  const paths = await Promise.all(["a", "b", "c"].map((id) => forwards.ensure(id, target)));
  killMaster();
  for (const path of paths) await vi.waitFor(async () => expect(await say(path, "back")).toBe("back"), waiting);
});

test("when the login node was down they come back by themselves", async () => {
  const forwards = forwardsOf(hub.open());
  const path = await forwards.ensure("abc", target);
  await node.stop();
  await vi.waitFor(async () => expect(await say(path, "x").catch(() => "")).toBe(""), waiting);
  await node.start();
  await vi.waitFor(async () => expect(await say(path, "back")).toBe("back"), waiting);
});

test("open connections and sockets outlive the hub; the next one removes what it does not want", async () => {
  const before = hub.open();
  const [kept, unwanted] = await Promise.all(["kept", "unwanted"].map((id) => forwardsOf(before).ensure(id, target)));
  const open = connect(kept ?? "");
  open.write("one");
  expect(String((await once(open, "data"))[0])).toBe("one");
  await before.close();

  const forwards = forwardsOf(hub.open());
  await forwards.keepOnly(new Set(["kept"]));
  expect(existsSync(unwanted ?? "")).toBe(false);
  expect(await say(await forwards.ensure("kept", target), "two")).toBe("two");
  open.write("three");
  expect(String((await once(open, "data"))[0])).toBe("three");
  open.destroy();
});

test("what was wanted when hub and connection died together comes back with the next", async () => {
  const before = hub.open();
  const path = await forwardsOf(before).ensure("abc", target);
  await before.close();
  killMaster();
  const next = hub.open();
  await next.exec({ argv: ["true"] }, { timeoutMs: 25_000 });
  await vi.waitFor(async () => expect(await say(path, "back")).toBe("back"), waiting);
});

test("one cluster's forwards are none of another's business", async () => {
  const path = await forwardsOf(hub.open()).ensure("abc", target);
  await forwardsOf(hub.open({ cluster: "other" })).keepOnly(new Set());
  expect(await say(path, "hello")).toBe("hello");
});

test("an id that is no name of a file is refused", async () => {
  await expect(forwardsOf(hub.open()).ensure("../x", target)).rejects.toThrow(TypeError);
});

test("a port that is reached is told from one that is not", async () => {
  const forwards = forwardsOf(hub.open());
  expect(await forwards.tryReach(target, 10_000)).toMatchObject({ ok: true });
  expect(await forwards.tryReach({ host: "127.0.0.1", port: await freePort() }, 10_000)).toMatchObject({ ok: true });
  // What a resolver says of such a name, and how long it takes, is its own affair.
  expect(await forwards.tryReach({ host: "no-such-node.invalid", port: 80 }, 8000)).toMatchObject({ ok: false });
});

test("a login node that forwards nothing is told as such", async () => {
  const closed = await startLoginNode({ lines: ["AllowTcpForwarding no"] });
  const other = makeHub(closed);
  try {
    const reach = await forwardsOf(other.open()).tryReach(target, 10_000);
    expect(reach).toMatchObject({ ok: false, detail: expect.stringContaining("administratively prohibited") });
  } finally {
    await other.end();
    await closed.remove();
  }
});
