/** `fairway ssh-ca` as an operator runs it; what it prints is given to a real sshd. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { hubMain } from "../paths.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fw-ssh-ca-"));
  const site = {
    demo: true,
    state_dir: join(home, "state"),
    listen: [{ address: "127.0.0.1", port: 8000 }],
    public_url: "http://127.0.0.1:8000",
    sign_in: { demo_users: { alice: "fairway" } },
    clusters: { here: { scheduler: "local", act_as: "service" } },
    profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "here" }],
  };
  writeFileSync(join(home, "fairway.yaml"), stringify(site));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(...argv: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [hubMain, "ssh-ca", ...argv, "--config", join(home, "fairway.yaml")], { encoding: "utf8" });
}
const keysIn = (text: string): string[] => [...text.matchAll(/^ {2}(ssh-ed25519 \S+ \S+)$/gm)].map((match) => match[1] ?? "");

test("init prints what login nodes need, and sshd takes it as it stands", () => {
  const { status, stdout } = run("init");
  expect(status).toBe(0);
  const [line = "", ...more] = keysIn(stdout);
  expect(more).toEqual([]);
  writeFileSync(join(home, "ca.pub"), `${line}\n`);
  expect(execFileSync("ssh-keygen", ["-l", "-f", join(home, "ca.pub")], { encoding: "utf8" })).toContain("fairway-login-ca");
  const settings = stdout.slice(stdout.indexOf("  TrustedUserCAKeys"), stdout.indexOf("Each certificate"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(home, "host")]);
  writeFileSync(join(home, "sshd_config"), `HostKey ${join(home, "host")}\n${settings}`);
  const trustedBy = (user: string) => {
    const argv = ["-T", "-f", join(home, "sshd_config"), "-C", `user=${user},host=node,addr=192.0.2.1`];
    return /^trustedusercakeys (.*)$/m.exec(execFileSync("/usr/sbin/sshd", argv, { encoding: "utf8" }))?.[1];
  };
  expect([trustedBy("alice"), trustedBy("root")]).toEqual(["/etc/ssh/fairway-login-ca.pub", "none"]);
  expect(keysIn(run("init").stdout)).toEqual([line]);
});

test("the login authority is rotated in two steps, the door's in one", () => {
  const [first] = keysIn(run("init").stdout);
  expect(run("rotate", "login", "--finish")).toMatchObject({ status: 1, stderr: expect.stringContaining("without --finish first") });
  const both = keysIn(run("rotate", "login").stdout);
  expect(both).toEqual([first, expect.any(String)]);
  expect(keysIn(run("rotate", "login", "--finish").stdout)).toEqual([both[1]]);
  expect(run("rotate", "door").status).toBe(0);
  const shown = JSON.parse(run("show", "--json").stdout) as { login: unknown; door: unknown[] };
  expect(shown).toMatchObject({ login: { current: both[1], next: null }, door: [expect.any(String), expect.any(String)] });
  expect(run("rotate", "other")).toMatchObject({ status: 1, stderr: expect.stringContaining("login or door") });
});
