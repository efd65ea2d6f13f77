/** The doctor on the way to a login node: a real sshd, and Slurm's commands as scripts of the test's. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../config/load.ts";
import { shareDir } from "../paths.ts";
import { type LoginNode, startLoginNode } from "../transports/testing/login-node.ts";
import { checkCluster } from "./cluster.ts";

// Real processes: a busy machine shall have its time.
vi.setConfig({ testTimeout: 120_000 });

const me = userInfo().username;
let node: LoginNode;
let bin: string;

async function start(lines: readonly string[] = []): Promise<void> {
  node = await startLoginNode({ lines });
  bin = join(node.folder, "bin");
  mkdirSync(bin);
  for (const name of ["sbatch", "squeue", "scancel", "sacct"]) program(name, "");
  program("sinfo", '[ "$1" = -V ] && echo "slurm 24.11.5" || echo "c1 idle"');
  program("scontrol", "echo 'PrivateData             = none'");
  copyFileSync(join(shareDir, "launcher"), join(bin, "launcher"));
}

beforeEach(() => start());
afterEach(() => node.remove());

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** "level what" of each finding, without the cluster's name. */
async function examine(changes: { ssh?: object; cluster?: object; user?: string } = {}): Promise<string[]> {
  const ssh = {
    hosts: ["127.0.0.1"],
    port: node.port,
    user: me,
    identity_file: node.ssh.identityFile,
    known_hosts_file: node.ssh.knownHostsFile,
    ...changes.ssh,
  };
  const main = {
    ...{ scheduler: "slurm", act_as: "service", callback_url: "https://hub.example", launcher: join(bin, "launcher") },
    ...{ slurm: { bin_dir: bin }, ssh },
    ...changes.cluster,
  };
  const config = parseConfig(
    stringify({
      state_dir: node.folder,
      listen: [{ address: "127.0.0.1", port: 8000 }],
      sign_in: { demo_users: { alice: "scrypt:x" } },
      clusters: { main },
      profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "main" }],
    }),
  );
  const entry = config.clusters.main;
  if (entry === undefined) throw new Error("the cluster is called main");
  const before = leftOvers();
  const findings = await checkCluster("main", entry, config, changes.user);
  expect(leftOvers()).toEqual(before);
  return findings.map(({ level, what }) => `${level} ${what.replace("main: ", "")}`);
}

const leftOvers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("fw-doctor-"));

test("a login node that is as it should be; what is asked of Slurm is asked there", async () => {
  const findings = await examine({ user: me });
  for (const line of [
    `ok 127.0.0.1 lets us in as ${me}`,
    "ok the login node forwards to other ports",
    "ok the launcher on the login node is this version's",
    `ok we may act as ${me}`,
    "ok slurm 24.11.5",
    "ok slurmctld answers",
    "ok jobs can be seen",
    `warn everybody's jobs run as ${me}`,
  ])
    expect(findings).toContain(line);
  // Nothing here needs to know the nodes.
  expect(findings.join("\n")).not.toContain("c1");
});

test("of two login nodes one that is down is named, and the other is used", async () => {
  const findings = await examine({ ssh: { hosts: ["127.0.0.9", "127.0.0.1"] } });
  expect(findings[0]).toMatch(/^fail 127\.0\.0\.9: .*Connection refused/);
  expect(findings).toContain(`ok 127.0.0.1 lets us in as ${me}`);
  expect(findings).toContain("ok slurmctld answers");
});

test("an unknown host key, and a key that is not let in", async () => {
  writeFileSync(join(node.folder, "empty"), "");
  expect((await examine({ ssh: { known_hosts_file: join(node.folder, "empty") } }))[0]).toMatch(
    /^fail 127\.0\.0\.1: .*Host key verification failed/,
  );
  expect((await examine({ ssh: { identity_file: join(node.folder, "host") } }))[0]).toMatch(/^fail 127\.0\.0\.1: .*Permission denied/);
});

test("a login node that forwards nothing: a fault for route ssh alone", async () => {
  await node.remove();
  await start(["AllowTcpForwarding no"]);
  const lineOf = async (route: string) => (await examine({ cluster: { route } })).find((line) => line.includes("forwards"));
  expect(await lineOf("ssh")).toMatch(/^fail the login node forwards nothing: .*prohibited/);
  expect(await lineOf("auto")).toMatch(/^warn/);
  expect(await lineOf("direct")).toBeUndefined();
});

test("a launcher of another version, and none", async () => {
  program("launcher", "echo old");
  expect(await examine()).toContain(`fail the launcher on the login node (${join(bin, "launcher")}) is not this version's`);
  const findings = await examine({ cluster: { launcher: join(bin, "none") } });
  expect(findings).toContain(`fail the launcher ${join(bin, "none")} is missing`);
});

test("an authority that the login node does not trust", async () => {
  const cluster = { act_as: "certificate" };
  expect(await examine({ cluster })).toContain("warn not tried whether we may act as somebody");
  // Root has no certificate from anybody; whoever runs the tests may be root.
  const user = me === "root" ? "nobody" : me;
  const line = (await examine({ cluster, user })).find((text) => text.includes("may not act as"));
  expect(line).toMatch(new RegExp(`^fail we may not act as ${user}: .*Permission denied`));
});
