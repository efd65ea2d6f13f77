/**
 * Ed25519 key pairs in OpenSSH's own file format (PROTOCOL.key of OpenSSH), without passphrase: what sshd, ssh
 * and ssh2 read. PKCS #8 they do not all take.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { formatPublicKeyLine, SshFormatError, SshReader, sshString, uint32 } from "./ssh-wire.ts";

const TYPE = "ssh-ed25519";
const MAGIC = Buffer.from("openssh-key-v1\0");
const BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END = "-----END OPENSSH PRIVATE KEY-----";
/** PKCS #8 (RFC 8410) up to the seed. */
const PKCS8_BEFORE_SEED = Buffer.from("302e020100300506032b657004220420", "hex");
const SEED_BYTES = 32;
/** Of the cipher "none". */
const BLOCK_BYTES = 8;

export interface SshKeyPair {
  /** The text of a file like `id_ed25519` (0600). */
  readonly privateKey: string;
  /** authorized_keys form, with the comment. */
  readonly publicKey: string;
  readonly publicBlob: Buffer;
  /** The signature alone, 64 bytes. */
  sign(data: Buffer): Buffer;
}

export function makeSshKey(comment: string): SshKeyPair {
  return sshKeyFromSeed(randomBytes(SEED_BYTES), comment);
}

/** The same seed gives the same key, and the same file. @param seed 32 secret bytes */
export function sshKeyFromSeed(seed: Buffer, comment: string): SshKeyPair {
  if (seed.length !== SEED_BYTES) throw new Error(`an Ed25519 seed has ${SEED_BYTES} bytes`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_BEFORE_SEED, seed]), format: "der", type: "pkcs8" });
  const point = publicPointOf(key);
  const publicBlob = Buffer.concat([sshString(TYPE), sshString(point)]);
  return {
    privateKey: encodeFile(seed, point, publicBlob, comment),
    publicKey: formatPublicKeyLine({ type: TYPE, blob: publicBlob, comment }),
    publicBlob,
    sign: (data) => sign(null, data, key),
  };
}

/** @throws SshFormatError for another kind of key, or one with a passphrase */
export function readSshKey(text: string): SshKeyPair {
  const match = new RegExp(`^\\s*${BEGIN}([A-Za-z0-9+/=\\s]+)${END}\\s*$`).exec(text);
  const bytes = Buffer.from(match?.[1] ?? "", "base64");
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new SshFormatError("it is no OpenSSH private key");
  const reader = new SshReader(bytes.subarray(MAGIC.length));
  const [cipher, kdf] = [reader.text(), reader.text()];
  reader.string(); // the kdf's options
  if (cipher !== "none" || kdf !== "none") throw new SshFormatError("it has a passphrase");
  if (reader.uint32() !== 1) throw new SshFormatError("it holds several keys");
  const publicBlob = reader.string();
  const secret = new SshReader(reader.string());
  const [check, again] = [secret.uint32(), secret.uint32()];
  if (check !== again) throw new SshFormatError("it is damaged");
  if (secret.text() !== TYPE) throw new SshFormatError("it is no Ed25519 key");
  secret.string(); // the public half, once more
  const seed = secret.string().subarray(0, SEED_BYTES);
  if (seed.length !== SEED_BYTES) throw new SshFormatError("it is damaged");
  const pair = sshKeyFromSeed(seed, secret.text());
  if (!pair.publicBlob.equals(publicBlob)) throw new SshFormatError("its halves do not belong together");
  return pair;
}

function encodeFile(seed: Buffer, point: Buffer, publicBlob: Buffer, comment: string): string {
  // Any number does, twice: it shows a wrong passphrase. From the seed, so that the file is always the same.
  const check = createHash("sha256").update("check\0").update(seed).digest().subarray(0, 4);
  const pair = Buffer.concat([seed, point]);
  const secret = Buffer.concat([check, check, sshString(TYPE), sshString(point), sshString(pair), sshString(comment)]);
  const padding = Buffer.from(Array.from({ length: (BLOCK_BYTES - (secret.length % BLOCK_BYTES)) % BLOCK_BYTES }, (_, index) => index + 1));
  const kdfOptions = "";
  const bytes = Buffer.concat([
    MAGIC,
    ...[sshString("none"), sshString("none"), sshString(kdfOptions)],
    uint32(1),
    sshString(publicBlob),
    sshString(Buffer.concat([secret, padding])),
  ]);
  const lines = bytes.toString("base64").replace(/.{70}/g, "$&\n").trimEnd();
  return `${BEGIN}\n${lines}\n${END}\n`;
}

/** The last 32 bytes of its SubjectPublicKeyInfo (RFC 8410). */
function publicPointOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" }).subarray(-SEED_BYTES);
}
