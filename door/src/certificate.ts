/**
 * OpenSSH's user certificates (PROTOCOL.certkeys): read and judged. `ssh2` does neither. The verdict is sshd's own,
 * but for what is stricter here on purpose: authorities are Ed25519, and `force-command` is refused, not carried out.
 * It knows nothing of revocation: the hub does, by the certificate's key id.
 */
import { isIP } from "node:net";
import { matchesNetworks } from "./networks.ts";
import { isSignedBy, type PublicKey, parsePublicKey, readPublicKey, readSignature } from "./public-key.ts";
import { Malformed, Reader } from "./wire.ts";

export interface Certificate {
  readonly key: PublicKey;
  readonly serial: bigint;
  readonly kind: number;
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Seconds since 1970; the greatest number is "for ever". */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions: ReadonlyMap<string, Buffer>;
  readonly extensions: ReadonlySet<string>;
  /** Wire form of the authority's public key. */
  readonly authority: Buffer;
}

export interface Visitor {
  readonly user: string;
  readonly address: string;
  readonly nowMs: number;
}

/** What its bearer may do; only what it says. */
export interface Grants {
  readonly keyId: string;
  readonly key: PublicKey;
  /** Epoch ms; null: for ever. */
  readonly expiresAt: number | null;
  readonly pty: boolean;
  readonly forwards: boolean;
  readonly agent: boolean;
  /** A security token must ask for its PIN. */
  readonly mustVerify: boolean;
}

export type Verdict = { readonly ok: true; readonly grants: Grants } | { readonly ok: false; readonly reason: string };

const SUFFIX = "-cert-v01@openssh.com";
/** Those whose certificate is named otherwise than the key with the suffix. */
const SECURITY_KEYS: Readonly<Record<string, string>> = {
  "sk-ssh-ed25519-cert-v01@openssh.com": "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com": "sk-ecdsa-sha2-nistp256@openssh.com",
};
const MOST_BYTES = 32_768;
const MOST_PRINCIPALS = 256;
const MOST_OPTIONS = 64;
const USER_CERTIFICATE = 1;
const FOR_EVER = 0xffff_ffff_ffff_ffffn;
/** Beyond this a time in milliseconds is no longer exact: such a certificate lives for ever, too. */
const LATEST_SECOND = 8_640_000_000_000n;

export function isCertificateType(type: string): boolean {
  return type.endsWith(SUFFIX);
}

/** Reads it and checks that its authority signed it; whether to trust that authority is `judgeCertificate`'s. @throws {Malformed} */
export function parseCertificate(blob: Buffer): Certificate {
  if (blob.length > MOST_BYTES) throw new Malformed("the certificate is too long");
  const reader = new Reader(blob);
  const type = reader.text();
  if (!isCertificateType(type)) throw new Malformed("this is no certificate");
  reader.string(); // the authority's nonce
  const key = readPublicKey(reader, SECURITY_KEYS[type] ?? type.slice(0, -SUFFIX.length));
  const serial = reader.uint64();
  const kind = reader.uint32();
  const keyId = reader.string().toString("utf8");
  const principals = reader.strings(MOST_PRINCIPALS).map((name) => name.toString("utf8"));
  const validAfter = reader.uint64();
  const validBefore = reader.uint64();
  const criticalOptions = readOptions(reader);
  const extensions = new Set(readOptions(reader).keys());
  reader.string(); // reserved
  const authority = reader.string();
  const signed = blob.subarray(0, reader.at);
  const signature = readSignature(reader.string());
  if (!reader.isAtEnd) throw new Malformed("something follows the certificate");
  const signer = parsePublicKey(authority);
  if (signer.type !== "ssh-ed25519") throw new Malformed("its authority is not of type Ed25519");
  if (!isSignedBy(signer, signed, signature)) throw new Malformed("its authority did not sign it");
  return { key, serial, kind, keyId, principals, validAfter, validBefore, criticalOptions, extensions, authority };
}

/** Pairs of a name and data. A name that comes twice could be meant in two ways. */
function readOptions(reader: Reader): Map<string, Buffer> {
  const options = new Map<string, Buffer>();
  const inner = new Reader(reader.string());
  while (!inner.isAtEnd) {
    const name = inner.text();
    if (options.has(name) || options.size === MOST_OPTIONS) throw new Malformed("an option comes twice, or there are too many");
    options.set(name, inner.string());
  }
  return options;
}

/** @param authorities wire forms of the public keys that are trusted */
export function judgeCertificate(certificate: Certificate, visitor: Visitor, authorities: readonly Buffer[]): Verdict {
  const { kind, principals, validAfter, validBefore, extensions, authority } = certificate;
  if (!authorities.some((trusted) => trusted.equals(authority))) return refuse("its authority is not trusted here");
  if (kind !== USER_CERTIFICATE) return refuse("it is no user certificate");
  const now = BigInt(Math.floor(visitor.nowMs / 1000));
  if (now < validAfter) return refuse("it is not valid yet");
  if (now >= validBefore) return refuse("it has expired");
  if (!principals.includes(visitor.user)) return refuse("it is for somebody else");
  const options = judgeOptions(certificate, visitor);
  if (!options.ok) return options;
  const isForEver = validBefore === FOR_EVER || validBefore > LATEST_SECOND;
  return {
    ok: true,
    grants: {
      keyId: certificate.keyId,
      key: certificate.key,
      expiresAt: isForEver ? null : Number(validBefore) * 1000,
      pty: extensions.has("permit-pty"),
      forwards: extensions.has("permit-port-forwarding"),
      agent: extensions.has("permit-agent-forwarding"),
      mustVerify: options.mustVerify,
    },
  };
}

type OptionsVerdict = { readonly ok: true; readonly mustVerify: boolean } | { readonly ok: false; readonly reason: string };

/** Critical options restrict: one that is not understood refuses all of it. */
function judgeOptions({ criticalOptions }: Certificate, { address }: Visitor): OptionsVerdict {
  for (const [name, data] of criticalOptions) {
    if (name === "source-address") {
      if (!isFromThere(readOneString(data), address)) return refuse("it may not be used from this address");
    } else if (name !== "verify-required") {
      return refuse(`it asks for ${JSON.stringify(name)}, which is not done here`);
    }
  }
  return { ok: true, mustVerify: criticalOptions.has("verify-required") };
}

function isFromThere(list: string | null, address: string): boolean {
  return list !== null && isIP(address) !== 0 && matchesNetworks(address, list);
}

/** An option's data is one string in a string. */
function readOneString(data: Buffer): string | null {
  try {
    const reader = new Reader(data);
    const text = reader.text();
    return reader.isAtEnd ? text : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
