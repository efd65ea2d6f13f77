/** An app as a job would run it: real TLS with the session's key, and it remembers what it was asked. */
import { once } from "node:events";
import { createServer as createPlainServer, type IncomingMessage, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { makeSessionCertificate } from "../session-keys.ts";

export interface SessionApp {
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  /** How it answers from now on. */
  status: number;
  /** What it says, by the end of the path (without its query); an empty body otherwise. */
  readonly bodies: Map<string, unknown>;
  /** The JSON that it was posted. */
  readonly posted: readonly unknown[];
  close(): Promise<void>;
}

/** `keyPem` null: plain HTTP. `ports`: on the first of them that is free. */
export async function startSessionApp(keyPem: string | null, ports: readonly number[] = [0]): Promise<SessionApp> {
  const requests: IncomingMessage[] = [];
  const bodies = new Map<string, unknown>();
  const posted: unknown[] = [];
  const app = { port: 0, requests, bodies, posted, status: 200, close: () => endServer(server) };
  const answer = (request: IncomingMessage, response: { writeHead(status: number): { end(body?: string): void } }) => {
    requests.push(request);
    const path = request.url?.split("?", 1)[0] ?? "";
    const known = [...bodies].find(([end]) => path.endsWith(end));
    if (request.method === "POST") void json(request).then((body) => posted.push(body));
    response.writeHead(app.status).end(known === undefined ? undefined : JSON.stringify(known[1]));
  };
  const server =
    keyPem === null
      ? createPlainServer(answer)
      : createServer({ key: keyPem, cert: makeSessionCertificate(keyPem, "test", Date.now()) }, answer);
  await listenOnFirst(server, ports);
  app.port = (server.address() as AddressInfo).port;
  return app;
}

async function listenOnFirst(server: Server, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    server.listen(port, "127.0.0.1");
    // Taken by somebody else on this machine: the next one.
    const isListening = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (isListening) return;
  }
  throw new Error(`none of the ports ${ports.join(", ")} is free`);
}

function endServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
