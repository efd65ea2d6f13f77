/** What we write is judged by OpenSSH's own programs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signUserCertificate } from "./ssh-certificate.ts";
import { makeSshKey, readSshKey, sshKeyFromSeed } from "./ssh-ed25519.ts";
import { fingerprintOf, formatPublicKeyLine, parsePublicKeyLine, SshFormatError } from "./ssh-wire.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairway-ssh-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keygen = (...argv: string[]): string => execFileSync("ssh-keygen", argv, { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
const KINDS: readonly (readonly string[])[] = [
  ["ed25519"],
  ["rsa", "-b", "2048"],
  ["rsa", "-b", "3072"],
  ["ecdsa", "-b", "256"],
  ["ecdsa", "-b", "384"],
  ["ecdsa", "-b", "521"],
];
const NOON = Date.UTC(2026, 0, 2, 12);

function generate(kind: readonly string[]): { file: string; line: string } {
  const file = join(folder, kind.join(""));
  rmSync(file, { force: true });
  keygen("-q", "-N", "", "-C", "alice laptop", "-f", file, "-t", ...kind);
  return { file, line: readFileSync(`${file}.pub`, "utf8").trim() };
}

describe("a public key's line", () => {
  it.each(KINDS)("of %s %s %s is read and written as it was, with ssh-keygen's fingerprint", (...kind) => {
    const { file, line } = generate(kind);
    const key = parsePublicKeyLine(line);
    expect(formatPublicKeyLine(key)).toBe(line);
    expect(key.comment).toBe("alice laptop");
    expect(keygen("-l", "-f", `${file}.pub`)).toContain(` ${fingerprintOf(key.blob)} `);
  });

  it.each([
    "",
    "ssh-ed25519",
    "ssh-ed25519 !!!!",
    "ssh-ed25519 AAAA",
    `ssh-rsa ${makeSshKey("").publicKey.split(" ")[1]}`,
    `no-pty ${makeSshKey("").publicKey}`,
  ])("%j is none", (line) => {
    expect(() => parsePublicKeyLine(line)).toThrow(SshFormatError);
  });
});

describe("a private key's file", () => {
  it.each(["", "x", "ab", "abc", "door", "alice@example"])("with the comment %j is read by ssh-keygen", (comment) => {
    const key = makeSshKey(comment);
    const file = join(folder, "ours");
    writeFileSync(file, key.privateKey, { mode: 0o600 });
    expect(keygen("-y", "-f", file).trim()).toBe(key.publicKey);
    rmSync(file);
  });

  it("that ssh-keygen wrote is read by us, and only without a passphrase", () => {
    const { file, line } = generate(["ed25519"]);
    expect(readSshKey(readFileSync(file, "utf8")).publicKey).toBe(line);
    keygen("-q", "-p", "-P", "", "-N", "secret", "-f", file);
    expect(() => readSshKey(readFileSync(file, "utf8"))).toThrow("passphrase");
  });

  it("of another kind, cut off or changed is refused", () => {
    const { file } = generate(["ecdsa", "-b", "256"]);
    expect(() => readSshKey(readFileSync(file, "utf8"))).toThrow("no Ed25519 key");
    const [first = "", ...lines] = makeSshKey("").privateKey.trim().split("\n");
    expect(() => readSshKey([first, lines[0], lines.at(-1)].join("\n"))).toThrow(SshFormatError);
    expect(() => readSshKey("")).toThrow(SshFormatError);
    const [one, other] = [makeSshKey(""), makeSshKey("")];
    const mixed = Buffer.from(one.privateKey.split("\n").slice(1, -2).join(""), "base64");
    other.publicBlob.copy(mixed, mixed.indexOf(one.publicBlob));
    expect(() => readSshKey(`${first}\n${mixed.toString("base64")}\n${lines.at(-1)}`)).toThrow("belong together");
  });

  it("is the same for the same seed", () => {
    const seed = Buffer.alloc(32, 7);
    expect(sshKeyFromSeed(seed, "a").privateKey).toBe(sshKeyFromSeed(seed, "a").privateKey);
    expect(sshKeyFromSeed(seed, "a").publicKey).not.toBe(makeSshKey("a").publicKey);
  });
});

describe("a user certificate", () => {
  const authority = makeSshKey("authority");

  it.each(KINDS)("of %s %s %s is what ssh-keygen reads", (...kind) => {
    const { file, line } = generate(kind);
    const certificate = signUserCertificate(
      {
        ...{ publicKey: line, keyId: "fairway: alice (submit)", principal: "alice" },
        ...{ notBefore: NOON, notAfter: NOON + 3_600_000, extensions: ["permit-pty", "permit-agent-forwarding"] },
      },
      authority,
    );
    writeFileSync(`${file}-cert.pub`, `${certificate}\n`);
    const shown = keygen("-L", "-f", `${file}-cert.pub`);
    expect(shown).toContain("user certificate");
    expect(shown).toContain(`Public key: ${kind[0]?.toUpperCase()}-CERT ${fingerprintOf(parsePublicKeyLine(line).blob)}`);
    expect(shown).toContain(`Signing CA: ED25519 ${fingerprintOf(authority.publicBlob)} (using ssh-ed25519)`);
    expect(shown).toContain('Key ID: "fairway: alice (submit)"');
    expect(shown).toContain("Valid: from 2026-01-02T12:00:00 to 2026-01-02T13:00:00");
    expect(shown).toMatch(
      /Principals: \n +alice\n +Critical Options: \(none\)\n +Extensions: \n +permit-agent-forwarding\n +permit-pty\n$/,
    );
  });

  it("may have no extension at all", () => {
    const certificate = signUserCertificate(
      { publicKey: makeSshKey("").publicKey, keyId: "k", principal: "alice", notBefore: 0, notAfter: 1000, extensions: [] },
      authority,
    );
    writeFileSync(join(folder, "bare-cert.pub"), certificate);
    expect(keygen("-L", "-f", join(folder, "bare-cert.pub"))).toContain("Extensions: (none)");
  });

  it("is never made without a principal, for no time, or of a certificate", () => {
    const good = { publicKey: makeSshKey("").publicKey, keyId: "k", principal: "alice", notBefore: 0, notAfter: 1000, extensions: [] };
    expect(() => signUserCertificate({ ...good, principal: "" }, authority)).toThrow("every account");
    expect(() => signUserCertificate({ ...good, notAfter: 0 }, authority)).toThrow("ends after");
    const certificate = signUserCertificate(good, authority);
    expect(() => signUserCertificate({ ...good, publicKey: certificate }, authority)).toThrow(SshFormatError);
  });
});
