import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestEdge, until } from "./harness.ts";
import { openStage, type Stage } from "./stage.ts";
import type { TestApp } from "./test-app.ts";

describe("streams to and from an app", () => {
  let stage: Stage;
  let app: TestApp;
  let edge: TestEdge;
  let headers: Record<string, string>;
  let echo: TestApp["handler"];

  beforeAll(async () => {
    stage = await openStage();
    ({ app, edge } = stage);
    headers = { ...stage.headers };
    echo = app.handler;
  });
  afterAll(() => stage.close());
  beforeEach(() => {
    app.handler = echo;
    app.requests.length = 0;
  });

  /** A response whose end the test decides. */
  const holdResponse = () => {
    const held: { res: ServerResponse | null } = { res: null };
    app.handler = (_req, res) => {
      held.res = res;
    };
    return held;
  };

  it("show an event stream's head and each event at once", async () => {
    const held = holdResponse();
    const req = request({ host: "127.0.0.1", port: edge.port, path: "/user/alice/events", headers });
    req.end();
    await until(() => held.res !== null);
    held.res!.writeHead(200, { "content-type": "text/event-stream" });
    held.res!.flushHeaders();
    const [res] = await once(req, "response");
    held.res!.write("data: 1\n\n");
    expect(String((await once(res, "data"))[0])).toBe("data: 1\n\n");
    held.res!.write("data: 2\n\n");
    expect(String((await once(res, "data"))[0])).toBe("data: 2\n\n");
    req.destroy();
    await until(() => held.res!.destroyed);
  });
  it("tell the app when the client goes", async () => {
    const held = holdResponse();
    const req = request({ host: "127.0.0.1", port: edge.port, path: "/user/alice/slow", headers });
    req.on("error", () => undefined);
    req.end();
    await until(() => held.res !== null);
    req.destroy();
    await until(() => held.res!.destroyed);
  });
  it("tell the app when the client goes in the middle of its body", async () => {
    let isAborted = false;
    app.handler = (req) => {
      req.resume();
      req.on("error", () => undefined);
      req.on("close", () => {
        isAborted = !req.complete;
      });
    };
    const req = request({ host: "127.0.0.1", port: edge.port, path: "/user/alice/up", method: "PUT", headers });
    req.on("error", () => undefined);
    req.write("start");
    await until(() => app.requests.length === 1);
    req.destroy();
    await until(() => isAborted);
  });
  it("hold the app back while the client does not read", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(1 << 20);
    app.handler = (_req, res) => {
      res.writeHead(200);
      const pour = () => {
        while (sent < 200 && res.write(chunk)) sent += 1;
        sent += 1;
      };
      res.on("drain", pour);
      pour();
    };
    const socket = connect(edge.port, "127.0.0.1");
    socket.pause();
    socket.write(`GET /user/alice/big HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\n\r\n`);
    await until(() => sent > 0);
    let before = -1;
    // Quiet means: nothing more was taken in five looks in a row.
    for (let quiet = 0; quiet < 5; quiet = sent === before ? quiet + 1 : 0) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(sent).toBeLessThan(60);
    socket.destroy();
  });
  it("hold the client back while the app does not read", async () => {
    app.handler = () => undefined;
    const socket = connect(edge.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(`PUT /user/alice/big HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\nAuthorization: ${headers.authorization}\r\n\r\n`);
    const chunk = Buffer.alloc(1 << 20);
    let sent = 0;
    const pour = () => {
      while (sent < 190 && socket.write(chunk)) sent += 1;
      sent += 1;
    };
    socket.on("drain", pour);
    pour();
    let before = -1;
    for (let quiet = 0; quiet < 5; quiet = sent === before ? quiet + 1 : 0) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(sent).toBeLessThan(60);
    socket.destroy();
  });
});
