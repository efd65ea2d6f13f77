/** Acting as the person by a certificate, against a real sshd that trusts our authority. */
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { signUserCertificate } from "../../pki/ssh-certificate.ts";
import { makeSshKey } from "../../pki/ssh-ed25519.ts";
import { type LoginNode, startLoginNode } from "../testing/login-node.ts";
import { type Hub, makeHub } from "../testing/opened-openssh.ts";
import { LAUNCHER_REFUSED } from "../types.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });

const patient = { timeoutMs: 25_000 };
const MINUTE_MS = 60_000;
const authority = makeSshKey("test-ca");
/** Whoever runs the tests: the only account that a login node of theirs lets in. */
const me = userInfo().username;
let node: LoginNode;
let hub: Hub;
let launcher: string;

beforeEach(async () => {
  node = await startLoginNode({ trusts: authority.publicKey });
  hub = makeHub(node);
  launcher = join(node.folder, "launcher");
  writeFileSync(launcher, '#!/bin/sh\nprintf "%s " "$(id -un)" "$@"\ncat\n');
  chmodSync(launcher, 0o755);
});
afterEach(async () => {
  const left = await hub.end();
  await node.remove();
  expect(left).toEqual([]);
});

function open({ principal = me, lifeMs = 5 * MINUTE_MS }: { principal?: string; lifeMs?: number } = {}) {
  const signUser = vi.fn(() => {
    const { privateKey, publicKey } = makeSshKey("fairway");
    const times = { notBefore: Date.now() - 10 * MINUTE_MS, notAfter: Date.now() + lifeMs };
    return { privateKey, certificate: signUserCertificate({ publicKey, keyId: "test", principal, ...times, extensions: [] }, authority) };
  });
  return { signUser, transport: hub.open({ launcher, actAs: { kind: "certificate", signUser } }) };
}

const acceptedCertificates = () => node.log().match(/Accepted publickey .*-CERT/g)?.length ?? 0;

test("the launcher runs as the person, who has come by a certificate; what is asked has not", async () => {
  const { transport, signUser } = open();
  expect(transport.actsAs).toBe("user");
  expect(transport.accountOf("alice")).toBe("alice");
  const cancel = { verb: "cancel", jobId: "12", jobName: "fw-x" } as const;
  expect(await transport.actAs(me, cancel, patient)).toEqual({ exitCode: 0, stdout: `${me} cancel 12 fw-x `, stderr: "" });
  const submit = { verb: "submit", app: "noop", options: ["--job-name=fw-x"], values: { FAIRWAY_SESSION: "zz22zz33zz55" } } as const;
  expect((await transport.actAs(me, submit, patient)).stdout).toBe(
    `${me} submit noop --submit-timeout=25 --job-name=fw-x FAIRWAY_SESSION=zz22zz33zz55\n.\n`,
  );
  expect((await transport.exec({ argv: ["id", "-un"] }, patient)).stdout).toBe(`${me}\n`);
  expect(signUser).toHaveBeenCalledExactlyOnceWith(me);
  expect(acceptedCertificates()).toBe(1);
});

test("neither key nor certificate stays on the disk", async () => {
  const { transport } = open();
  await transport.actAs(me, { verb: "files", path: "" }, patient);
  const names = readdirSync(join(hub.runtimeDir, "ssh"));
  expect(names.map((name) => name.charAt(0)).sort()).toEqual(["m", "p"]);
});

test("what a hub left of keys when it was killed is removed by the next", () => {
  open();
  for (const name of ["k0123abcd", "k0123abcd-cert.pub"]) writeFileSync(join(hub.runtimeDir, "ssh", name), "");
  open();
  expect(readdirSync(join(hub.runtimeDir, "ssh"))).toEqual([]);
});

test("many things at a time as the same person share one connection", async () => {
  const { transport } = open();
  const all = await Promise.all(Array.from({ length: 20 }, () => transport.actAs(me, { verb: "files", path: "" }, patient)));
  expect(new Set(all.map(({ exitCode }) => exitCode))).toEqual(new Set([0]));
  expect(acceptedCertificates()).toBe(1);
});

test("a connection of theirs that was killed is made anew", async () => {
  const { transport, signUser } = open();
  const look = { verb: "files", path: "" } as const;
  await transport.actAs(me, look, patient);
  for (const pid of hub.masters()) process.kill(pid, "SIGKILL");
  expect((await transport.actAs(me, look, patient)).exitCode).toBe(0);
  expect(signUser).toHaveBeenCalledTimes(2);
});

test.each([
  ["of somebody else", { principal: "somebody-else" }],
  ["that has expired", { lifeMs: -MINUTE_MS }],
])("with a certificate %s the login node's no is an answer: nothing was done", async (_what, options) => {
  const { transport } = open(options);
  const answer = await transport.actAs(me, { verb: "files", path: "" }, patient);
  expect(answer.exitCode).toBe(LAUNCHER_REFUSED);
  expect(answer.stderr).toMatch(new RegExp(`^fairway: 127\\.0\\.0\\.1 does not let ${me} in by certificate: .*Permission denied`));
});

test("a login node that is away is away for them, too", async () => {
  const { transport } = open();
  await node.stop();
  await expect(transport.actAs(me, { verb: "files", path: "" }, patient)).rejects.toMatchObject({ failure: "away" });
});

test("closing ends people's connections", async () => {
  const { transport } = open();
  await transport.actAs(me, { verb: "files", path: "" }, patient);
  expect(hub.masters()).toHaveLength(2);
  await transport.close();
  expect(hub.masters()).toHaveLength(1);
});
