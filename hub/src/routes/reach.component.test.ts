/** Sessions by each route, from launch to end: the real engine and database, real sockets, a login node in memory. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RouteKind } from "@fairway/contract/routes.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deriveSessionKeys } from "../sessions/session-keys.ts";
import { MemoryForwards } from "../sessions/testing/memory-forwards.ts";
import { type SessionApp, startSessionApp } from "../sessions/testing/session-app.ts";
import { type Hub, person, Site } from "../sessions/testing/site.ts";
import { toSshdForward, toTunnelPaths, toTunnelsDir } from "./tunnel-paths.ts";

const alice = person("alice");
const anyId = expect.any(String) as unknown as string;
let folder: string;
let forwards: MemoryForwards;
let site: Site;
let hub: Hub;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairway-forwards-"));
  forwards = new MemoryForwards(folder);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await site.close();
  await forwards.keepOnly(new Set());
  rmSync(folder, { recursive: true, force: true });
});

async function open(route: "auto" | "ssh" | "tunnel", startTimeoutMs = 60_000): Promise<void> {
  site = await Site.open({ route }, forwards);
  hub = site.start({ hasDoor: true, startTimeoutMs });
}

async function launch(name = ""): Promise<{ id: string; jobId: string }> {
  const { id } = await hub.sessions.launch(alice, { profile: "small", name });
  const { jobId } = await site.waitFor(id, { jobId: anyId });
  site.cluster.run(jobId ?? "");
  return { id, jobId: jobId ?? "" };
}

async function startApp(id: string): Promise<SessionApp> {
  const app = await startSessionApp(deriveSessionKeys(site.masterKey, id, 0).keyPem);
  cleanups.push(() => app.close());
  return app;
}

async function launchReady(name = ""): Promise<{ id: string; app: SessionApp }> {
  const { id, jobId } = await launch(name);
  const app = await startApp(id);
  await hub.sessions.enrol(site.enrolment(id, jobId, { port: app.port, ssh: 1, sshd: 1 }));
  await site.waitFor(id, { state: "ready" });
  return { id, app };
}

const report = (id: string, sshd: number) =>
  hub.sessions.report({ session: id, secret: deriveSessionKeys(site.masterKey, id, 0).secret, sshd });

describe("through the login node", () => {
  test("a session is reached by a forward of its own, and its sshd by another; both go with it", async () => {
    await open("ssh");
    const { id, app } = await launchReady();
    const { pin } = deriveSessionKeys(site.masterKey, id, 0);
    expect(await hub.routes.snapshot()).toMatchObject([{ upstream: { kind: "unix", path: forwards.pathOf(id), pin } }]);
    expect(await hub.sessions.get(alice, id)).toMatchObject({ route: "ssh", ssh: false });
    await report(id, 20_999);
    await vi.waitFor(() => expect(forwards.targets).toEqual({ [id]: `127.0.0.1:${app.port}`, [toSshdForward(id)]: "127.0.0.1:20999" }), {
      timeout: 20_000,
    });
    expect(await hub.sessions.get(alice, id)).toMatchObject({ ssh: true });
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended" });
    await vi.waitFor(() => expect(forwards.targets).toEqual({}), { timeout: 20_000 });
  });

  test("a login node that is away keeps a session waiting, and ends none", async () => {
    await open("ssh");
    forwards.isAway = true;
    const { id, jobId } = await launch();
    const app = await startApp(id);
    await hub.sessions.enrol(site.enrolment(id, jobId, { port: app.port }));
    await site.waitFor(id, { state: "starting" });
    forwards.isAway = false;
    await site.waitFor(id, { state: "ready" });
    // Now it breaks under a running one.
    forwards.isAway = true;
    await forwards.remove(id);
    site.jump(2000);
    hub.changes.nudge(id);
    await site.waitFor(id, { state: "unreachable" });
    forwards.isAway = false;
    hub.changes.nudge(id);
    await site.waitFor(id, { state: "ready", reason: null });
  });

  test("a hub that comes up again removes what nobody wants, and leaves what is in use", async () => {
    await open("ssh");
    const { id, app } = await launchReady();
    await hub.stop();
    await forwards.ensure("zzzzzzzzzzzz", { host: "c9", port: 1 });
    hub = site.start({ hasDoor: true });
    await vi.waitFor(() => expect(forwards.targets).toEqual({ [id]: `127.0.0.1:${app.port}` }), { timeout: 20_000 });
    await site.waitFor(id, { state: "ready" });
  });

  test("what an earlier hub has made for a session goes with it, also when this hub never came to look", async () => {
    await open("ssh");
    const { id } = await launchReady();
    await hub.stop();
    forwards.isAway = true;
    hub = site.start({ hasDoor: true });
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended" });
    await vi.waitFor(() => expect(forwards.targets).toEqual({}), { timeout: 20_000 });
  });

  test("who comes for a session's forward when it has ended leaves none behind", async () => {
    await open("ssh");
    const { id } = await launchReady();
    const row = await site.store.sessions.get(id);
    await hub.sessions.stop(alice, id);
    await site.waitFor(id, { state: "ended" });
    if (row === null) throw new Error("it was there");
    await hub.forwards.ensure(row, site.cluster.cluster, { anew: false });
    expect(forwards.opened).toEqual([id, id]);
    expect(forwards.targets).toEqual({});
  });

  test("a job's word leads to no loopback of the login node", async () => {
    await open("ssh");
    for (const [index, host] of ["localhost", "127.1", "127.0.0.2", "0.0.0.0"].entries()) {
      const { id, jobId } = await launch(`try${index}`);
      await hub.sessions.enrol(site.enrolment(id, jobId, { host, port: 22 }));
      await hub.sessions.stop(alice, id);
      await site.waitFor(id, { state: "ended" });
    }
    expect(forwards.opened).toEqual([]);
  });
});

describe("through its tunnel", () => {
  async function listenAsDoor(id: string): Promise<{ server: Server; secrets: unknown[] }> {
    const secrets: unknown[] = [];
    const server = createServer((request, response) => {
      secrets.push(request.headers["x-fairway-secret"]);
      response.end();
    });
    mkdirSync(toTunnelsDir(site.runtimeDir), { recursive: true });
    await new Promise<void>((resolve) => server.listen(toTunnelPaths(site.runtimeDir, id).app, resolve));
    cleanups.push(() => server.close());
    return { server, secrets };
  }

  test("a session waits for it, and is ready when it answers there", async () => {
    await open("tunnel");
    const { id, jobId } = await launch();
    await hub.sessions.enrol(site.enrolment(id, jobId, { ssh: 1, socket: 1 }));
    await site.waitFor(id, { state: "starting", route: "tunnel", port: null });
    const { secrets } = await listenAsDoor(id);
    await site.waitFor(id, { state: "ready" });
    expect(secrets[0]).toBe(deriveSessionKeys(site.masterKey, id, 0).secret);
    expect(await hub.routes.snapshot()).toMatchObject([
      { upstream: { kind: "unix", path: toTunnelPaths(site.runtimeDir, id).app, pin: null } },
    ]);
  });

  test("it is found by that, too, when nobody remembers that it enrolled", async () => {
    await open("tunnel");
    const { id } = await launch();
    await site.waitFor(id, { state: "starting" });
    await hub.stop();
    site.jump(60_000);
    hub = site.start({ hasDoor: true });
    await listenAsDoor(id);
    await vi.waitFor(
      async () => {
        site.jump(5000);
        hub.changes.nudge(id);
        expect(await site.store.sessions.get(id)).toMatchObject({ state: "ready", route: "tunnel", port: null });
      },
      { timeout: 20_000, interval: 100 },
    );
  });
});

describe("a route that was found, and breaks", () => {
  async function remember(startTimeoutMs?: number, route: RouteKind = "direct"): Promise<void> {
    await open("auto", startTimeoutMs);
    await site.store.routes.remember({ cluster: "main", partition: "", route, foundAt: site.now(), detail: "direct: through" });
  }
  const known = () => site.store.routes.all();

  /** Time goes by, and these are looked at again, until the route is not remembered any more. */
  const lookUntilForgotten = (jumpMs: number, ...ids: readonly string[]) =>
    vi.waitFor(
      async () => {
        lookAgain(jumpMs, ...ids);
        expect(await known()).toEqual([]);
      },
      { timeout: 20_000, interval: 200 },
    );
  const lookAgain = (jumpMs: number, ...ids: readonly string[]) => {
    site.jump(jumpMs);
    for (const id of ids) hub.changes.nudge(id);
  };

  test("under an app that says that it listens: the next session finds out anew", async () => {
    await remember(3_600_000);
    const { id, jobId } = await launch();
    await hub.sessions.enrol(site.enrolment(id, jobId, { port: 1, sshd: 1 }));
    await site.waitFor(id, { state: "starting", route: "direct" });
    await report(id, 20_999);
    await lookUntilForgotten(31_000, id);
    expect(await site.waitFor(id, { state: "starting" })).toMatchObject({ route: "direct" });
  });

  test("since no tunnel is opened: the node does not get through to the door", async () => {
    await remember(3_600_000, "tunnel");
    const { id, jobId } = await launch();
    await hub.sessions.enrol(site.enrolment(id, jobId, { ssh: 1, socket: 1 }));
    await site.waitFor(id, { state: "starting", route: "tunnel" });
    await lookUntilForgotten(31_000, id);
  });

  test("stays, when an app has not said that it listens and its node refuses", async () => {
    await remember();
    const { id, jobId } = await launch();
    await hub.sessions.enrol(site.enrolment(id, jobId, { port: 1 }));
    await site.waitFor(id, { state: "starting", route: "direct" });
    site.jump(61_000);
    await site.waitFor(id, { state: "ended", reason: "start_timeout" });
    expect(await known()).toHaveLength(1);
  });

  test("under all of its sessions; one that is silent alone proves nothing", async () => {
    await remember();
    const sessions = [await launchReady("one"), await launchReady("two")];
    const [first, second] = sessions;
    const silence = async (session: typeof first) => {
      await session?.app.close();
      site.jump(2000);
      hub.changes.nudge(session?.id ?? "");
      await site.waitFor(session?.id ?? "", { state: "unreachable" });
    };
    const ids = sessions.map(({ id }) => id);
    await silence(first);
    lookAgain(61_000, ...ids);
    await silence(second);
    expect(await known()).toHaveLength(1);
    await lookUntilForgotten(61_000, ...ids);
  });
});
