/** Read back by OpenSSL (through Node) and by the certificate library that makes our other ones. */
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { describe, expect, test } from "vitest";
import { makeSelfSigned } from "./self-signed.ts";

function makeKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

const notBefore = Date.parse("2026-01-02T03:04:05Z");

describe.each([
  ["before 2050", Date.parse("2027-11-12T13:14:15Z")],
  ["after 2050", Date.parse("2061-11-12T13:14:15Z")],
])("a certificate that ends %s", (_when, notAfter) => {
  const keyPem = makeKey();
  const pem = makeSelfSigned({ keyPem, commonName: "fairway-session-abcdefghjkmn", notBefore, notAfter });

  test("says what it was asked to, by its own key", () => {
    const certificate = new X509Certificate(pem);
    expect(certificate.subject).toBe("CN=fairway-session-abcdefghjkmn");
    expect(certificate.issuer).toBe(certificate.subject);
    expect([certificate.validFromDate.getTime(), certificate.validToDate.getTime()]).toEqual([notBefore, notAfter]);
    expect(certificate.publicKey.equals(createPublicKey(keyPem))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  test("is read by a strict reader, too", async () => {
    const certificate = new x509.X509Certificate(pem);
    expect(certificate.notAfter.getTime()).toBe(notAfter);
    expect(await certificate.verify({ date: new Date(notBefore + 1000) })).toBe(true);
  });
});

test("names of every length fit: DER writes lengths from 128 and from 256 on in another form", () => {
  for (const length of [1, 50, 63, 64, 100, 127, 128, 200, 255, 256, 300]) {
    const commonName = "n".repeat(length);
    const pem = makeSelfSigned({ keyPem: makeKey(), commonName, notBefore, notAfter: notBefore + 1000 });
    expect(new x509.X509Certificate(pem).subject).toBe(`CN=${commonName}`);
  }
});

test("two certificates of one key have different numbers, which are positive", () => {
  const asked = { keyPem: makeKey(), commonName: "n", notBefore, notAfter: notBefore + 1000 };
  const numbers = [makeSelfSigned(asked), makeSelfSigned(asked)].map((pem) => new X509Certificate(pem).serialNumber);
  expect(new Set(numbers).size).toBe(2);
  for (const number of numbers) expect(number).toMatch(/^01[0-9A-F]{16}$/);
});
