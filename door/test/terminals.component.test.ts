/** A browser's terminal through the whole door; what a terminal does is tested beside it. */
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { credential, SESSION, Site } from "./site.ts";

let site: Site;

beforeEach(async () => {
  site = await Site.open();
});
afterEach(() => site.close());

test("a terminal that is opened, and one that is refused, are in the hub's audit and in the door's log", async () => {
  expect(await askForShell()).toMatchObject({ kind: "attached" });
  site.hub.enter = () => ({ kind: "refused", line: "This session has no shell.", next: null });
  expect(await askForShell()).toMatchObject({ kind: "refused" });

  const facts = { user: "alice", action: "door.terminal", target: SESSION };
  const expected = [
    { ...facts, outcome: "done" },
    { ...facts, outcome: "refused", detail: "This session has no shell." },
  ];
  await expect.poll(() => site.auditOf("door.terminal"), { timeout: 20_000 }).toMatchObject(expected);
  const logged = site.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "audit");
  expect(logged).toMatchObject(expected);
  expect(logged.flatMap(Object.keys)).not.toContain("credential");
});

/** What the door says to it first. */
async function askForShell(): Promise<unknown> {
  const headers = { "x-fairway-credential": JSON.stringify(credential("login")) };
  const socket = new WebSocket(`ws+unix:${join(site.dir, "terminals.sock")}:/jupyter/terminal/${SESSION}/socket`, { headers });
  await once(socket, "open");
  socket.send(JSON.stringify({ kind: "attach", terminal: null, offset: 0, columns: 80, rows: 24 }));
  const [data] = (await once(socket, "message")) as [Buffer];
  socket.close();
  return JSON.parse(data.toString());
}
