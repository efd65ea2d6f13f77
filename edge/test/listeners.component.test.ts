import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, echoed, TestEdge, until } from "./harness.ts";
import { makeCertificate, TestApp } from "./test-app.ts";
import { readText, TestHub, toRoute } from "./test-hub.ts";

describe("listeners", () => {
  let hub: TestHub;
  let app: TestApp;
  const edges: TestEdge[] = [];
  const start = async (config: Parameters<typeof TestEdge.start>[1]) => {
    const edge = await TestEdge.start(hub, config);
    edges.push(edge);
    await edge.knowsHub();
    return edge;
  };
  beforeEach(async () => {
    hub = new TestHub();
    app = await new TestApp(null).listen();
    hub.state.routes = [toRoute("alice", app.upstream)];
    await hub.start();
  });
  afterEach(async () => {
    for (const edge of edges.splice(0)) await edge.close();
    await app.close();
    await hub.stop();
  });

  it("behind a trusted proxy believe its word on address, host and scheme", async () => {
    const edge = await start({ config: { trustedProxies: ["127.0.0.0/8", "10.0.0.1"] } });
    const headers = {
      cookie: `__Host-fairway=${await hub.signCookie("alice")}`,
      "x-forwarded-for": "6.6.6.6, 192.0.2.7, 10.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "hub.example.org",
      host: "inside:8000",
    };
    const seen = echoed(await ask(edge, "/user/alice/", { headers }));
    expect(seen.get("x-forwarded-for")).toEqual(["192.0.2.7"]);
    expect(seen.get("x-forwarded-proto")).toEqual(["https"]);
    expect(seen.get("x-forwarded-host")).toEqual(["hub.example.org"]);
    expect(seen.get("x-forwarded-port")).toEqual(["443"]);
    expect(seen.get("host")).toEqual(["inside:8000"]);
    const post = (origin: string) => ask(edge, "/user/alice/", { method: "POST", headers: { ...headers, origin } });
    expect((await post("https://hub.example.org")).status).toBe(200);
    expect((await post("http://hub.example.org")).status).toBe(403);
    expect((await post("https://inside:8000")).status).toBe(403);
  });

  it("take the configured public origins for their own", async () => {
    const edge = await start({ config: { publicOrigins: ["https://hub.example.org"] } });
    const headers = { cookie: `fairway=${await hub.signCookie("alice")}`, origin: "https://hub.example.org" };
    expect((await ask(edge, "/user/alice/", { method: "POST", headers })).status).toBe(200);
  });

  it("on a Unix socket have the mode they were given, and trust what stands in front", async () => {
    const path = join(hub.dir, "edge.sock");
    writeFileSync(path, "left behind");
    await start({ config: { listeners: [{ kind: "unix", path, mode: 0o660 }] } });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const headers = {
      authorization: `token ${hub.newToken("alice")}`,
      host: "hub.example.org",
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-proto": "https",
    };
    const req = request({ socketPath: path, path: "/user/alice/", headers });
    req.end();
    const [res] = await once(req, "response");
    const echo = JSON.parse(await readText(res)) as { rawHeaders: string[] };
    expect(echo.rawHeaders).toContain("192.0.2.7");
    expect(echo.rawHeaders).toContain("https");
  });

  it("take a renewed certificate at a reload, and keep the old one when that cannot be read", async () => {
    const [first, second] = [makeCertificate("first"), makeCertificate("second")];
    const tls = { certFile: join(hub.dir, "cert.pem"), keyFile: join(hub.dir, "key.pem") };
    const install = (certificate: typeof first) => {
      copyFileSync(certificate.certFile, tls.certFile);
      copyFileSync(certificate.keyFile, tls.keyFile);
    };
    install(first);
    const edge = await start({ config: { listeners: [{ kind: "tcp", address: "127.0.0.1", port: 0, tls }] } });
    expect(await subjectOf(edge)).toBe("first");
    install(second);
    edge.edge.reload();
    expect(await subjectOf(edge)).toBe("second");
    writeFileSync(tls.certFile, "half written");
    expect(() => edge.edge.reload()).toThrow();
    expect(await subjectOf(edge)).toBe("second");
    expect((await ask(edge, "/hub/api")).headers["strict-transport-security"]).toBe("max-age=31536000");
  });

  it("that are closed let a request finish, and cut what takes too long", async () => {
    const edge = await start({ limits: { drainMs: 3_000 } });
    const headers = { authorization: `token ${hub.newToken("alice")}` };
    app.handler = (req, res) => {
      if (req.url?.endsWith("slow")) setTimeout(() => res.end("done"), 100);
      else res.write("never ends");
    };
    const slow = ask(edge, "/user/alice/slow", { headers });
    const endless = ask(edge, "/user/alice/endless", { headers });
    const outcomes = Promise.allSettled([slow, endless]);
    await until(() => app.requests.length === 2);
    await edge.edge.close();
    edges.length = 0;
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected"]);
  });

  it("that cannot be opened fail the start and leave nothing open", async () => {
    const taken = app.port;
    const listeners = [0, taken].map((port) => ({ kind: "tcp" as const, address: "127.0.0.1", port, tls: null }));
    await expect(TestEdge.start(hub, { config: { listeners } })).rejects.toThrow("EADDRINUSE");
    await until(() => hub.feedCount === 0);
  });

  describe("the process", () => {
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

    it("reads its file, says where it listens, and ends at SIGTERM", async () => {
      const file = join(hub.dir, "edge.json");
      const config = {
        baseUrl: "/",
        siteName: "Test",
        publicOrigins: [],
        listeners: [{ kind: "tcp", address: "127.0.0.1", port: 0, tls: null }],
        trustedProxies: [],
        hubSocket: hub.hubSocket,
        feedSocket: hub.feedSocket,
        snapshotFile: join(hub.dir, "snapshot.json"),
        webDir: join(hub.dir, "web"),
      };
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
      const child = spawn(process.execPath, [main, "--config", file], { stdio: ["ignore", "pipe", "inherit"] });
      const exit = once(child, "exit");
      let port = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        const entry = JSON.parse(line) as { msg: string; addresses?: AddressInfo[] };
        if (entry.msg !== "listening") continue;
        port = entry.addresses?.[0]?.port ?? 0;
        break;
      }
      const socket = connectTcp(port, "127.0.0.1");
      socket.end("GET /hub/api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      expect(await readText(socket)).toContain('{"version":"6.1.1"}');
      child.kill("SIGTERM");
      expect((await exit)[0]).toBe(0);
    });

    it("says what is wrong with its file and names no value", async () => {
      const file = join(hub.dir, "wrong.json");
      writeFileSync(file, JSON.stringify({ baseUrl: "no-slash", surprise: "hidden" }));
      const child = spawn(process.execPath, [main, "--config", file], { stdio: ["ignore", "pipe", "inherit"] });
      const [output, [code]] = await Promise.all([readText(child.stdout), once(child, "exit")]);
      expect(code).toBe(1);
      expect(output).toContain("a base URL starts and ends with a slash");
      expect(output).not.toContain("hidden");
    });
  });
});

async function subjectOf(edge: TestEdge): Promise<string> {
  const socket: TLSSocket = connect({ host: "127.0.0.1", port: edge.port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}
