/** What the CLI does for ssh, with the real OpenSSH programs; only the door is a file that says what it was called with. */
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError } from "@fairway/contract/errors.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "./testing/run-cli.ts";
import { ME, sampleSession } from "./testing/sample.ts";
import { type Answers, startSite, type TestSite } from "./testing/site.ts";

const run = promisify(execFile);
const HOUR_MS = 3_600_000;
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6yhfh9U4ky1Wx2Vt7pQvAaQ4yDN1P4XbcV3pQ5Yk1n";
const KNOWN = `[hpc.example]:8022 ${HOST_KEY}`;

let home: string;
let site: TestSite;
let env: Record<string, string>;
let signed: number;
let lifeMs: number;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "fairway-ssh-"));
  signed = 0;
  lifeMs = 12 * HOUR_MS;
  await open();
});
afterEach(async () => {
  await site.close();
  rmSync(home, { recursive: true, force: true });
});

async function open(answers: Answers = {}): Promise<void> {
  site = await startSite({
    me: () => ME,
    sshAccess: () => ({ host: "hpc.example", port: 8022, knownHosts: [KNOWN], agentForwarding: false, defaultProfile: null }),
    listSessions: () => ({ now: Date.now(), sessions: [sampleSession({}), sampleSession({ id: "b3x9qa2mw4tz", name: "second" })] }),
    signCertificate: ({ body }) => {
      signed += 1;
      const now = Date.now();
      const fingerprint = JSON.stringify(body);
      return { certificate: `certificate ${signed}`, info: { id: "cert22222222", fingerprint, createdAt: now, expiresAt: now + lifeMs } };
    },
    ...answers,
  });
  env = { HOME: home, FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right" };
}
const folder = () => join(home, ".config/fairway/ssh", new URL(site.url).host.replace(":", "_"));
const inFolder = (name: string) => join(folder(), name);

describe("a certificate", () => {
  it("is fetched at login for a key that is made once, readable by its owner alone", async () => {
    const login = await runCli(["login"], env);
    expect([login.code, login.stderr]).toEqual([0, expect.stringContaining("ssh into your sessions with `fairway ssh`")]);
    for (const file of ["id_ed25519", "id_ed25519-cert.pub", "known_hosts"]) expect(statSync(inFolder(file)).mode & 0o777).toBe(0o600);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    const publicKey = execFileSync("ssh-keygen", ["-y", "-f", inFolder("id_ed25519")], { encoding: "utf8" }).trim();
    expect(site.asked.at(-1)?.body).toEqual({ publicKey });
    expect(readFileSync(inFolder("known_hosts"), "utf8")).toBe(`${KNOWN}\n`);
    const key = readFileSync(inFolder("id_ed25519"), "utf8");
    await runCli(["login"], env);
    expect(readFileSync(inFolder("id_ed25519"), "utf8")).toBe(key);
    expect(readFileSync(inFolder("id_ed25519-cert.pub"), "utf8")).toBe("certificate 2\n");
  });

  it("that cannot be had keeps nobody from signing in", async () => {
    await site.close();
    await open({
      signCertificate: () => {
        throw new AppError("not_allowed", "This needs the scope.");
      },
    });
    expect(await runCli(["login"], env)).toMatchObject({ code: 0, stderr: expect.stringContaining("No certificate for ssh: This needs") });
    await site.close();
    await open();
    expect((await runCli(["login"], { ...env, PATH: home })).stderr).toContain("no ssh-keygen");
  });

  it("is renewed when half of its time is over, and not before", async () => {
    const renew = () => runCli(["certificate", "renew", "--json"], env);
    expect(JSON.parse((await renew()).stdout)).toMatchObject({ renewed: true, file: inFolder("id_ed25519-cert.pub") });
    expect(JSON.parse((await renew()).stdout)).toMatchObject({ renewed: false });
    const half = { id: "cert22222222", createdAt: Date.now() - 7 * HOUR_MS, expiresAt: Date.now() + 5 * HOUR_MS };
    writeFileSync(inFolder("certificate.json"), JSON.stringify(half));
    expect(await runCli(["certificate", "renew", "--quiet"], env)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(signed).toBe(2);
    expect((await runCli(["certificate", "renew", "--now"], env)).stderr).toContain("Renewed");
    writeFileSync(inFolder("certificate.json"), "{ damaged");
    expect(JSON.parse((await renew()).stdout)).toMatchObject({ renewed: true });
  });

  it("is used to its end when the site is away, and only then is ssh kept waiting for nothing", async () => {
    await runCli(["certificate", "renew"], env);
    await site.close();
    const late = (leftMs: number) => ({ id: "cert22222222", createdAt: Date.now() - 7 * HOUR_MS, expiresAt: Date.now() + leftMs });
    writeFileSync(inFolder("certificate.json"), JSON.stringify(late(HOUR_MS)));
    expect(await runCli(["certificate", "renew", "--quiet"], env)).toEqual({ code: 0, stdout: "", stderr: "" });
    writeFileSync(inFolder("certificate.json"), JSON.stringify(late(-1)));
    expect(await runCli(["certificate", "renew", "--quiet"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Could not reach"),
    });
    await open();
  });

  it("is gone from this machine when it is revoked, or when its person signs out", async () => {
    await site.close();
    await open({ revokeCertificate: () => undefined });
    const isThere = () => existsSync(inFolder("id_ed25519-cert.pub"));
    await runCli(["certificate", "renew"], env);
    await runCli(["certificate", "revoke", "cert33333333"], env);
    expect(isThere()).toBe(true);
    await runCli(["certificate", "revoke", "cert22222222"], env);
    expect(isThere()).toBe(false);
    await runCli(["certificate", "renew"], env);
    expect(isThere()).toBe(true);
    await runCli(["logout"], env);
    expect([isThere(), existsSync(inFolder("id_ed25519"))]).toEqual([false, true]);
  });

  it("and keys are listed, registered and removed", async () => {
    await site.close();
    const key = { id: "key222222222", note: "laptop", fingerprint: "SHA256:one", type: "ssh-ed25519", createdAt: 0, lastUsedAt: null };
    const certificate = {
      id: "cert22222222",
      fingerprint: "SHA256:one",
      createdAt: Date.UTC(2026, 0, 2, 12),
      expiresAt: Date.UTC(2026, 0, 3),
    };
    await open({
      listSshKeys: () => ({ keys: [key] }),
      addSshKey: () => key,
      removeSshKey: () => undefined,
      listCertificates: () => ({ certificates: [certificate] }),
      revokeCertificate: () => undefined,
    });
    expect((await runCli(["ssh-key", "list"], env)).stdout).toMatch(/key222222222 {2}laptop {2}ssh-ed25519 {2}SHA256:one {3}never/);
    expect((await runCli(["certificate", "list"], env)).stdout).toMatch(/cert22222222 {2}SHA256:one {2}2 Jan 12:00 UTC {2}3 Jan 00:00 UTC/);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "laptop", "-f", join(home, "id")]);
    expect((await runCli(["ssh-key", "add", join(home, "id.pub"), "--note", "mine"], env)).code).toBe(0);
    expect(site.asked.at(-1)?.body).toEqual({ publicKey: readFileSync(join(home, "id.pub"), "utf8").trim(), note: "mine" });
    const count = site.asked.length;
    expect(await runCli(["ssh-key", "add", join(home, "id")], env)).toMatchObject({ code: 2, stderr: expect.stringContaining("not sent") });
    expect((await runCli(["ssh-key", "add", join(home, "none")], env)).code).toBe(2);
    expect(site.asked).toHaveLength(count);
    await runCli(["ssh-key", "remove", key.id], env);
    expect(site.asked.at(-1)).toMatchObject({ name: "removeSshKey", params: { id: key.id } });
    await runCli(["certificate", "revoke", certificate.id], env);
    expect(site.asked.at(-1)).toMatchObject({ name: "revokeCertificate", params: { id: certificate.id } });
  });
});

describe("ssh-config", () => {
  /** What ssh itself makes of it, with the renewal that it calls. */
  const resolve = async (host: string, file: string) => {
    const { stdout: said } = await run("ssh", ["-G", "-F", file, host], { env: { ...env, PATH: "/usr/bin:/bin" } });
    return new Map(said.split("\n").map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
  };

  it("is what ssh needs for each open session, and renews the certificate when ssh reads it", async () => {
    await runCli(["login"], env);
    const { code, stderr } = await runCli(["ssh-config", "--write"], env);
    expect([code, stderr]).toEqual([0, expect.stringContaining("  Include ~/.config/fairway/ssh/*/config\n")]);
    const settings = await resolve("fairway", inFolder("config"));
    expect(Object.fromEntries(settings)).toMatchObject({
      ...{ hostname: "hpc.example", port: "8022", user: "alice", identitiesonly: "yes", stricthostkeychecking: "true" },
      ...{
        identityfile: inFolder("id_ed25519"),
        certificatefile: inFolder("id_ed25519-cert.pub"),
        userknownhostsfile: inFolder("known_hosts"),
      },
    });
    expect((await resolve("fairway--second", inFolder("config"))).get("user")).toBe("alice+second");
    expect(signed).toBe(1);
    writeFileSync(inFolder("certificate.json"), "null");
    expect((await resolve("fairway", inFolder("config"))).get("certificatefile")).toBe(inFolder("id_ed25519-cert.pub"));
    expect(signed).toBe(2);
    writeFileSync(inFolder("certificate.json"), "null");
    expect((await resolve("elsewhere.example", inFolder("config"))).has("certificatefile")).toBe(false);
    expect(signed).toBe(2);
  });

  it("changes nobody's own file unasked, and by one line at its top when it may", async () => {
    const own = join(home, ".ssh/config");
    mkdirSync(join(home, ".ssh"));
    mkdirSync(join(home, "dotfiles"));
    writeFileSync(join(home, "dotfiles/config"), "Host other\n  User me\n");
    symlinkSync("../dotfiles/config", own);
    await runCli(["ssh-config", "--write"], env);
    expect(readFileSync(own, "utf8")).toBe("Host other\n  User me\n");
    await runCli(["ssh-config", "--write", "--include"], env);
    await runCli(["ssh-config", "--write", "--include"], env);
    expect(readFileSync(join(home, "dotfiles/config"), "utf8")).toBe("Include ~/.config/fairway/ssh/*/config\n\nHost other\n  User me\n");
  });

  it("prints, and takes a name of one's own; two sites cannot have the same", async () => {
    const printed = await runCli(["ssh-config", "--name", "hpc"], env);
    expect(printed.stdout).toContain("Host hpc\n  User alice\nHost hpc--second\n  User alice+second\n");
    await runCli(["ssh-config", "--write"], env);
    await site.close();
    await open();
    expect(await runCli(["ssh-config", "--write"], env)).toMatchObject({ code: 2, stderr: expect.stringContaining("--name NAME") });
    expect((await runCli(["ssh-config", "--write", "--name", "other"], env)).code).toBe(0);
    expect((await runCli(["ssh-config", "--name", "a b"], env)).code).toBe(2);
  });
});

describe("fairway ssh", () => {
  /** A program called ssh that says with what it was called, and ends as it is told. */
  function plantSsh(exitCode: number): void {
    mkdirSync(join(home, "bin"), { recursive: true });
    writeFileSync(join(home, "bin/ssh"), `#!/bin/sh\nprintf '%s\\n' "$@"\nexit ${exitCode}\n`);
    chmodSync(join(home, "bin/ssh"), 0o755);
    env = { ...env, PATH: `${join(home, "bin")}:/usr/bin:/bin` };
  }
  const wordsAfterOptions = (stdout: string) => {
    const words = stdout.trimEnd().split("\n");
    return words.slice(words.indexOf("-l"));
  };

  it.each([
    [[], ["-l", "alice", "hpc.example"]],
    [["second"], ["-l", "alice+second", "hpc.example"]],
    [["b3x9qa2mw4tz"], ["-l", "alice+second", "hpc.example"]],
    [
      ["--", "ls", "-l"],
      ["-l", "alice", "hpc.example", "--", "ls", "-l"],
    ],
    [
      ["second", "--", "nvidia-smi"],
      ["-l", "alice+second", "hpc.example", "--", "nvidia-smi"],
    ],
  ])("%j becomes ssh %j, and ends with its exit code", async (argv, words) => {
    plantSsh(42);
    const { code, stdout } = await runCli(["ssh", ...argv], env);
    expect([code, wordsAfterOptions(stdout)]).toEqual([42, words]);
    expect(stdout).toContain(`CertificateFile="${inFolder("id_ed25519-cert.pub")}"`);
    expect(stdout).not.toContain("right");
  });

  it("says what it does not understand, and what is not there", async () => {
    plantSsh(0);
    expect(await runCli(["ssh", "second", "ls"], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("fairway ssh second -- ls"),
    });
    expect((await runCli(["ssh", "third"], env)).code).toBe(5);
    await site.close();
    await open({
      sshAccess: () => {
        throw new AppError("not_found", "This site has no door for SSH.");
      },
    });
    expect(await runCli(["ssh"], env)).toMatchObject({ code: 5, stderr: expect.stringContaining("no door") });
  });
});
