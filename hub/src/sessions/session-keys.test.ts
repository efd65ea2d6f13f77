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

test("a key is written down as OpenSSL writes it", () => {
  for (const session of ["abcdefghjkmn", "bcdefghjkmnp", "cdefghjkmnpq"]) {
    const { keyPem, pin } = deriveSessionKeys(master, session, 0);
    const key = createPrivateKey(keyPem);
    expect(key.export({ type: "pkcs8", format: "pem" })).toBe(keyPem);
    expect(toPin(key)).toBe(pin);
  }
});

test("the key of a run is the same in every version: jobs that run must still be known", () => {
  const { keyPem, pin, secret } = deriveSessionKeys(Buffer.alloc(32, 7), "abcdefghjkmn", 3);
  const { d } = createPrivateKey(keyPem).export({ format: "jwk" });
  expect({ d, pin, secret }).toEqual({
    d: "QFe11v9b-yscSlgu20gLrwWYn2W4ohupY2RY0QbZ_lw",
    pin: "519L4LLeKT84Q2PthGl5JFZLgfDFkirk+QbJW9JsN9g=",
    secret: "7Pu6Z1HQ3iBU090fjAmHXTqeHztEM9ol7QywmTIY-IM",
  });
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
