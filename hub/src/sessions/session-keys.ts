/**
 * The secrets of one run of a session, all derived from the master key and never stored.
 *
 * So neither the database nor a backup of it holds anything that opens a session, and a hub whose
 * database was restored from yesterday still knows the key of a job that it has never heard of.
 * A requeued job is another run and gets other secrets (`restarts`).
 */
import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { derive } from "../config/secrets.ts";
import { makeSelfSigned } from "../pki/self-signed.ts";

export interface SessionKeys {
  /** What the edge injects and the app demands. */
  readonly secret: string;
  /** The job's TLS key (PKCS #8), and the SHA-256 of its public half (SPKI) that edge and probe pin. */
  readonly keyPem: string;
  readonly pin: string;
}

/** The one secret that travels in the job's environment; dead after its first use. */
export function deriveEnrolToken(masterKey: Buffer, sessionId: string): string {
  return derive(masterKey, "enrol", sessionId).toString("base64url");
}

/** Deriving costs 0.6 ms; a snapshot of thousands of routes and each probe ask for the same ones again. */
const derived = new WeakMap<Buffer, Map<string, SessionKeys>>();
const MOST_KEPT = 10_000;

export function deriveSessionKeys(masterKey: Buffer, sessionId: string, restarts: number): SessionKeys {
  const kept = derived.get(masterKey) ?? new Map<string, SessionKeys>();
  derived.set(masterKey, kept);
  const run = `${sessionId}/${restarts}`;
  const keys = kept.get(run) ?? deriveRun(masterKey, run);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(run, keys);
  return keys;
}

function deriveRun(masterKey: Buffer, run: string): SessionKeys {
  const key = derivePrivateKey(masterKey, run);
  return {
    secret: derive(masterKey, "upstream", run).toString("base64url"),
    keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
    pin: toPin(key),
  };
}

/**
 * Ports to try, in order, the same for ever for one session: where a job listens can be worked out
 * again when nobody remembers. Whoever else sits on one of them cannot show the pinned key.
 */
export function derivePorts(masterKey: Buffer, sessionId: string, range: { from: number; to: number }): number[] {
  const size = range.to - range.from + 1;
  const bytes = derive(masterKey, "ports", sessionId);
  const ports = Array.from({ length: 8 }, (_, index) => range.from + (bytes.readUInt32BE(index * 4) % size));
  return [...new Set(ports)];
}

/** A self-signed certificate for the job's key. Only its key counts: it is pinned, never verified by name. */
export function makeSessionCertificate(keyPem: string, sessionId: string, nowMs: number): string {
  const commonName = `fairway-session-${sessionId}`;
  return makeSelfSigned({ keyPem, commonName, notBefore: nowMs - 86_400_000, notAfter: nowMs + 400 * 86_400_000 });
}

export function toPin(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}

/** A P-256 key from our own bytes: the first candidate below the group's order (nearly always the first). */
function derivePrivateKey(masterKey: Buffer, run: string): KeyObject {
  for (let attempt = 0; ; attempt += 1) {
    const scalar = derive(masterKey, "tls", run, String(attempt));
    const ecdh = createECDH("prime256v1");
    try {
      ecdh.setPrivateKey(scalar);
    } catch {
      // Zero or not below the order (chance 2^-32): the next candidate.
      continue;
    }
    const point = ecdh.getPublicKey();
    const jwk = {
      kty: "EC",
      crv: "P-256",
      d: scalar.toString("base64url"),
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33, 65).toString("base64url"),
    };
    return createPrivateKey({ key: jwk, format: "jwk" });
  }
}
