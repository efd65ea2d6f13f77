/**
 * A self-signed certificate for a P-256 key, whose key alone counts (it is pinned, never verified by name). By
 * hand, since one is made for every job, and a certificate library takes 3 ms for what DER (X.690) and
 * RFC 5280 §4.1 say in these few lines. Certificates that somebody verifies are made in `authority.ts`.
 */
import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";

export interface SelfSigned {
  readonly keyPem: string;
  readonly commonName: string;
  /** Epoch ms. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** @returns PEM */
export function makeSelfSigned({ keyPem, commonName, notBefore, notAfter }: SelfSigned): string {
  const key = createPrivateKey(keyPem);
  const name = sequence(tag(SET, sequence(COMMON_NAME, tag(UTF8_STRING, Buffer.from(commonName)))));
  const toSign = sequence(
    VERSION_3,
    // Positive, not zero, and hardly ever twice: 8 random bytes behind a 1.
    tag(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(toTime(notBefore), toTime(notAfter)),
    name,
    createPublicKey(key).export({ type: "spki", format: "der" }),
  );
  const der = sequence(toSign, ECDSA_WITH_SHA256, tag(BIT_STRING, Buffer.concat([Buffer.from([0]), sign("sha256", toSign, key)])));
  const lines = der.toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`;
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
/** `[0] EXPLICIT INTEGER 2` */
const VERSION_3 = Buffer.from("a003020102", "hex");
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex");
/** 2.5.4.3 */
const COMMON_NAME = Buffer.from("0603550403", "hex");

function tag(kind: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([kind]), toLength(content.length), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tag(SEQUENCE, Buffer.concat(parts));
}

/** One byte below 128, else how many bytes and these. */
function toLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

/** Through 2049 as UTCTime, with two digits for the year: RFC 5280 §4.1.2.5 wants it so. */
function toTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  const isUtcTime = new Date(epochMs).getUTCFullYear() < 2050;
  return isUtcTime ? tag(UTC_TIME, Buffer.from(digits.slice(2))) : tag(GENERALIZED_TIME, Buffer.from(digits));
}
