/** Identity's keys, each derived from the one master key by its own label. */
import { createHmac, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK } from "jose";
import { derive } from "../config/secrets.ts";

/** PKCS #8 (RFC 8410) of an Ed25519 private key is this and the 32 bytes of its seed. */
const ED25519_PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export interface IdentityKeys {
  readonly signing: { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  /** Public half for the edge. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** The XSRF value of a login: bound to it, and known to nobody who lacks the key. */
  xsrfOf(loginId: string): string;
}

export async function deriveKeys(masterKey: Buffer): Promise<IdentityKeys> {
  const der = Buffer.concat([ED25519_PKCS8_PREFIX, derive(masterKey, "cookie-signing", "ed25519")]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const jwk = await exportJWK(publicKey);
  const kid = (await calculateJwkThumbprint(jwk, "sha256")).slice(0, 16);
  const xsrfKey = derive(masterKey, "xsrf");
  return {
    signing: { kid, privateKey, publicKey },
    publicJwk: { ...jwk, kid, alg: "EdDSA", use: "sig" },
    xsrfOf: (loginId) => createHmac("sha256", xsrfKey).update(loginId).digest("base64url"),
  };
}
