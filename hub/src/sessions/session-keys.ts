/**
 * The secrets of one run of a session, all derived from the master key and never stored.
 *
 * So neither the database nor a backup of it holds anything that opens a session, and a hub whose
 * database was restored from yesterday still knows the key of a job that it has never heard of.
 * A requeued job is another run and gets other secrets (`restarts`).
 */
import { createECDH, createHash, createPublicKey, type KeyObject } from "node:crypto";
import { derive } from "../config/secrets.ts";
import { makeSelfSigned } from "../pki/self-signed.ts";
import { type SshKeyPair, sshKeyFromSeed } from "../pki/ssh-ed25519.ts";

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
  const { scalar, point } = deriveKeyPair(masterKey, run);
  const pkcs8 = Buffer.concat([PKCS8_BEFORE_SCALAR, scalar, PKCS8_BEFORE_POINT, point]);
  return {
    secret: derive(masterKey, "upstream", run).toString("base64url"),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`,
    pin: hashPin(Buffer.concat([SPKI_BEFORE_POINT, point])),
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

export interface SessionSshKeys {
  /** Lets the job's tunnel in at the door. */
  readonly tunnel: SshKeyPair;
  /** Of the sshd in the job; the door pins it. */
  readonly host: SshKeyPair;
  /** The one key that the sshd in the job lets in. */
  readonly door: SshKeyPair;
}

/** The SSH keys of one run. Not kept: they are asked for when somebody comes, not for each request. */
export function deriveSshKeys(masterKey: Buffer, sessionId: string, restarts: number): SessionSshKeys {
  const toPair = (purpose: string) => sshKeyFromSeed(derive(masterKey, purpose, `${sessionId}/${restarts}`), "");
  return { tunnel: toPair("session-tunnel"), host: toPair("session-sshd"), door: toPair("session-door") };
}

/** A self-signed certificate for the job's key. Only its key counts: it is pinned, never verified by name. */
export function makeSessionCertificate(keyPem: string, sessionId: string, nowMs: number): string {
  const commonName = `fairway-session-${sessionId}`;
  return makeSelfSigned({ keyPem, commonName, notBefore: nowMs - 86_400_000, notAfter: nowMs + 400 * 86_400_000 });
}

export function toPin(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return hashPin(publicKey.export({ type: "spki", format: "der" }));
}

function hashPin(spki: Buffer): string {
  return createHash("sha256").update(spki).digest("base64");
}

/**
 * A P-256 key, written down at once: going through Node's key objects takes twice as long, and one is made
 * for every job. PKCS #8 (RFC 5958) with RFC 5915's key in it, and SubjectPublicKeyInfo (RFC 5480): all
 * their lengths are fixed.
 */
const PKCS8_BEFORE_SCALAR = Buffer.from("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420", "hex");
const PKCS8_BEFORE_POINT = Buffer.from("a144034200", "hex");
const SPKI_BEFORE_POINT = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");

/** From our own bytes: the first candidate below the group's order (nearly always the first). */
function deriveKeyPair(masterKey: Buffer, run: string): { scalar: Buffer; point: Buffer } {
  for (let attempt = 0; ; attempt += 1) {
    const scalar = derive(masterKey, "tls", run, String(attempt));
    const ecdh = createECDH("prime256v1");
    try {
      ecdh.setPrivateKey(scalar);
    } catch {
      // Zero or not below the order (chance 2^-32): the next candidate.
      continue;
    }
    return { scalar, point: ecdh.getPublicKey() };
  }
}
