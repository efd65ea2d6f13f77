/** People's public keys: read from their wire form, and used to check a signature. Certificates are certificate.ts's. */
import { createPublicKey, hash, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { Malformed, Reader } from "./wire.ts";

export interface PublicKey {
  /** As the blob begins: `ssh-ed25519`. */
  readonly type: string;
  readonly key: KeyObject;
  /** Of a key in a security token (FIDO): what it was made for. */
  readonly application: Buffer | null;
}

/** `bytes` for ECDSA: ASN.1 (`der`) or two numbers (`wire`). `flags` and `counter` are a security token's. */
export interface Signature {
  readonly algorithm: string;
  readonly bytes: Buffer;
  readonly encoding: "wire" | "der";
  readonly token: { readonly flags: number; readonly counter: Buffer } | null;
}

const CURVES: Readonly<Record<string, { readonly crv: string; readonly size: number; readonly hash: string }>> = {
  nistp256: { crv: "P-256", size: 32, hash: "sha256" },
  nistp384: { crv: "P-384", size: 48, hash: "sha384" },
  nistp521: { crv: "P-521", size: 66, hash: "sha512" },
};
const RSA_HASHES: Readonly<Record<string, string>> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" };
const LEAST_RSA_BITS = 2048;
/** A signature is checked before its key is known to anybody: what a stranger shows must be cheap to check. */
const MOST_RSA_BITS = 8192;
const MOST_EXPONENT_BYTES = 4;
const ED25519_BYTES = 32;
/** A security token's flags: the person touched it; gave it a PIN or a finger. */
const TOUCHED = 0x01;
const VERIFIED = 0x04;

/** @throws {Malformed} also for types that are not accepted here */
export function parsePublicKey(blob: Buffer): PublicKey {
  const reader = new Reader(blob);
  const key = readPublicKey(reader, reader.text());
  if (!reader.isAtEnd) throw new Malformed("something follows the key");
  return key;
}

/** The fields of a key of that type, as they also stand in a certificate. @throws {Malformed} */
export function readPublicKey(reader: Reader, type: string): PublicKey {
  switch (type) {
    case "ssh-ed25519":
      return { type, key: readEd25519(reader), application: null };
    case "sk-ssh-ed25519@openssh.com":
      return { type, key: readEd25519(reader), application: reader.string() };
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
      return { type, key: readEcdsa(reader, type.slice("ecdsa-sha2-".length)), application: null };
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      return { type, key: readEcdsa(reader, "nistp256"), application: reader.string() };
    case "ssh-rsa":
      return { type, key: readRsa(reader), application: null };
    default:
      throw new Malformed("keys of this type are not accepted");
  }
}

function readEd25519(reader: Reader): KeyObject {
  const bytes = reader.string();
  if (bytes.length !== ED25519_BYTES) throw new Malformed("an Ed25519 key has 32 bytes");
  return toKey({ kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") });
}

function readEcdsa(reader: Reader, name: string): KeyObject {
  const curve = CURVES[name];
  if (reader.text() !== name || curve === undefined) throw new Malformed("the key is of another curve than it says");
  const point = reader.string();
  if (point.length !== 1 + 2 * curve.size || point[0] !== 4) throw new Malformed("this is no point of the curve");
  const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)];
  return toKey({ kty: "EC", crv: curve.crv, x: x.toString("base64url"), y: y.toString("base64url") });
}

function readRsa(reader: Reader): KeyObject {
  const [e, n] = [reader.mpint(), reader.mpint()];
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bits < LEAST_RSA_BITS || bits > MOST_RSA_BITS || e.length === 0 || e.length > MOST_EXPONENT_BYTES)
    throw new Malformed("an RSA key of that size is not accepted");
  return toKey({ kty: "RSA", e: e.toString("base64url"), n: n.toString("base64url") });
}

function toKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch (cause) {
    throw new Malformed("the numbers of the key make no key", { cause });
  }
}

/** A signature as it stands on the wire, and in certificates. @throws {Malformed} */
export function readSignature(blob: Buffer): Signature {
  const reader = new Reader(blob);
  const algorithm = reader.text();
  const bytes = reader.string();
  const token = algorithm.startsWith("sk-") ? { flags: reader.byte(), counter: uint32(reader) } : null;
  if (!reader.isAtEnd) throw new Malformed("something follows the signature");
  return { algorithm, bytes, encoding: "wire", token };
}

function uint32(reader: Reader): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(reader.uint32());
  return bytes;
}

/** @param mustVerify a security token must have asked for its PIN. @throws {Malformed} */
export function isSignedBy(key: PublicKey, data: Buffer, signature: Signature, mustVerify = false): boolean {
  if (key.application === null) return checkPlain(key, data, signature);
  const { token } = signature;
  if (token === null || signature.algorithm !== key.type || (token.flags & TOUCHED) === 0) return false;
  if (mustVerify && (token.flags & VERIFIED) === 0) return false;
  // What a security token signs (PROTOCOL.u2f): hashes, and what it says of the person.
  const signed = Buffer.concat([sha256(key.application), Buffer.from([token.flags]), token.counter, sha256(data)]);
  const type = key.type === "sk-ssh-ed25519@openssh.com" ? "ssh-ed25519" : "ecdsa-sha2-nistp256";
  return checkPlain({ ...key, type }, signed, { ...signature, algorithm: type });
}

function checkPlain({ type, key }: PublicKey, data: Buffer, { algorithm, bytes, encoding }: Signature): boolean {
  if (type === "ssh-rsa") {
    const digest = RSA_HASHES[algorithm];
    return digest !== undefined && verify(digest, data, key, bytes);
  }
  if (algorithm !== type) return false;
  if (type === "ssh-ed25519") return verify(null, data, key, bytes);
  const curve = CURVES[type.slice("ecdsa-sha2-".length)];
  if (curve === undefined) return false;
  return encoding === "der"
    ? verify(curve.hash, data, { key, dsaEncoding: "der" }, bytes)
    : verify(curve.hash, data, { key, dsaEncoding: "ieee-p1363" }, toFixedSize(bytes, curve.size));
}

/** SSH's two numbers -> both with their leading zeros, one after the other. */
function toFixedSize(bytes: Buffer, size: number): Buffer {
  const reader = new Reader(bytes);
  const numbers = [reader.mpint(), reader.mpint()];
  if (!reader.isAtEnd || numbers.some((number) => number.length > size)) throw new Malformed("this is no signature of that curve");
  return Buffer.concat(numbers.flatMap((number) => [Buffer.alloc(size - number.length), number]));
}

function sha256(data: Buffer): Buffer {
  return hash("sha256", data, "buffer");
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${hash("sha256", blob, "base64").replace(/=+$/, "")}`;
}
