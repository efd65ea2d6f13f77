/**
 * Connects to an upstream. With a pin, the peer must hold the private key of the session's own
 * certificate before a single byte of a request is sent: whoever else bound the port learns nothing.
 */
import { hash, type X509Certificate } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Upstream } from "@fairway/contract/feed.ts";

const KEEP_ALIVE_MS = 15_000;

/** Nothing of the request was sent: it may be tried again, here or later. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
}

/** @throws {ConnectFailure} when nobody answers in time, or somebody with another key does. */
export function connectUpstream(upstream: Upstream, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open(upstream);
    const fail = (cause: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new ConnectFailure(`could not connect to ${describe(upstream)}`, { cause }));
    };
    const timer = setTimeout(() => fail(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    socket.once("error", fail);
    socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => {
      if (upstream.pin !== null && readPin(socket) !== upstream.pin) {
        fail(new Error("the certificate is not the one of this session"));
        return;
      }
      clearTimeout(timer);
      socket.off("error", fail);
      socket.setNoDelay(true);
      // Finds out about a node that was switched off: ten probes, one second apart.
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      resolve(socket);
    });
  });
}

/** SHA-256 of a certificate's public key (SPKI), base64: what `Upstream.pin` holds. */
export function toPin(certificate: X509Certificate): string {
  return hash("sha256", certificate.publicKey.export({ type: "spki", format: "der" }), "base64");
}

function open(upstream: Upstream): Socket {
  const where = upstream.kind === "unix" ? { path: upstream.path } : { host: upstream.host, port: upstream.port };
  const socket = connectTcp({ ...where, allowHalfOpen: true });
  if (upstream.pin === null) return socket;
  // No authority has signed the session's certificate: the pin, checked above, stands for all of it.
  const secured = connectTls({ socket, rejectUnauthorized: false, minVersion: "TLSv1.2", ALPNProtocols: ["http/1.1"] });
  socket.once("error", (error) => secured.destroy(error));
  return secured;
}

function readPin(socket: Socket): string | null {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? null : toPin(certificate);
}

function describe(upstream: Upstream): string {
  return upstream.kind === "unix" ? "its Unix socket" : `${upstream.host}:${upstream.port}`;
}
