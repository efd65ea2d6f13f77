/** A session's app: a real server with a certificate of its own, which remembers what reached it. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import type { Upstream } from "@fairway/contract/feed.ts";
import { toPin } from "../src/connect.ts";
import { makeTempDir } from "./temp-dir.ts";

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly pin: string;
}

export function makeCertificate(name: string): Certificate {
  const dir = makeTempDir();
  const certFile = join(dir, "cert.pem");
  const keyFile = join(dir, "key.pem");
  const argv = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", [...argv, "-subj", `/CN=${name}`, "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
  return { certFile, keyFile, pin: toPin(new X509Certificate(readFileSync(certFile))) };
}

export class TestApp {
  readonly requests: IncomingMessage[] = [];
  readonly sockets = new Set<Socket>();
  /** Below TLS, and also those that never finished its handshake. */
  readonly #connections = new Set<Socket>();
  /** Bytes of plain text that reached the app (after TLS), over all connections. */
  bytesRead = 0;
  server: Server;
  handler: RequestListener = (req, res) => {
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ method: req.method, url: req.url, rawHeaders: req.rawHeaders }));
  };
  readonly certificate: Certificate | null;

  constructor(certificate: Certificate | null) {
    this.certificate = certificate;
    const listener: RequestListener = (req, res) => {
      this.requests.push(req);
      this.handler(req, res);
    };
    this.server =
      certificate === null
        ? createServer(listener)
        : createTlsServer(
            { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile), allowHalfOpen: true },
            listener,
          );
    this.server.on("connection", (socket: Socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
    });
    this.server.on(certificate === null ? "connection" : "secureConnection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("data", (chunk) => {
        this.bytesRead += chunk.length;
      });
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", resolve);
    });
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get upstream(): Upstream {
    return { kind: "tcp", host: "127.0.0.1", port: this.port, pin: this.certificate?.pin ?? null };
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    for (const socket of this.#connections) socket.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
