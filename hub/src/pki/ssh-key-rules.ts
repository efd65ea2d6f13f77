/**
 * Which public keys of people are taken: of a type that is still sound, and written in the one way that there
 * is, so that a key has one fingerprint and cannot be registered twice.
 */
import { createPublicKey } from "node:crypto";
import { parsePublicKeyLine, SshFormatError, type SshPublicKey, SshReader } from "./ssh-wire.ts";

const MIN_RSA_BITS = 2048;
/** The door's limits (its public-key.ts): a larger key costs too much to check for whoever comes. */
const MAX_RSA_BITS = 8192;
const MAX_EXPONENT_BYTES = 4;
const POINT_BYTES = 32;
/** What a security key signs for: "ssh:" and a little more. */
const MAX_APPLICATION_BYTES = 200;
const CURVES: ReadonlyMap<string, { name: string; bytes: number }> = new Map([
  ["nistp256", { name: "P-256", bytes: 32 }],
  ["nistp384", { name: "P-384", bytes: 48 }],
  ["nistp521", { name: "P-521", bytes: 66 }],
]);

/** @throws SshFormatError with what is wrong, for people: "it is …" */
export function readPersonalKey(line: string): SshPublicKey {
  const key = parsePublicKeyLine(line);
  const reader = new SshReader(key.blob);
  reader.string(); // the type, which is the line's
  ensureSound(key.type, reader);
  if (!reader.isAtEnd) throw new SshFormatError("it is longer than such a key");
  return key;
}

function ensureSound(type: string, reader: SshReader): void {
  switch (type) {
    case "ssh-ed25519":
      ensurePoint(reader);
      return;
    case "sk-ssh-ed25519@openssh.com":
      ensurePoint(reader);
      ensureApplication(reader);
      return;
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      ensureOnCurve(reader, "nistp256");
      ensureApplication(reader);
      return;
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
      ensureOnCurve(reader, type.slice("ecdsa-sha2-".length));
      return;
    case "ssh-rsa":
      ensureRsa(reader);
      return;
    default:
      throw new SshFormatError(`it is of the type ${type}, which is not taken: use ed25519, ecdsa, rsa, or a security key's (sk)`);
  }
}

function ensurePoint(reader: SshReader): void {
  if (reader.string().length !== POINT_BYTES) throw new SshFormatError("it is damaged");
}

function ensureApplication(reader: SshReader): void {
  if (reader.string().length > MAX_APPLICATION_BYTES) throw new SshFormatError("it is damaged");
}

function ensureOnCurve(reader: SshReader, curve: string): void {
  const { name, bytes } = CURVES.get(curve) ?? { name: "", bytes: 0 };
  const said = reader.text();
  const point = reader.string();
  // Uncompressed (SEC 1 §2.3.3): the only form that SSH has (RFC 5656 §3.1 lets others be, OpenSSH refuses them).
  if (said !== curve || point.length !== 1 + 2 * bytes || point[0] !== 4) throw new SshFormatError("it is damaged");
  const x = point.subarray(1, 1 + bytes).toString("base64url");
  const y = point.subarray(1 + bytes).toString("base64url");
  try {
    createPublicKey({ key: { kty: "EC", crv: name, x, y }, format: "jwk" });
  } catch (error) {
    throw new SshFormatError("it is damaged: its point is not on the curve", { cause: error });
  }
}

function ensureRsa(reader: SshReader): void {
  const exponent = readPositive(reader);
  const modulus = readPositive(reader);
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < MIN_RSA_BITS) throw new SshFormatError(`it is an RSA key of ${bits} bits: ${MIN_RSA_BITS} is the least`);
  if (bits > MAX_RSA_BITS) throw new SshFormatError(`it is an RSA key of ${bits} bits: ${MAX_RSA_BITS} is the most`);
  if (exponent.length > MAX_EXPONENT_BYTES) throw new SshFormatError("its exponent is larger than any program makes it: use 65537");
  const isOdd = ((exponent.at(-1) ?? 0) & 1) === 1 && ((modulus.at(-1) ?? 0) & 1) === 1;
  if (!isOdd || exponent.equals(Buffer.from([1]))) throw new SshFormatError("it is damaged");
}

/** A positive mpint in its shortest form (RFC 4251 §5), without the byte that keeps it positive. */
function readPositive(reader: SshReader): Buffer {
  const bytes = reader.string();
  const [first = 0, second = 0] = bytes;
  const isShortest = bytes.length > 0 && first < 0x80 && !(first === 0 && second < 0x80);
  if (!isShortest) throw new SshFormatError("it is damaged: a number is not in its shortest form");
  return first === 0 ? bytes.subarray(1) : bytes;
}
