/** Certificates of every kind, also of kinds that no tool would make: written field by field, and signed. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface Authority {
  readonly key: KeyObject;
  /** Wire form of its public key. */
  readonly blob: Buffer;
}

export interface CertificateFields {
  readonly type: string;
  readonly nonce: Buffer;
  /** The key's own fields, after its type. */
  readonly key: Buffer;
  readonly serial: bigint;
  readonly kind: number;
  readonly keyId: string;
  readonly principals: readonly string[];
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly critical: readonly (readonly [string, string | Buffer])[];
  readonly extensions: readonly (readonly [string, string | Buffer])[];
  readonly reserved: Buffer;
}

export const string = (data: string | Buffer): Buffer => {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return Buffer.concat([uint32(bytes.length), bytes]);
};

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

export function makeAuthority(): Authority {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { key: privateKey, blob: Buffer.concat([string("ssh-ed25519"), string(rawPublic(privateKey))]) };
}

export function rawPublic(key: KeyObject): Buffer {
  const spki = createPublicKey(key.export({ type: "pkcs8", format: "pem" })).export({ type: "spki", format: "der" });
  return spki.subarray(-32);
}

export const toLine = ({ blob }: Authority): string => `ssh-ed25519 ${blob.toString("base64")} test-ca`;

export function makeCertificate(fields: CertificateFields, authority: Authority, signer: Authority = authority): Buffer {
  const options = (list: CertificateFields["critical"]) =>
    string(
      Buffer.concat(
        list.flatMap(([name, data]) => [string(name), data === "" ? uint32(0) : string(typeof data === "string" ? string(data) : data)]),
      ),
    );
  const body = Buffer.concat([
    string(fields.type),
    string(fields.nonce),
    fields.key,
    uint64(fields.serial),
    uint32(fields.kind),
    string(fields.keyId),
    string(Buffer.concat(fields.principals.map(string))),
    uint64(fields.validAfter),
    uint64(fields.validBefore),
    options(fields.critical),
    options(fields.extensions),
    string(fields.reserved),
    string(authority.blob),
  ]);
  const signature = sign(null, body, createPrivateKey(signer.key.export({ type: "pkcs8", format: "pem" })));
  return Buffer.concat([body, string(Buffer.concat([string("ssh-ed25519"), string(signature)]))]);
}
