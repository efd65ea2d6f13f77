/**
 * How VS Code Remote-SSH begins, from its documented behaviour and what its log shows: `ssh -T -D PORT HOST sh` (or
 * bash), a script on stdin, markers on stdout between which it reads, and stdin kept open; then everything through
 * the SOCKS port, as many connections at once. The real editors are a list to go through by hand: docs/ssh.md.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/testing/sshd.ts";
import { Site } from "./site.ts";

let site: Site;
beforeAll(async () => {
  site = await Site.open();
});
afterAll(() => site.close());

const BOOTSTRAP = `
echo "abc123: running"
printf 'abc123: start\\n'
echo "osReleaseId==test==" ; echo "arch==$(uname -m)==" ; echo "platform==$(uname -s)=="
echo "webUiAccessToken====" ; echo "listeningOn==__PORT__=="
printf 'abc123: end\\n'
echo "a line of stderr" >&2
# The connection stays for as long as the window: what is started here must not hold it up, nor end with it.
while read -r line; do echo "got $line"; [ "$line" != quit ] || exit 0; done
`;

/** SOCKS5 to HOST:PORT through the port that ssh -D listens on. */
async function socks(port: number, to: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(Buffer.from([5, 1, 0]));
  await once(socket, "data");
  socket.write(Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, to >> 8, to & 255]));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer[1]).toBe(0);
  return socket;
}

test("a script on stdin without a terminal, its markers, stdin kept open, and its server through a dynamic forward", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => void text(socket).then((said) => socket.end(said.toUpperCase())));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const listening = (server.address() as { port: number }).port;
  const port = await freePort();
  const options = [...site.sshOptions(), "-v", "-T", "-D", String(port), "-o", "ConnectTimeout=15", "-o", "RemoteCommand=none"];
  const child = site.start("ssh", [...options, "-p", String(site.port), "alice@127.0.0.1", "sh"]);
  let [said, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdin.write(BOOTSTRAP.replace("__PORT__", String(listening)));
  await expect.poll(() => said).toContain("abc123: end");
  expect(said).toMatch(/^abc123: running\nabc123: start\nosReleaseId==test==\n/);
  expect(said).not.toContain("a line of stderr");
  await expect.poll(() => errors).toContain("a line of stderr");
  // Its protocol's connections, opened together.
  const all = Array.from({ length: 20 }, async (_, index) => {
    const socket = await socks(port, listening);
    socket.end(`message ${index}`);
    return text(socket);
  });
  expect(await Promise.all(all)).toEqual(all.map((_, index) => `MESSAGE ${index}`));
  child.stdin.write("still here\n");
  await expect.poll(() => said).toContain("got still here");
  child.stdin.write("quit\n");
  expect((await once(child, "close"))[0]).toBe(0);
  server.close();
});

test("one connection for all windows (ControlMaster): shells, copies and forwards at once, each with its own end", async () => {
  const control = `${site.dir}/mux`;
  const master = site.start("ssh", [...site.sshOptions(), "-N", "-M", "-S", control, "-p", String(site.port), "alice@127.0.0.1"]);
  const slave = (...args: string[]) => site.run("ssh", ["-F", "/dev/null", "-S", control, "alice@127.0.0.1", ...args]);
  await expect.poll(async () => (await slave("-O", "check")).code).toBe(0);
  const codes = await Promise.all(Array.from({ length: 10 }, async (_, index) => (await slave(`exit ${index}`)).code));
  expect(codes).toEqual(codes.map((_, index) => index));
  master.kill();
});
