import { expect, test } from "vitest";
import { readReach } from "./reach.ts";
import { commandArgv, controlArgv, forwardArgs, masterArgv, reachArgv, readCiphers, type SshSettings } from "./ssh-options.ts";

const SSH: SshSettings = { hosts: ["login1", "login2"] };
const optionsOf = (argv: readonly string[]) => argv.filter((_, index) => argv[index - 1] === "-o");

test("a master asks nobody, believes no unknown key, and forwards nothing that it was not told to", () => {
  const argv = masterArgv(SSH, "login2", "/run/fairway/ssh/m", { kind: "standing" });
  expect(optionsOf(argv)).toEqual(
    expect.arrayContaining([
      "BatchMode=yes",
      "StrictHostKeyChecking=yes",
      "ForwardAgent=no",
      "ForwardX11=no",
      "ClearAllForwardings=yes",
      "ControlPersist=no",
      "StreamLocalBindMask=0177",
    ]),
  );
  expect(argv.slice(-2)).toEqual(["--", "login2"]);
  expect(argv.slice(argv.indexOf("-S"))).toEqual(["-S", "/run/fairway/ssh/m", "-f", "-N", "-T", "--", "login2"]);
});

test("a standing master likes AES-GCM best, within what the site allows", () => {
  expect(readCiphers("user fairway\nciphers chacha20-poly1305@openssh.com,aes128-ctr,aes128-gcm@openssh.com\nmacs x\n")).toEqual([
    "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
  ]);
  expect(readCiphers("ciphers aes256-ctr\n")).toEqual(["aes256-ctr"]);
  expect(readCiphers("")).toBeUndefined();
  expect(optionsOf(masterArgv(SSH, "login1", "/run/m", { kind: "standing", ciphers: ["a", "b"] }))).toContain("Ciphers=a,b");
  expect(optionsOf(masterArgv(SSH, "login1", "/run/m", { kind: "standing" })).join()).not.toContain("Ciphers");
});

test("a person's master uses their certificate and no other key, and ends when idle", () => {
  const login = { user: "alice", keyFile: "/run/k1", certificateFile: "/run/k1-cert.pub" };
  const settings = { ...SSH, user: "fairway", identityFile: "/etc/fairway/id" };
  const argv = masterArgv(settings, "login1", "/run/p1", { kind: "person", login, idleSeconds: 60 });
  expect(argv[argv.indexOf("-l") + 1]).toBe("alice");
  expect(argv[argv.indexOf("-i") + 1]).toBe("/run/k1");
  expect(argv).not.toContain("/etc/fairway/id");
  expect(optionsOf(argv)).toEqual(expect.arrayContaining(["ControlPersist=60", "IdentitiesOnly=yes", "CertificateFile=/run/k1-cert.pub"]));
});

test("the jump goes with the same keys and the same strictness", () => {
  const settings = { ...SSH, proxyJump: "gate", knownHostsFile: "/etc/fair way/known%hosts", user: "fairway" };
  const jump = optionsOf(reachArgv(settings, "login1", "node1:80")).find((text) => text.startsWith("ProxyCommand="));
  expect(jump).toMatch(/^ProxyCommand=ssh .*StrictHostKeyChecking=yes.* -S none -W '\[%h\]:%p' -- gate$/);
  expect(jump).toContain(`'UserKnownHostsFile="/etc/fair way/known%%hosts"'`);
});

test("what goes over a master never connects by itself", () => {
  for (const argv of [commandArgv("/run/m", "true"), controlArgv("/run/m", "check")]) {
    expect(argv.slice(1, 3)).toEqual(["-F", "none"]);
    expect(optionsOf(argv)).toContain("ProxyCommand=false");
  }
});

test("a forward leads from a path to a port, also of an IPv6 address", () => {
  expect(forwardArgs("/run/a.sock", { host: "node1", port: 20000 })).toEqual(["-L", "/run/a.sock:node1:20000"]);
  expect(forwardArgs("/run/a:b.sock", { host: "fe80::1", port: 1 })).toEqual(["-L", "/run/a\\:b.sock:[fe80::1]:1"]);
});

test("what ssh says tells whether a port was reached", () => {
  const said = (words: string) => readReach(`debug1: Connecting\n${words}\ndebug2: more\nstdio forwarding failed\n`, 12);
  expect(said("debug2: channel 0: open confirm rwindow 2097152 rmax 32768")).toEqual({ ok: true, ms: 12 });
  expect(said("channel 0: open failed: connect failed: Connection refused\r")).toEqual({ ok: true, ms: 12 });
  expect(said("channel 0: open failed: connect failed: No route to host\r")).toEqual({
    ok: false,
    detail: "connect failed: No route to host",
  });
  expect(said("channel 0: open failed: administratively prohibited: open failed")).toMatchObject({ ok: false });
  expect(said("Permission denied (publickey).")).toEqual({ ok: false, detail: "Permission denied (publickey)." });
  expect(readReach("debug1: Connecting", 12)).toEqual({ ok: false, detail: "no answer in time" });
});
