/** The doctor on a cluster whose programs are scripts of the test's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../config/load.ts";
import { checkCluster } from "./cluster.ts";

let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "fw-doctor-"));
  for (const name of ["sbatch", "squeue", "scancel", "sacct"]) program(name, "");
  program("sinfo", '[ "$1" = -V ] && echo "slurm 24.11.5" || echo "localhost idle"');
  program("scontrol", "echo 'PrivateData             = none'");
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** "level what" of each finding, without the cluster's name. */
async function examine(): Promise<string[]> {
  const cluster = {
    scheduler: "slurm",
    act_as: "sudo",
    callback_url: "https://hub.example",
    launcher: join(bin, "launcher"),
    slurm: { bin_dir: bin },
  };
  const config = parseConfig(
    stringify({
      listen: [{ address: "127.0.0.1", port: 8000 }],
      sign_in: { demo_users: { alice: "scrypt:x" } },
      clusters: { main: cluster },
      profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "main" }],
    }),
  );
  const entry = config.clusters.main;
  if (entry === undefined) throw new Error("the cluster is called main");
  return (await checkCluster("main", entry, config)).map(({ level, what }) => `${level} ${what.replace("main: ", "")}`);
}

test("a cluster that answers, whose nodes are known", async () => {
  const findings = await examine();
  for (const line of [
    "ok slurm 24.11.5",
    "ok slurmctld answers",
    "ok accounting answers",
    "ok jobs can be seen",
    "ok 1 nodes, names known here",
    "ok localhost can be reached",
  ])
    expect(findings).toContain(line);
});

test("PrivateData=jobs is a fault, unless our account is an operator", async () => {
  const me = userInfo().username;
  program("scontrol", "echo 'PrivateData             = accounts,jobs,usage'");
  for (const level of ["None", ""]) {
    program("sacctmgr", `echo '${level}'`);
    expect(await examine()).toContain(`fail PrivateData=jobs hides jobs from ${me}`);
  }
  for (const level of ["Operator", "Administrator"]) {
    program("sacctmgr", `case "$*" in *" ${me} "*) echo ${level} ;; esac`);
    expect(await examine()).toContain("ok jobs can be seen");
  }
});

test("what could not be asked is not said to be well", async () => {
  program("scontrol", "echo 'Unable to contact slurm controller' >&2; exit 1");
  const findings = await examine();
  expect(findings).toContain("warn cannot tell whether PrivateData hides jobs: Unable to contact slurm controller");
  expect(findings).not.toContain("ok jobs can be seen");
});

test("missing commands, and a missing launcher", async () => {
  expect(await examine()).toContain(`fail the launcher ${join(bin, "launcher")} is missing`);
  rmSync(join(bin, "sacct"));
  rmSync(join(bin, "sbatch"));
  expect((await examine())[0]).toBe(`fail sbatch, sacct not found in ${bin}`);
});

test("nodes that this machine does not know by name", async () => {
  program("sinfo", '[ "$1" = -V ] && echo "slurm 24.11.5" || printf "c1.invalid idle\\nc1.invalid idle\\nlocalhost mix\\n"');
  expect(await examine()).toContain("fail this machine does not know c1.invalid");
});

test("nodes that no packet gets to", async () => {
  // Everybody at once: nothing can be connected there, whatever the network is.
  program("sinfo", '[ "$1" = -V ] && echo "slurm 24.11.5" || printf "255.255.255.255 idle\\nlocalhost mix\\n"');
  expect(await examine()).toContainEqual(expect.stringMatching(/^fail 255\.255\.255\.255 cannot be reached from here on port \d+$/));
});
