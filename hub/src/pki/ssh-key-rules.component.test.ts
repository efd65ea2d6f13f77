import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signUserCertificate } from "./ssh-certificate.ts";
import { makeSshKey } from "./ssh-ed25519.ts";
import { readPersonalKey } from "./ssh-key-rules.ts";
import { parsePublicKeyLine, SshFormatError, sshString } from "./ssh-wire.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairway-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function generate(type: string, bits: number | null): string {
  const file = join(folder, `${type}${bits}`);
  rmSync(file, { force: true });
  const size = bits === null ? [] : ["-b", String(bits)];
  execFileSync("ssh-keygen", ["-q", "-t", type, ...size, "-N", "", "-C", "laptop", "-f", file]);
  return readFileSync(`${file}.pub`, "utf8").trim();
}

const toLine = (type: string, ...fields: readonly (Buffer | string)[]) =>
  `${type} ${Buffer.concat([type, ...fields].map((field) => sshString(field))).toString("base64")}`;
const point = parsePublicKeyLine(makeSshKey("").publicKey).blob.subarray(-32);

describe("a person's key", () => {
  it.each([
    ["ed25519", null],
    ["rsa", 2048],
    ["rsa", 3072],
    ["ecdsa", 256],
    ["ecdsa", 384],
    ["ecdsa", 521],
  ] as const)("of ssh-keygen -t %s -b %s is taken", (type, bits) => {
    expect(readPersonalKey(generate(type, bits))).toMatchObject({ comment: "laptop" });
  });

  it("of a security key is taken", () => {
    expect(readPersonalKey(toLine("sk-ssh-ed25519@openssh.com", point, "ssh:")).comment).toBe("");
    const [curve, uncompressed] = ecdsaFields();
    expect(readPersonalKey(toLine("sk-ecdsa-sha2-nistp256@openssh.com", curve, uncompressed, "ssh:")).comment).toBe("");
  });

  it("is refused when it is weak, of another kind, or no key at all", () => {
    expect(() => readPersonalKey(generate("rsa", 1024))).toThrow("RSA key of 1024 bits");
    expect(() => readPersonalKey(toLine("ssh-dss", "p", "q", "g", "y"))).toThrow("ssh-dss, which is not taken");
    const certificate = { keyId: "k", principal: "alice", notBefore: 0, notAfter: 1000, extensions: [] };
    const certified = signUserCertificate({ ...certificate, publicKey: makeSshKey("").publicKey }, makeSshKey(""));
    expect(() => readPersonalKey(certified)).toThrow("not taken");
    expect(() => readPersonalKey("ssh-ed25519 AAAA")).toThrow(SshFormatError);
  });

  it("of RSA is refused when it costs too much to check, and it is said why", () => {
    const modulus = (bits: number) => Buffer.concat([Buffer.alloc(1), Buffer.alloc(bits / 8, 0xff)]);
    const exponent = Buffer.from([1, 0, 1]);
    expect(readPersonalKey(toLine("ssh-rsa", exponent, modulus(8192))).type).toBe("ssh-rsa");
    expect(() => readPersonalKey(toLine("ssh-rsa", exponent, modulus(16_384)))).toThrow("it is an RSA key of 16384 bits: 8192 is the most");
    expect(() => readPersonalKey(toLine("ssh-rsa", Buffer.from([1, 0, 0, 0, 1]), modulus(4096)))).toThrow("use 65537");
  });

  it("is written in one way only: longer, shorter, negative and padded ones are refused", () => {
    const [curve, uncompressed] = ecdsaFields();
    const rsa = parsePublicKeyLine(generate("rsa", 2048)).blob;
    const modulus = rsa.subarray(-257); // with the zero that keeps it positive
    const exponent = Buffer.from([1, 0, 1]);
    expect(readPersonalKey(toLine("ssh-rsa", exponent, modulus)).type).toBe("ssh-rsa");
    const moved = Buffer.from(uncompressed);
    moved[64] = (moved[64] ?? 0) ^ 1;
    for (const line of [
      toLine("ssh-ed25519", point, "more"),
      toLine("ssh-ed25519", point.subarray(1)),
      toLine("ssh-rsa", exponent, Buffer.concat([Buffer.alloc(1), modulus])),
      toLine("ssh-rsa", exponent, modulus.subarray(1)),
      toLine("ssh-rsa", Buffer.from([0, 1, 0, 1]), modulus),
      toLine("ssh-rsa", Buffer.from([1]), modulus),
      toLine("ssh-rsa", Buffer.from([2]), modulus),
      toLine("ecdsa-sha2-nistp256", "nistp384", uncompressed),
      toLine("ecdsa-sha2-nistp256", curve, moved),
      toLine("ecdsa-sha2-nistp256", curve, uncompressed.subarray(0, 33)),
    ])
      expect(() => readPersonalKey(line)).toThrow(SshFormatError);
  });
});

function ecdsaFields(): [string, Buffer] {
  return ["nistp256", parsePublicKeyLine(generate("ecdsa", 256)).blob.subarray(-65)];
}
