import { expect, test } from "vitest";
import { parsePublicKey } from "./public-key.ts";
import { Malformed } from "./wire.ts";

const field = (bytes: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** Numbers of that size, whoever's they are; with the zero that keeps them positive. */
const rsaKey = (bits: number, exponentBytes: number) =>
  Buffer.concat([
    field(Buffer.from("ssh-rsa")),
    field(Buffer.concat([Buffer.alloc(1), Buffer.alloc(exponentBytes, 0xff)])),
    field(Buffer.concat([Buffer.alloc(1), Buffer.alloc(bits / 8, 0xff)])),
  ]);

test("an RSA key is read when a signature of it is cheap to check: no larger modulus, no larger exponent", () => {
  for (const key of [rsaKey(2048, 3), rsaKey(8192, 3), rsaKey(4096, 4)]) expect(parsePublicKey(key).type).toBe("ssh-rsa");
  for (const key of [rsaKey(2040, 3), rsaKey(8200, 3), rsaKey(16_384, 3), rsaKey(4096, 5)])
    expect(() => parsePublicKey(key)).toThrow(Malformed);
});
