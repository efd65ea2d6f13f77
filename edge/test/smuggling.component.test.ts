import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, askRaw, type TestEdge } from "./harness.ts";
import { openStage, type Stage } from "./stage.ts";
import type { TestApp } from "./test-app.ts";
import { readText } from "./test-hub.ts";

describe("what two parsers could read in two ways", () => {
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

  const secret = () => `Authorization: ${headers.authorization}\r\n`;
  it.each([
    ["both lengths", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"],
    ["both lengths, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG"],
    ["two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
    ["a list of lengths", "Content-Length: 1, 1\r\n\r\nx"],
    ["a signed length", "Content-Length: +1\r\n\r\nx"],
    ["a hexadecimal length", "Content-Length: 0x1\r\n\r\nx"],
    ["a coding beside chunked", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
    ["an unknown coding", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
    ["chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"],
    ["a folded line", "X-Fold: a\r\n b\r\n\r\n"],
    ["a bare line feed", "X-A: b\nX-B: c\r\n\r\n"],
    ["a length that is for one hop", "Connection: Content-Length\r\nContent-Length: 1\r\n\r\nx"],
    ["a second Host", "Host: y\r\n\r\n"],
    ["a zero byte", "X-A: \0\r\n\r\n"],
  ])("is refused: %s", async (_name, rest) => {
    const text = await askRaw(edge, `POST /user/alice/ HTTP/1.1\r\nHost: x\r\n${secret()}${rest}`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(app.requests).toHaveLength(0);
  });
  it.each([
    ["an absolute target", "GET http://x/user/alice/ HTTP/1.1\r\nHost: x\r\n"],
    ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n"],
    ["no Host", "GET /user/alice/ HTTP/1.1\r\n"],
    ["a Host that is none", "GET /user/alice/ HTTP/1.1\r\nHost: a/b\r\n"],
    ["TRACE, which would show the secret", "TRACE /user/alice/ HTTP/1.1\r\nHost: x\r\n"],
    ["a chunked body in HTTP/1.0", "POST /user/alice/ HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"],
  ])("is refused: %s", async (_name, head) => {
    const text = await askRaw(
      edge,
      `${head}Connection: close\r\n${secret()}${head.startsWith("TRACE") ? `Origin: ${edge.origin}\r\n` : ""}\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.[01] 400 /);
    expect(app.requests).toHaveLength(0);
  });
  it("is a body that looks like a request: it stays a body", async () => {
    const bodies: string[] = [];
    app.handler = (req, res) => void readText(req).then((text) => res.end(String(bodies.push(text))));
    const smuggled = "GET /user/alice/admin HTTP/1.1\r\nHost: x\r\n\r\n";
    await askRaw(
      edge,
      `DELETE /user/alice/ HTTP/1.1\r\nHost: x\r\n${secret()}Transfer-Encoding: chunked\r\n\r\n${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    );
    expect(bodies).toEqual([smuggled]);
    expect(app.requests).toHaveLength(1);
  });
  it.each([
    ["two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"],
    ["both lengths", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"],
    ["a broken head", "X-\0: a\r\n\r\n"],
  ])("is refused in an answer: %s", async (_name, rest) => {
    app.handler = (_req, res) => res.socket?.end(`HTTP/1.1 200 OK\r\n${rest}`);
    const outcome = await ask(edge, "/user/alice/", { headers }).then(
      (answer) => answer.status,
      () => "cut",
    );
    expect([502, "cut"]).toContain(outcome);
  });
  it("is a head too long for us", async () => {
    const text = await askRaw(edge, `GET /user/alice/ HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(70_000)}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
  });
});
