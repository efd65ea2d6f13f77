/** Our own authority, judged by openssl and by a real TLS handshake. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAuthority } from "./authority.ts";

let stateDir: string;
const NOW = Date.now();
const DAY_MS = 86_400_000;
const HOSTS = ["hub.example", "localhost", "127.0.0.1", "fd00::1"];
const tls = (name: string) => join(stateDir, "tls", name);
const read = (file: string) => readFileSync(file, "utf8");

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "fw-pki-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

async function make(hosts = HOSTS, now = NOW) {
  const authority = await openAuthority(stateDir, now);
  return { authority, ...(await authority.serverFiles(hosts, now)) };
}

test("openssl follows the chain, for a server and for nothing else; every file is private", async () => {
  const { authority, certFile } = await make();
  const verify = (...args: string[]) =>
    execFileSync("openssl", ["verify", "-x509_strict", "-CAfile", authority.certificateFile, ...args, certFile]).toString();
  for (const host of ["hub.example", "localhost"]) expect(verify("-purpose", "sslserver", "-verify_hostname", host)).toContain("OK");
  for (const address of ["127.0.0.1", "fd00::1"]) expect(verify("-purpose", "sslserver", "-verify_ip", address)).toContain("OK");
  expect(() => verify("-purpose", "sslclient")).toThrow();
  expect(() => verify("-verify_hostname", "other.example")).toThrow();
  for (const name of ["ca.crt", "ca.key", "server.crt", "server.key"]) expect(statSync(tls(name)).mode & 0o777, name).toBe(0o600);
});

test("a server's certificate signs no others", async () => {
  const { certFile } = await make();
  expect(new X509Certificate(read(certFile)).ca).toBe(false);
  expect(new X509Certificate(read(tls("ca.crt"))).ca).toBe(true);
});

test("a client that trusts it alone speaks to the server, by name and by address", async () => {
  const { authority, certFile, keyFile } = await make();
  const server = createServer({ cert: read(certFile), key: read(keyFile) }, (_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  for (const host of ["localhost", "127.0.0.1"]) {
    const status = await new Promise((resolve, reject) => {
      get({ host, port, ca: authority.certificatePem, agent: false, family: 4 }, (response) => resolve(response.resume().statusCode)).on(
        "error",
        reject,
      );
    });
    expect(status).toBe(200);
  }
  server.close();
});

describe("made anew when it must be, and only then", () => {
  test("the same names, in whatever order: kept", async () => {
    const { certFile } = await make();
    const before = read(certFile);
    await make([...HOSTS].reverse());
    expect(read(certFile)).toBe(before);
  });
  test.each([
    ["another name", [...HOSTS, "new.example"], NOW],
    ["a name fewer", HOSTS.slice(1), NOW],
    ["soon over", HOSTS, NOW + 276 * DAY_MS],
  ])("%s", async (_, hosts, now) => {
    const { certFile } = await make();
    const before = read(certFile);
    const after = await make(hosts, now);
    expect(read(certFile)).not.toBe(before);
    const certificate = new X509Certificate(read(certFile));
    expect(certificate.verify(new X509Certificate(after.authority.certificatePem).publicKey)).toBe(true);
    expect(certificate.validToDate.getTime()).toBeGreaterThan(now + 300 * DAY_MS);
  });
  test("a key that is not its certificate's: we died between writing the two", async () => {
    const { keyFile } = await make();
    writeFileSync(keyFile, read(tls("ca.key")));
    const { certFile } = await make();
    execFileSync("openssl", ["verify", "-CAfile", tls("ca.crt"), certFile]);
    expect(new X509Certificate(read(certFile)).publicKey.export({ type: "spki", format: "pem" })).toBe(publicOf(keyFile));
  });
  test("one of an authority that is no more", async () => {
    const { certFile, keyFile } = await make();
    const old = { cert: read(certFile), key: read(keyFile) };
    rmSync(join(stateDir, "tls"), { recursive: true });
    await openAuthority(stateDir, NOW);
    writeFileSync(certFile, old.cert);
    writeFileSync(keyFile, old.key);
    await make();
    execFileSync("openssl", ["verify", "-CAfile", tls("ca.crt"), certFile]);
  });
  test("a file that is no certificate", async () => {
    const { certFile } = await make();
    writeFileSync(certFile, "");
    await make();
    execFileSync("openssl", ["verify", "-CAfile", tls("ca.crt"), certFile]);
  });
});

describe("the root", () => {
  test("stays for ever: jobs that run pin it", async () => {
    const { authority } = await make();
    expect((await openAuthority(stateDir, NOW + 1000 * DAY_MS)).certificatePem).toBe(authority.certificatePem);
  });
  test("of a start that was cut off after its key: goes on with that key", async () => {
    await openAuthority(stateDir, NOW);
    const key = read(tls("ca.key"));
    rmSync(tls("ca.crt"));
    await make();
    expect(read(tls("ca.key"))).toBe(key);
    execFileSync("openssl", ["verify", "-CAfile", tls("ca.crt"), tls("server.crt")]);
  });
  test("of two first starts at once: both use the one that is kept", async () => {
    const [one, two] = await Promise.all([openAuthority(stateDir, NOW), openAuthority(stateDir, NOW)]);
    expect(one.certificatePem).toBe(two.certificatePem);
    expect(new X509Certificate(one.certificatePem).publicKey.export({ type: "spki", format: "pem" })).toBe(publicOf(tls("ca.key")));
  });
  test("whose key is another's, or readable by others, is not used", async () => {
    await make();
    writeFileSync(tls("ca.key"), read(tls("server.key")));
    await expect(openAuthority(stateDir, NOW)).rejects.toThrow(/is not the key of/);
    chmodSync(tls("ca.key"), 0o644);
    await expect(openAuthority(stateDir, NOW)).rejects.toThrow(/can be read by others/);
  });
});

function publicOf(keyFile: string): string {
  return execFileSync("openssl", ["pkey", "-in", keyFile, "-pubout"]).toString();
}
