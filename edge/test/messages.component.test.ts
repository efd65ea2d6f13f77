import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, askRaw, type TestEdge } from "./harness.ts";
import { openStage, type Stage } from "./stage.ts";
import type { TestApp } from "./test-app.ts";
import { readText } from "./test-hub.ts";

describe("messages to and from an app", () => {
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

  it.each([
    ["a body of known length", { "content-length": "5" }, "hello"],
    ["a chunked body", { "transfer-encoding": "chunked" }, "hello"],
    ["no body at all", {}, undefined],
  ])("pass %s as it is framed", async (_name, framing, body) => {
    const seen: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
    app.handler = (req, res) => {
      void readText(req).then((text) => {
        seen.push({ headers: req.headers, body: text });
        res.end();
      });
    };
    const answer = await ask(edge, "/user/alice/", {
      method: "POST",
      headers: { ...headers, ...framing },
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBe(200);
    expect(seen[0]?.body).toBe(body ?? "");
    if ("content-length" in framing) expect(seen[0]?.headers).toMatchObject(framing);
    if ("transfer-encoding" in framing) expect(seen[0]?.headers).toMatchObject(framing);
  });
  it("keep the body of a DELETE with its length", async () => {
    const bodies: string[] = [];
    app.handler = (req, res) => void readText(req).then((text) => res.end(String(bodies.push(text))));
    await ask(edge, "/user/alice/", { method: "DELETE", headers: { ...headers, "content-length": "4" }, body: "gone" });
    expect(bodies).toEqual(["gone"]);
  });
  it("answer HEAD with the length and without a body", async () => {
    app.handler = (_req, res) => res.writeHead(200, { "content-length": "1000" }).end();
    const answer = await ask(edge, "/user/alice/", { method: "HEAD", headers });
    expect(answer.headers["content-length"]).toBe("1000");
    expect(answer.body).toBe("");
  });
  it.each([204, 304])("pass %i without a body", async (status) => {
    app.handler = (_req, res) => res.writeHead(status, { etag: '"x"' }).end();
    const answer = await ask(edge, "/user/alice/", { headers });
    expect([answer.status, answer.headers.etag, answer.body]).toEqual([status, '"x"', ""]);
  });
  it("pass trailers", async () => {
    app.handler = (_req, res) => {
      res.writeHead(200, { trailer: "X-Sum" });
      res.write("body");
      res.addTrailers({ "X-Sum": "42" });
      res.end();
    };
    expect((await ask(edge, "/user/alice/", { headers })).trailers).toEqual({ "x-sum": "42" });
  });
  it("survive a Trailer field on an answer of known length (http-proxy #1647)", async () => {
    app.handler = (_req, res) => {
      res.socket?.end("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Length: 2\r\n\r\nok");
    };
    expect((await ask(edge, "/user/alice/", { headers })).body).toBe("ok");
  });
  it("survive early hints", async () => {
    app.handler = (_req, res) => {
      res.writeEarlyHints({ link: "</style.css>; rel=preload" });
      res.end("after");
    };
    expect((await ask(edge, "/user/alice/", { headers })).body).toBe("after");
  });
  it("serve a client of HTTP/1.0 without chunks", async () => {
    app.handler = (_req, res) => {
      res.write("one ");
      res.end("two");
    };
    const text = await askRaw(edge, `GET /user/alice/ HTTP/1.0\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\n\r\n`);
    expect(text).toMatch(/\r\n\r\none two$/);
    expect(text.toLowerCase()).not.toContain("chunked");
  });
  it("let the app answer before the body is there, and the connection go on after it", async () => {
    app.handler = (req, res) => {
      if (req.method === "PUT") res.writeHead(413).end("too large");
      else res.end("next");
    };
    const head = (method: string, more: string) =>
      `${method} /user/alice/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\n${more}\r\n`;
    const put = head("PUT", "Content-Length: 3000000\r\n") + "x".repeat(3_000_000);
    const text = await askRaw(edge, put + head("GET", "Connection: close\r\n"), 5_000);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain("too large");
    expect(text).toContain("next");
  });
  it("end a body that the app cut short visibly cut", async () => {
    app.handler = (_req, res) => {
      res.writeHead(200, { "content-length": "100" });
      res.write("part");
      setTimeout(() => res.destroy(), 20);
    };
    await expect(ask(edge, "/user/alice/", { headers })).rejects.toThrow();
  });
  it("ask once more when the app closed a kept connection", async () => {
    let requests = 0;
    app.handler = (req, res) => {
      requests += 1;
      if (requests === 2) req.socket.destroy();
      else res.end("ok");
    };
    await ask(edge, "/user/alice/", { headers });
    expect((await ask(edge, "/user/alice/", { headers })).status).toBe(200);
  });
  it("never send a POST twice", async () => {
    let requests = 0;
    app.handler = (req) => {
      requests += 1;
      req.socket.destroy();
    };
    const answer = await ask(edge, "/user/alice/", { method: "POST", headers: { ...headers, "content-length": "1" }, body: "x" });
    expect([answer.status, requests]).toEqual([502, 1]);
  });
  it("invite the body when the client waits for that", async () => {
    app.handler = (req, res) => void readText(req).then((text) => res.end(text));
    const body = await new Promise((resolve, reject) => {
      const waiting = { ...headers, expect: "100-continue", "content-length": "5" };
      const req = request({ host: "127.0.0.1", port: edge.port, path: "/user/alice/", method: "PUT", headers: waiting }, (res) => {
        readText(res).then(resolve, reject);
      });
      req.on("continue", () => req.end("hello"));
      req.on("error", reject);
      req.flushHeaders();
    });
    expect(body).toBe("hello");
  });
  it("do not invite the body of somebody who may not", async () => {
    const text = await askRaw(edge, "PUT /user/alice/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(text).not.toContain("100 Continue");
  });
});
