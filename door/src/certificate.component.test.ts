import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judgeCertificate, parseCertificate, type Verdict } from "./certificate.ts";
import { type CertificateFields, makeAuthority, makeCertificate, rawPublic, string, toLine } from "./testing/certificates.ts";
import { makeKey, startSshd, type TestSshd } from "./testing/sshd.ts";
import { askSshd } from "./testing/sshd-verdict.ts";
import { Malformed } from "./wire.ts";

const user = userInfo().username;
const authority = makeAuthority();
const stranger = makeAuthority();
const nowMs = Date.now();
const now = BigInt(Math.floor(nowMs / 1000));
const FOR_EVER = 0xffff_ffff_ffff_ffffn;
let dir: string;
let sshd: TestSshd;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "fairway-certificates-"));
  writeFileSync(join(dir, "ca.pub"), `${toLine(authority)}\n`);
  sshd = await startSshd([
    `TrustedUserCAKeys ${join(dir, "ca.pub")}`,
    "CASignatureAlgorithms ssh-ed25519",
    "MaxAuthTries 100000",
    "LoginGraceTime 0",
  ]);
});
afterAll(async () => {
  await sshd.stop();
  rmSync(dir, { recursive: true, force: true });
});

function fields(changes: Partial<CertificateFields> = {}): CertificateFields {
  const { privateKey } = generateKeyPairSync("ed25519");
  return {
    type: "ssh-ed25519-cert-v01@openssh.com",
    nonce: randomBytes(32),
    key: string(rawPublic(privateKey)),
    serial: 1n,
    kind: 1,
    keyId: "key-id",
    principals: [user],
    validAfter: now - 300n,
    validBefore: now + 3600n,
    critical: [],
    extensions: [
      ["permit-agent-forwarding", ""],
      ["permit-port-forwarding", ""],
      ["permit-pty", ""],
    ],
    reserved: Buffer.alloc(0),
    ...changes,
  };
}

function judge(blob: Buffer): Verdict {
  try {
    return judgeCertificate(parseCertificate(blob), { user, address: "127.0.0.1", nowMs }, [authority.blob]);
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, reason: error.message };
    throw error;
  }
}

const flags = (...names: string[]) => names.map((name) => [name, ""] as const);

/** Name, certificate; those that sshd takes and we refuse on purpose are not among them. */
const SAMPLES: readonly (readonly [string, Buffer])[] = [
  ["good", makeCertificate(fields(), authority)],
  ["without extensions", makeCertificate(fields({ extensions: [] }), authority)],
  ["for ever", makeCertificate(fields({ validAfter: 0n, validBefore: FOR_EVER }), authority)],
  ["of two names", makeCertificate(fields({ principals: ["somebody", user] }), authority)],
  ["unknown extension", makeCertificate(fields({ extensions: flags("permit-everything@example.com") }), authority)],
  ["reserved bytes", makeCertificate(fields({ reserved: Buffer.from("later") }), authority)],
  ["empty nonce", makeCertificate(fields({ nonce: Buffer.alloc(0) }), authority)],
  ["from here", makeCertificate(fields({ critical: [["source-address", "127.0.0.0/8,192.0.2.1"]] }), authority)],
  ["PIN asked of a key without one", makeCertificate(fields({ critical: flags("verify-required") }), authority)],
  ["expired", makeCertificate(fields({ validBefore: now - 10n }), authority)],
  ["not valid yet", makeCertificate(fields({ validAfter: now + 600n }), authority)],
  ["ends before it begins", makeCertificate(fields({ validAfter: now + 20n, validBefore: now - 20n }), authority)],
  ["of a stranger", makeCertificate(fields(), stranger)],
  ["forged: names the authority, signed by another", makeCertificate(fields(), authority, stranger)],
  ["for somebody else", makeCertificate(fields({ principals: ["somebody"] }), authority)],
  ["for nobody", makeCertificate(fields({ principals: [] }), authority)],
  ["for everybody, it says", makeCertificate(fields({ principals: ["*"] }), authority)],
  ["of a host", makeCertificate(fields({ kind: 2 }), authority)],
  ["of neither", makeCertificate(fields({ kind: 3 }), authority)],
  ["unknown critical option", makeCertificate(fields({ critical: [["only-on-mondays@example.com", "yes"]] }), authority)],
  ["from elsewhere", makeCertificate(fields({ critical: [["source-address", "192.0.2.0/24"]] }), authority)],
  ["from nonsense", makeCertificate(fields({ critical: [["source-address", "127.0.0.1,nonsense"]] }), authority)],
  ["from a network with a wrong mask", makeCertificate(fields({ critical: [["source-address", "127.0.0.1/8"]] }), authority)],
  ["source-address without data", makeCertificate(fields({ critical: flags("source-address") }), authority)],
  ["an extension as a critical option", makeCertificate(fields({ critical: flags("permit-pty") }), authority)],
  ["key of 31 bytes", makeCertificate(fields({ key: string(randomBytes(31)) }), authority)],
  ["of an unknown type", makeCertificate(fields({ type: "ssh-ed448-cert-v01@openssh.com" }), authority)],
  ["a plain key", Buffer.concat([string("ssh-ed25519"), string(randomBytes(32))])],
];

test("the verdict on each kind is sshd's", async () => {
  const theirs = await askSshd(
    sshd.port,
    user,
    SAMPLES.map(([, blob]) => blob),
  );
  const ours = SAMPLES.map(([name, blob]) => [name, judge(blob).ok]);
  expect(ours).toEqual(SAMPLES.map(([name], index) => [name, theirs[index]]));
  expect(theirs.filter(Boolean)).toHaveLength(9);
});

test("what is stricter here: force-command, an option that comes twice", async () => {
  const forced = makeCertificate(fields({ critical: [["force-command", "true"]] }), authority);
  const twice = makeCertificate(fields({ extensions: flags("permit-pty", "permit-pty") }), authority);
  expect(await askSshd(sshd.port, user, [forced, twice])).toEqual([true, true]);
  expect([judge(forced).ok, judge(twice).ok]).toEqual([false, false]);
});

test("a few hundred at random, rightly signed: sshd's verdict again", async () => {
  const random = randomOf(20_261_121);
  const pick = <T>(...from: T[]): T => from[Math.floor(random() * from.length)] as T;
  const blobs = Array.from({ length: 300 }, () =>
    makeCertificate(
      fields({
        kind: pick(1, 1, 1, 1, 1, 2, 0),
        principals: pick([user], [user], [user], ["root2", user], ["nobody", "x"], [], [`${user} `], [`${user}\0x`]),
        validAfter: pick(0n, 0n, now - 60n, now - 3600n, now + 90n, FOR_EVER),
        validBefore: pick(FOR_EVER, FOR_EVER, now + 600n, now + 600n, now - 5n, 0n),
        critical: pick<CertificateFields["critical"]>(
          [],
          [],
          [],
          flags("verify-required"),
          [["source-address", pick("127.0.0.1", "127.0.0.1/32", "::1", "0.0.0.0/0", "127.0.0.0/33", "10.0.0.0/8", ",")]],
          [["x", "y"]],
        ),
        extensions: pick<CertificateFields["extensions"]>([], flags("permit-pty"), flags("permit-pty", "permit-X11-forwarding"), [
          ["a@b", "data"],
        ]),
        reserved: pick(Buffer.alloc(0), randomBytes(5)),
        nonce: randomBytes(pick(0, 16, 32, 64)),
      }),
      pick(authority, authority, authority, authority, stranger),
    ),
  );
  const theirs = await askSshd(sshd.port, user, blobs);
  expect(blobs.map((blob) => judge(blob).ok)).toEqual(theirs);
  expect(new Set(theirs).size).toBe(2);
});

test("broken in a few hundred ways: cut off, longer, a bit turned: sshd's verdict, and never an accident", async () => {
  const good = makeCertificate(fields(), authority);
  const random = randomOf(7);
  // The type's own name stays: with another, sshd is not asked about a certificate at all.
  const start = 4 + "ssh-ed25519-cert-v01@openssh.com".length;
  const blobs = Array.from({ length: 250 }, (_, index) => {
    if (index % 5 === 0) return good.subarray(0, start + Math.floor(random() * (good.length - start)));
    if (index % 31 === 0) return Buffer.concat([good, randomBytes(1 + (index % 7))]);
    const blob = Buffer.from(good);
    const at = start + Math.floor(random() * (blob.length - start));
    blob[at] = (blob[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return blob;
  });
  const theirs = await askSshd(sshd.port, user, blobs);
  expect(blobs.map((blob) => judge(blob).ok)).toEqual(theirs);
  expect(theirs).not.toContain(true);
});

/** `FUZZ_SECONDS=600` for a long run. */
test("thousands of mutations: refused or read, and never anything else", {
  timeout: 1000 * (60 + Number(process.env.FUZZ_SECONDS ?? 0)),
}, () => {
  const random = randomOf(Number(process.env.FUZZ_SEED ?? 1));
  const seeds = SAMPLES.map(([, blob]) => blob);
  const until = Date.now() + 1000 * Number(process.env.FUZZ_SECONDS ?? 0);
  for (let count = 0; count < 4000 || Date.now() < until; count += 1) {
    const blob = mutate(seeds[Math.floor(random() * seeds.length)] ?? Buffer.alloc(0), random);
    const verdict = judge(blob);
    // What is taken was signed as it is: no mutation can be.
    if (verdict.ok) expect(seeds.some((seed) => seed.equals(blob))).toBe(true);
  }
});

test.each([["ed25519"], ["rsa", "-b", "2048"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "384"], ["ecdsa", "-b", "521"]])(
  "ssh-keygen's certificate of a key of type %s %s %s is read as ssh-keygen -L shows it",
  (...type) => {
    const name = join(dir, type.join(""));
    makeKey(join(dir, `${type.join("")}-ca`));
    makeKey(name, ["-t", ...type]);
    const options = ["-I", "some id", "-n", `${user},other`, "-V", "-5m:+1h", "-z", "42", "-O", "clear", "-O", "permit-pty"];
    execFileSync("ssh-keygen", ["-q", "-s", `${name}-ca`, ...options, "-O", "source-address=127.0.0.0/8", `${name}.pub`]);
    const blob = Buffer.from(readFileSync(`${name}-cert.pub`, "utf8").split(" ")[1] ?? "", "base64");
    const read = parseCertificate(blob);
    const shown = execFileSync("ssh-keygen", ["-L", "-f", `${name}-cert.pub`], { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
    expect(read).toMatchObject({ keyId: "some id", serial: 42n, kind: 1, principals: [user, "other"] });
    expect([...read.extensions]).toEqual(["permit-pty"]);
    expect(shown).toContain('Key ID: "some id"');
    const end = new Date(Number(read.validBefore) * 1000).toISOString().slice(0, 19);
    expect(shown).toContain(`to ${end}`);
    const trusted = [read.authority];
    expect(judgeCertificate(read, { user, address: "127.0.0.9", nowMs }, trusted)).toMatchObject({
      ok: true,
      grants: { keyId: "some id", pty: true, forwards: false, agent: false, expiresAt: Number(read.validBefore) * 1000 },
    });
    expect(judgeCertificate(read, { user, address: "192.0.2.1", nowMs }, trusted).ok).toBe(false);
  },
);

test("an authority of another type than Ed25519 is refused", () => {
  makeKey(join(dir, "rsa-ca"), ["-t", "rsa", "-b", "2048"]);
  makeKey(join(dir, "under-rsa"));
  execFileSync("ssh-keygen", ["-q", "-s", join(dir, "rsa-ca"), "-I", "x", "-n", user, join(dir, "under-rsa.pub")]);
  const blob = Buffer.from(readFileSync(join(dir, "under-rsa-cert.pub"), "utf8").split(" ")[1] ?? "", "base64");
  expect(() => parseCertificate(blob)).toThrow("not of type Ed25519");
});

function mutate(seed: Buffer, random: () => number): Buffer {
  const blob = Buffer.from(seed);
  const at = () => Math.floor(random() * blob.length);
  switch (Math.floor(random() * 4)) {
    case 0:
      return blob.subarray(0, at());
    case 1:
      blob[at()] = Math.floor(random() * 256);
      return blob;
    case 2: {
      // A length somewhere: the sort of lie that a reader falls for.
      blob.writeUInt32BE(Math.floor(random() * 2 ** 32), Math.min(at(), blob.length - 4));
      return blob;
    }
    default: {
      const [from, to] = [at(), at()];
      return Buffer.concat([blob.subarray(0, from), blob.subarray(to)]);
    }
  }
}

/** The same numbers each time (mulberry32), so that a failure can be had again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
