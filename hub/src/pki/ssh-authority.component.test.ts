/** The two authorities before a real sshd that trusts one of them. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finishLoginRotation, openSshAuthority, prepareLoginRotation, rotateDoorAuthority, type SshAuthority } from "./ssh-authority.ts";
import { makeSshKey } from "./ssh-ed25519.ts";
import { openDoorHostKey } from "./ssh-key-file.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ME = userInfo().username;
/** Who enters: an sshd that is not root's lets in nobody else, and for root we sign nothing. */
const ACCOUNT = ME === "root" ? "nobody" : ME;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairway-ca-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One connection to a real sshd (`sshd -i`), by a key with this certificate. @returns what sshd's log says of it */
async function tryToEnter(trusted: readonly string[], certificate: string, privateKey: string): Promise<string> {
  const at = (name: string) => join(folder, name);
  if (ME === "root") mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  writeFileSync(at("host"), makeSshKey("").privateKey, { mode: 0o600 });
  writeFileSync(at("trusted"), trusted.join("\n"), { mode: 0o600 });
  writeFileSync(at("log"), "");
  const config = [
    ...[`HostKey ${at("host")}`, `TrustedUserCAKeys ${at("trusted")}`, "AuthorizedKeysFile none", "PidFile none", "LogLevel VERBOSE"],
    ...["UsePAM no", "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no"],
  ];
  writeFileSync(at("sshd_config"), `${config.join("\n")}\n`);
  writeFileSync(at("id"), privateKey, { mode: 0o600 });
  writeFileSync(at("id-cert.pub"), certificate);
  const options = {
    ...{ ProxyCommand: `/usr/sbin/sshd -i -f ${at("sshd_config")} -E ${at("log")}`, StrictHostKeyChecking: "no" },
    ...{ UserKnownHostsFile: "/dev/null", IdentitiesOnly: "yes", IdentityAgent: "none", BatchMode: "yes" },
    ...{ IdentityFile: at("id"), CertificateFile: at("id-cert.pub") },
  };
  const argv = ["-F", "none", ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]), `${ACCOUNT}@node`, "true"];
  const child = spawn("ssh", argv, { stdio: "ignore" });
  await new Promise((resolve) => child.on("close", resolve));
  return readFileSync(at("log"), "utf8");
}

describe("two authorities", () => {
  it("lie in files of this account alone, and are made once", () => {
    const first = openSshAuthority(folder);
    const known = { login: first.loginAuthorities(), door: first.doorAuthorities(0) };
    const again = openSshAuthority(folder);
    expect({ login: again.loginAuthorities(), door: again.doorAuthorities(0) }).toEqual(known);
    expect(known.door).not.toContain(known.login.current);
    expect(statSync(join(folder, "ssh-ca")).mode & 0o777).toBe(0o700);
    const files = readdirSync(join(folder, "ssh-ca"));
    expect(files.toSorted()).toEqual(["door.key", "login.key"]);
    for (const file of files) expect(statSync(join(folder, "ssh-ca", file)).mode & 0o777).toBe(0o600);
  });

  it("are not used when others could read them", () => {
    const authority = openSshAuthority(folder);
    chmodSync(join(folder, "ssh-ca", "login.key"), 0o640);
    expect(() => authority.loginAuthorities()).toThrow("can be read by others");
    expect(() => openSshAuthority(folder)).toThrow("can be read by others");
  });

  it("sign nothing for root, for no account, for longer than they may", () => {
    const authority = openSshAuthority(folder);
    const good = { user: "alice", publicKey: makeSshKey("").publicKey, lifeMs: HOUR_MS, now: Date.now() };
    for (const user of ["root", "", "alice,root", "al ice", "-l"])
      expect(() => authority.signLoginCertificate({ ...good, user })).toThrow("no certificate");
    expect(() => authority.signLoginCertificate({ ...good, lifeMs: HOUR_MS + 1 })).toThrow("an hour at most");
    expect(() => authority.signDoorCertificate({ ...good, id: "k3x9qa2mw4tz", lifeMs: 8 * DAY_MS })).toThrow("seven days");
  });
});

describe("a rotation", () => {
  it("of the login authority has two steps: login nodes hear of the next key before it signs", () => {
    const authority = openSshAuthority(folder);
    const { current } = authority.loginAuthorities();
    expect(() => finishLoginRotation(folder)).toThrow("no next login authority");
    prepareLoginRotation(folder, Date.now());
    const { next } = authority.loginAuthorities();
    expect(authority.loginAuthorities().current).toBe(current);
    expect(next).not.toBe(current);
    expect(() => prepareLoginRotation(folder, Date.now())).toThrow("already");
    finishLoginRotation(folder);
    expect(authority.loginAuthorities()).toEqual({ current: next, next: null });
  });

  it("of the door's authority keeps the former one until its last certificate is over", () => {
    const authority = openSshAuthority(folder);
    const [first] = authority.doorAuthorities(0);
    const now = Date.now();
    rotateDoorAuthority(folder, now);
    const [second, ...former] = authority.doorAuthorities(now + 13 * DAY_MS);
    expect(former).toEqual([first]);
    rotateDoorAuthority(folder, now + DAY_MS);
    expect(authority.doorAuthorities(now + DAY_MS).slice(1)).toEqual([first, second]);
    expect(authority.doorAuthorities(now + 14 * DAY_MS).slice(1)).toEqual([second]);
    expect(authority.doorAuthorities(now + 15 * DAY_MS)).toHaveLength(1);
  });

  it("of the door's authority waits for the hub's next start, which the door hears of", () => {
    const signerOf = (authority: SshAuthority) => {
      const request = { id: "k3x9qa2mw4tz", user: "alice", publicKey: makeSshKey("").publicKey, lifeMs: HOUR_MS, now: Date.now() };
      const shown = execFileSync("ssh-keygen", ["-L", "-f", "-"], { input: authority.signDoorCertificate(request), encoding: "utf8" });
      return /Signing CA: ED25519 (\S+)/.exec(shown)?.[1];
    };
    const before = openSshAuthority(folder);
    const first = signerOf(before);
    rotateDoorAuthority(folder, Date.now());
    expect(signerOf(before)).toBe(first);
    expect(signerOf(openSshAuthority(folder))).not.toBe(first);
  });
});

describe("the door's host key", () => {
  it("is made once, or the site's own", () => {
    const made = openDoorHostKey(folder);
    expect(openDoorHostKey(folder).publicKey).toBe(made.publicKey);
    const own = join(folder, "own");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", own]);
    expect(openDoorHostKey(folder, own).publicKey).toBe(readFileSync(`${own}.pub`, "utf8").trim());
    writeFileSync(own, "damaged");
    expect(() => openDoorHostKey(folder, own)).toThrow(`${own} is no Ed25519 key`);
  });
});

describe("before a login node's sshd", () => {
  const key = makeSshKey("");
  const request = (changes: { user?: string; now?: number } = {}) => {
    return { user: ACCOUNT, publicKey: key.publicKey, lifeMs: HOUR_MS, now: Date.now(), ...changes };
  };

  it("the login certificate opens the account of its name, and says why in its log", async () => {
    const authority = openSshAuthority(folder);
    const certificate = authority.signLoginCertificate({ ...request(), why: "submit" });
    const log = await tryToEnter([authority.loginAuthorities().current], certificate, key.privateKey);
    expect(log).toMatch(new RegExp(`Accepted publickey for ${ACCOUNT} .*ID fairway: ${ACCOUNT} \\(submit\\)`));
  });

  it.each([
    ["a certificate for another name", (authority: SshAuthority) => authority.signLoginCertificate(request({ user: "somebody" }))],
    ["one that is over", (authority: SshAuthority) => authority.signLoginCertificate(request({ now: Date.now() - 2 * HOUR_MS }))],
    ["one of the door's", (authority: SshAuthority) => authority.signDoorCertificate({ ...request(), id: "k3x9qa2mw4tz" })],
  ])("%s opens nothing", async (_, sign) => {
    const authority = openSshAuthority(folder);
    const log = await tryToEnter([authority.loginAuthorities().current], sign(authority), key.privateKey);
    expect(log).toMatch(/Failed publickey for .* ED25519-CERT /); // It was offered and looked at.
    expect(log).not.toContain("Accepted");
  });
});
