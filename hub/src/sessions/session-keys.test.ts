import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { deriveEnrolToken, derivePorts, deriveSessionKeys, makeSessionCertificate, toPin } from "./session-keys.ts";

const master = randomBytes(32);

test("the same run has the same keys for ever; another run, session or site has others", () => {
  const keys = deriveSessionKeys(master, "abcdefghjkmn", 0);
  expect(deriveSessionKeys(master, "abcdefghjkmn", 0)).toEqual(keys);
  for (const other of [
    deriveSessionKeys(master, "abcdefghjkmn", 1),
    deriveSessionKeys(master, "abcdefghjkmp", 0),
    deriveSessionKeys(randomBytes(32), "abcdefghjkmn", 0),
  ]) {
    expect(other.secret).not.toBe(keys.secret);
    expect(other.pin).not.toBe(keys.pin);
  }
  expect(deriveEnrolToken(master, "abcdefghjkmn")).not.toBe(keys.secret);
});

test("the certificate carries the pinned key", async () => {
  const keys = deriveSessionKeys(master, "abcdefghjkmn", 0);
  const certificate = new X509Certificate(makeSessionCertificate(keys.keyPem, "abcdefghjkmn", Date.now()));
  expect(toPin(certificate.publicKey)).toBe(keys.pin);
  expect(toPin(createPublicKey(createPrivateKey(keys.keyPem)))).toBe(keys.pin);
});

test("port candidates stay within the range and are the same again", () => {
  const range = { from: 20_000, to: 20_099 };
  const ports = derivePorts(master, "abcdefghjkmn", range);
  expect(ports.length).toBeGreaterThan(1);
  expect(new Set(ports).size).toBe(ports.length);
  for (const port of ports) expect(port >= range.from && port <= range.to).toBe(true);
  expect(derivePorts(master, "abcdefghjkmn", range)).toEqual(ports);
});
