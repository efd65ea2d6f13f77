/** A gateway for job scripts to talk to: the two calls of hub/src/sessions/enrolment.ts over real HTTPS, scripted by a test. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import { openAuthority } from "../../pki/authority.ts";
import { deriveSessionKeys, makeSessionCertificate } from "../../sessions/session-keys.ts";

type Call = { readonly call: "enrol"; readonly body: EnrolRequest } | { readonly call: "report"; readonly body: ReportRequest };
type BodyOf<Name extends Call["call"]> = Extract<Call, { call: Name }>["body"];

export interface Gateway {
  readonly url: string;
  /** The authority that signed its certificate, as FAIRWAY_CA carries it. */
  readonly ca: string;
  readonly secret: string;
  /** What the app must show over TLS. */
  readonly certificatePem: string;
  readonly seen: readonly Call[];
  /** Waits for the next call that no earlier `next` has returned, which must be of this kind. */
  next<Name extends Call["call"]>(name: Name): Promise<BodyOf<Name>>;
  /** Answers the next calls so instead; "lost" cuts the connection when the answer is due. */
  answerNext(...answers: (number | "lost")[]): void;
  beforeAnswer: (() => Promise<void>) | null;
  /** What an enrolment is answered beside the secrets: a route, keys for ssh. */
  readonly also: Record<string, string>;
  close(): Promise<void>;
}

/** @param address where it listens, and by what jobs reach it */
export async function startGateway(expected: { session: string; token: string }, address = "127.0.0.1"): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), "fairway-gateway-"));
  const authority = await openAuthority(folder, Date.now());
  const { certFile, keyFile } = await authority.serverFiles([address], Date.now());
  const keys = deriveSessionKeys(randomBytes(32), expected.session, 0);
  const certificate = makeSessionCertificate(keys.keyPem, expected.session, Date.now());
  const answer = { FAIRWAY_SECRET: keys.secret, FAIRWAY_KEY: toBase64(keys.keyPem), FAIRWAY_CERT: toBase64(certificate) };
  const also: Record<string, string> = {};
  const seen: Call[] = [];
  const waiting: (() => void)[] = [];
  const answers: (number | "lost")[] = [];
  let taken = 0;

  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Object.fromEntries(new URLSearchParams(await readBody(request)));
    const call: Call =
      request.url === "/jobs/enrol"
        ? { call: "enrol", body: EnrolRequest.parse(body) }
        : { call: "report", body: ReportRequest.parse(body) };
    seen.push(call);
    for (const wake of waiting.splice(0)) wake();
    await gateway.beforeAnswer?.();
    gateway.beforeAnswer = null;
    const override = answers.shift();
    if (override === "lost") request.socket.destroy();
    else if (override !== undefined) response.writeHead(override).end("no\n");
    else if (call.call === "enrol") response.end(toLines({ ...answer, ...also }));
    else response.writeHead(204).end();
  }

  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const gateway: Gateway = {
    url: `https://${address}:${port}/jobs`,
    ca: toBase64(authority.certificatePem),
    secret: keys.secret,
    certificatePem: `${certificate.trim()}\n`,
    seen,
    async next(name) {
      while (seen.length <= taken) await new Promise<void>((resolve) => waiting.push(resolve));
      const call = seen[taken++];
      if (call?.call !== name) throw new Error(`expected the job to ${name}, but it called ${call?.call}`);
      return call.body as BodyOf<typeof name>;
    },
    answerNext: (...next) => void answers.push(...next),
    beforeAnswer: null,
    also,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return gateway;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

const toLines = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

const toBase64 = (text: string) => Buffer.from(text).toString("base64");
