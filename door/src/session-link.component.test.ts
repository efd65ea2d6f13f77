import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSessionLinks, LinkFailure } from "./session-link.ts";
import { startSshd, type TestSshd } from "./testing/sshd.ts";

const links = createSessionLinks();
const never = new AbortController().signal;
let sshd: TestSshd;
let other: TestSshd;

beforeAll(async () => {
  [sshd, other] = await Promise.all([startSshd(), startSshd()]);
});
afterAll(async () => {
  await Promise.all([sshd.stop(), other.stop()]);
});

test("runs a command, with what it says and how it ends", async () => {
  const link = await links.open(sshd.target, never);
  const channel = await link.exec("cat; echo wrong >&2; exit 7", { env: { LANG: "C.UTF-8" } });
  const exit = once(channel, "exit");
  channel.end("hello");
  expect(await Promise.all([text(channel), text(channel.stderr)])).toEqual(["hello", "wrong\n"]);
  expect((await exit)[0]).toBe(7);
  link.close();
  await link.ended;
});

test("a shell has the terminal that was asked for, with its modes", async () => {
  const link = await links.open(sshd.target, never);
  // VINTR (1) = ^G, IUTF8 (42) on.
  const modes = Buffer.from([1, 0, 0, 0, 7, 42, 0, 0, 0, 1, 0]);
  const channel = await link.exec("stty -a; echo TERM=$TERM", {
    terminal: { term: "xterm-256color", cols: 91, rows: 31, width: 0, height: 0, modes },
  });
  const said = await text(channel);
  expect(said).toContain("rows 31; columns 91");
  expect(said).toContain("intr = ^G");
  expect(said).toMatch(/[^-]iutf8/);
  expect(said).toContain("TERM=xterm-256color");
  link.close();
});

test("whoever else answers on that port is not spoken to", async () => {
  await expect(links.open({ ...sshd.target, upstream: other.target.upstream }, never)).rejects.toThrow(LinkFailure);
  expect(other.log()).not.toContain("Accepted");
});

test("nobody listens; nobody waits any more", async () => {
  const nowhere = { kind: "unix", path: "/nonexistent/sshd.sock", pin: null } as const;
  await expect(links.open({ ...sshd.target, upstream: nowhere }, never)).rejects.toThrow(LinkFailure);
  await expect(links.open(sshd.target, AbortSignal.abort())).rejects.toThrow(/abort/i);
});

test("what the session's sshd refuses is refused; a link that ended opens nothing", async () => {
  const link = await links.open(sshd.target, never);
  await expect(link.connectTcp({ host: "127.0.0.1", port: 1 })).rejects.toThrow(LinkFailure);
  link.close();
  await link.ended;
  await expect(link.exec("true")).rejects.toThrow();
});
