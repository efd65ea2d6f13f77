/**
 * OpenSSH user certificates (PROTOCOL.certkeys of OpenSSH): a public key, a name, a time, signed by an Ed25519
 * authority. It writes what it is told; who may have one is said elsewhere.
 */
import { randomBytes } from "node:crypto";
import type { SshKeyPair } from "./ssh-ed25519.ts";
import { parsePublicKeyLine, SshFormatError, SshReader, sshString, uint32, uint64 } from "./ssh-wire.ts";

/** How the certificate of a key is called. */
const CERTIFICATE_TYPES: ReadonlyMap<string, string> = new Map([
  ["ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"],
  ["ssh-rsa", "ssh-rsa-cert-v01@openssh.com"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com"],
  ["ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com"],
  ["ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com"],
  ["sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com"],
  ["sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"],
]);
const USER_CERTIFICATE = 1;

export interface UserCertificate {
  /** The line of the key that it certifies. */
  readonly publicKey: string;
  readonly keyId: string;
  /** The only account that it opens: with none it would open every one. */
  readonly principal: string;
  /** Epoch ms. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Such as `permit-pty`; without any it runs commands, and that is all. */
  readonly extensions: readonly string[];
}

/** @returns the line for `id-cert.pub`. @throws SshFormatError for a key of no known type */
export function signUserCertificate(certificate: UserCertificate, authority: SshKeyPair): string {
  const { publicKey, keyId, principal, notBefore, notAfter, extensions } = certificate;
  if (principal === "") throw new Error("a certificate without a principal opens every account");
  if (notAfter <= notBefore) throw new Error("a certificate ends after it begins");
  const { type, blob, comment } = parsePublicKeyLine(publicKey);
  const certificateType = CERTIFICATE_TYPES.get(type);
  if (certificateType === undefined) throw new SshFormatError(`keys of type ${type} are not certified`);
  const key = new SshReader(blob);
  key.string(); // its type, which the certificate's replaces
  const toSign = Buffer.concat([
    sshString(certificateType),
    sshString(randomBytes(32)),
    key.rest(),
    randomBytes(8), // serial
    uint32(USER_CERTIFICATE),
    sshString(keyId),
    sshString(sshString(principal)),
    uint64(toSeconds(notBefore)),
    uint64(toSeconds(notAfter)),
    sshString(""), // critical options
    sshString(Buffer.concat(extensions.toSorted().map((name) => Buffer.concat([sshString(name), sshString("")])))),
    sshString(""), // reserved
    sshString(authority.publicBlob),
  ]);
  const signature = Buffer.concat([sshString("ssh-ed25519"), sshString(authority.sign(toSign))]);
  const signed = Buffer.concat([toSign, sshString(signature)]).toString("base64");
  return `${certificateType} ${signed}${comment === "" ? "" : ` ${comment}`}`;
}

function toSeconds(epochMs: number): bigint {
  return BigInt(Math.floor(epochMs / 1000));
}
