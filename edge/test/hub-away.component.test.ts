import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, until } from "./harness.ts";
import { byToken, Scene } from "./scene.ts";
import { makeCertificate } from "./test-app.ts";
import type { TestHub } from "./test-hub.ts";

const certificate = makeCertificate("alice");

describe("while the hub is away", () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open(certificate);
  });
  afterEach(() => scene.close());

  it("keeps open WebSockets open, also past their cookie's end", async () => {
    // Stands still while the socket is opened, in the cookie's last second.
    let time = Math.floor(Date.now() / 1000) * 1000;
    await scene.startEdge({}, () => time);
    await scene.edge.knowsHub();
    scene.wss.on("connection", (ws) => ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary })));
    const cookie = `fairway=${await scene.hub.signCookie("alice", { issuedAt: time / 1000 - 599 })}`;
    const socket = await scene.openSocket({ cookie, origin: scene.edge.origin });
    await scene.hub.stop();
    time += 1_100;
    // As long as a timer that was set for that end.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await scene.status({ cookie })).toBe(401);
    socket.send("still here");
    expect(String((await once(socket, "message"))[0])).toBe("still here");
    socket.terminate();
  });

  it("lets a restarted edge serve from its snapshot: known people in, unknown tokens told to wait", async () => {
    await scene.startEdge();
    await scene.edge.knowsHub();
    const known = await scene.byCookie();
    const bob = { cookie: `fairway=${await scene.hub.signCookie("bob")}` };
    const token = byToken(scene.hub.newToken("alice"));
    await until(() => readSnapshot(scene.hub)?.includes("alice") ?? false);
    expect(statSync(join(scene.hub.dir, "snapshot.json")).mode & 0o777).toBe(0o600);
    await scene.edge.close();
    await scene.hub.stop();

    await scene.startEdge({ hubCallMs: 500 });
    expect(await scene.status(known)).toBe(200);
    expect(await scene.status(bob)).toBe(403);
    const answer = await ask(scene.edge, "/user/alice/", { headers: token });
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("5");
    expect(answer.json()).toMatchObject({ code: "hub_away" });
    expect(await scene.status({})).toBe(401);
    const socket = await scene.openSocket({ ...known, origin: scene.edge.origin });
    socket.terminate();

    await scene.hub.start();
    await scene.edge.knowsHub();
    expect(await scene.status(token)).toBe(200);
  });

  it("keeps revocations over an edge's restart", async () => {
    await scene.startEdge();
    await scene.edge.knowsHub();
    const headers = await scene.byCookie();
    scene.hub.revoke({ kind: "login", id: "login-of-alice", at: Date.now() });
    await until(() => readSnapshot(scene.hub)?.includes("login-of-alice") ?? false);
    await scene.edge.close();
    await scene.hub.stop();
    await scene.startEdge();
    expect(await scene.status(headers)).toBe(401);
  });

  it("serves those whose token was seen within the minute", async () => {
    await scene.startEdge();
    await scene.edge.knowsHub();
    const headers = byToken(scene.hub.newToken("alice"));
    expect(await scene.status(headers)).toBe(200);
    await scene.hub.stop();
    expect(await scene.status(headers)).toBe(200);
  });

  it("is no reason to turn away who needs a new cookie: valid goes on, expired waits", async () => {
    await scene.startEdge();
    await scene.edge.knowsHub();
    const short = async (age: number) =>
      `fairway=${await scene.hub.signCookie("alice", { issuedAt: Math.floor(Date.now() / 1000) - age })}; fairway-login=x`;
    await scene.hub.stop();
    expect(await scene.status({ cookie: await short(500) })).toBe(200);
    expect(await scene.status({ cookie: await short(700) })).toBe(503);
    const page = await ask(scene.edge, "/user/alice/", { headers: { cookie: await short(700), accept: "text/html" } });
    expect([page.status, page.headers["retry-after"]]).toEqual([503, "5"]);
    expect(page.body).toContain("Fairway is restarting");
  });

  it("and no snapshot: everybody waits, nobody is refused", async () => {
    await scene.hub.stop();
    await scene.startEdge();
    expect(await scene.status(await scene.byCookie())).toBe(503);
    expect(await scene.status(byToken(scene.hub.newToken("alice")))).toBe(503);
  });

  it("and a broken snapshot: it starts all the same, and quotes nothing of it", async () => {
    await scene.hub.stop();
    writeFileSync(join(scene.hub.dir, "snapshot.json"), '{"routes": [{"secret": "hidden"}');
    await scene.startEdge();
    expect(await scene.status(await scene.byCookie())).toBe(503);
    expect(scene.edge.log.join("")).toContain("snapshot cannot be read");
    expect(scene.edge.log.join("")).not.toContain("hidden");
  });
});

function readSnapshot(hub: TestHub): string | null {
  try {
    return readFileSync(join(hub.dir, "snapshot.json"), "utf8");
  } catch {
    // Not written yet.
    return null;
  }
}
