/**
 * Fairway's own certificate authority: it vouches for the edge towards the jobs that call back, when
 * the site gives no certificate of its own. It signs nothing else and is trusted by nobody else.
 */
import { createPrivateKey, createPublicKey, webcrypto, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import "reflect-metadata"; // the library below resolves its parts through it
import * as x509 from "@peculiar/x509";
import { createOnce, ensurePrivate } from "../config/secrets.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const SERVER_DAYS = 365;
/** A server certificate is made anew when less than this is left. */
const RENEW_DAYS = 90;

x509.cryptoProvider.set(webcrypto);

export interface Authority {
  readonly certificatePem: string;
  readonly certificateFile: string;
  /** Certificate and key files for these host names, made or renewed as needed. */
  serverFiles(hosts: readonly string[], nowMs: number): Promise<{ certFile: string; keyFile: string }>;
}

/** Opens the authority under `STATE_DIR/tls`, making it on the first start. */
export async function openAuthority(stateDir: string, nowMs: number): Promise<Authority> {
  const directory = join(stateDir, "tls");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const certificateFile = join(directory, "ca.crt");
  const keyFile = join(directory, "ca.key");
  if (!existsSync(certificateFile)) await createRoot(certificateFile, keyFile, nowMs);
  ensurePrivate(keyFile);
  const keyPem = readFileSync(keyFile, "utf8");
  const root = new x509.X509Certificate(readFileSync(certificateFile, "utf8"));
  if (!belongTogether(root.toString("pem"), keyPem)) {
    throw new Error(
      `${keyFile} is not the key of ${certificateFile}. Restore both from your backup; new ones are not known to running jobs.`,
    );
  }
  const key = await importKeys(keyPem);
  return {
    certificatePem: root.toString("pem"),
    certificateFile,
    serverFiles: (hosts, now) => serverFiles(directory, root, key.privateKey, hosts, now),
  };
}

/** The key first, and only once: whoever finds it without a certificate, or at the same time, goes on with that one. */
async function createRoot(certificateFile: string, keyFile: string, nowMs: number): Promise<void> {
  const fresh = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  if (!existsSync(keyFile)) createOnce(keyFile, await exportKey(fresh.privateKey));
  const keys = await importKeys(readFileSync(keyFile, "utf8"));
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Fairway CA",
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  createOnce(certificateFile, root.toString("pem"));
}

async function serverFiles(
  directory: string,
  root: x509.X509Certificate,
  rootKey: webcrypto.CryptoKey,
  hosts: readonly string[],
  nowMs: number,
) {
  const certFile = join(directory, "server.crt");
  const keyFile = join(directory, "server.key");
  if (await isCurrent(certFile, keyFile, root, hosts, nowMs)) return { certFile, keyFile };
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${hosts[0] ?? "localhost"}`,
    issuer: root.subject,
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + SERVER_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: rootKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? ("dns" as const) : ("ip" as const), value: host })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(root),
    ],
  });
  writePrivate(keyFile, await exportKey(keys.privateKey));
  writePrivate(certFile, `${certificate.toString("pem")}\n${root.toString("pem")}`);
  return { certFile, keyFile };
}

/** Ours, for just these names, with its own key (we may have died between writing the two), and not soon over. */
async function isCurrent(
  certFile: string,
  keyFile: string,
  root: x509.X509Certificate,
  hosts: readonly string[],
  nowMs: number,
): Promise<boolean> {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false;
  const pem = readFileSync(certFile, "utf8");
  if (!belongTogether(pem, readFileSync(keyFile, "utf8"))) return false;
  const certificate = new x509.X509Certificate(`${pem.split("-----END CERTIFICATE-----")[0]}-----END CERTIFICATE-----`);
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map((item) => item.value) ?? [];
  return (
    (await certificate.verify({ publicKey: root.publicKey, signatureOnly: true })) &&
    certificate.notAfter.getTime() > nowMs + RENEW_DAYS * DAY_MS &&
    names.length === hosts.length &&
    hosts.every((host) => names.includes(host))
  );
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKeys(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const der = x509.PemConverter.decodeFirst(pem);
  const spki = createPublicKey(pem).export({ type: "spki", format: "der" });
  return {
    privateKey: await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("spki", new Uint8Array(spki), ALGORITHM, true, ["verify"]),
  };
}

/** False also when either cannot be read: a server's is then made anew. */
function belongTogether(certificatePem: string, keyPem: string): boolean {
  try {
    return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    // The parser's exception is the answer.
    return false;
  }
}

/** Whole or not at all, and never readable by others, not even for a moment. */
function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
  renameSync(draft, file);
}
