/** A preview copied into a shell does what Fairway does: the same argv, the same values, whatever people put into their options. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LaunchRequest } from "@fairway/contract/sessions.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Cluster } from "../clusters/cluster.ts";
import { parseConfig } from "../config/load.ts";
import { createLocalScheduler } from "../schedulers/local/index.ts";
import { createSlurmScheduler } from "../schedulers/slurm/index.ts";
import { createExec } from "../transports/local/exec.ts";
import { createLocalTransport } from "../transports/local/index.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "../transports/testing/recording-programs.ts";
import { toJobRequest } from "./job-request.ts";
import { createLaunchPlanner, type LaunchPlanner } from "./launch-plan.ts";
import { createPreview, PREVIEW_ID, PREVIEW_JOB_NAME, type Preview, TOKEN_PLACEHOLDER } from "./preview.ts";
import { deriveEnrolToken } from "./session-keys.ts";
import { sampleClusterConfig } from "./testing/memory-cluster.ts";
import { withProfiles } from "./testing/profiles.ts";
import { createVisibleProfiles } from "./visible-profiles.ts";

const exec = createExec();
const call = { timeoutMs: 20_000 };
const ORIGIN = "https://site.example";
const SCRIPT = "#!/bin/sh\n# ünïcode, 'quotes' and\ttabs\n\n";
const { homedir, username } = userInfo();
const log = join(homedir, ".fairway/sessions", PREVIEW_ID);

const profile = {
  name: "files",
  app: "jupyterlab",
  resources: { memory: "3G", time: "90m", gpus: { count: 2, type: "a100" }, qos: "long" },
  options: [
    { name: "cores", label: "Cores", kind: "number", sets: "cpus", min: 1, max: 8, default: 2 },
    { name: "account", label: "Account", kind: "text", sets: "account", pattern: ".*" },
    { name: "folder", label: "Folder", kind: "file", picks: "folder", sets: "working_directory" },
    { name: "notebook", label: "Notebook", kind: "file", sets: "open" },
  ],
};
const jobContext = { masterKey: Buffer.alloc(32, 7), baseUrl: "/jupyter/", publicUrl: null, callbackAuthority: () => "-----BEGIN\nx\n" };

let programs: RecordingPrograms;
let site: string;
let planner: LaunchPlanner;
let cluster: Cluster;
let preview: Preview;

beforeEach(() => {
  programs = makeRecordingPrograms();
  programs.add("sbatch", "echo 4711");
  programs.add("curl", 'cat >"$(dirname "$0")/sent"');
  site = mkdtempSync(join(tmpdir(), "fairway site's "));
  for (const app of ["noop", "jupyterlab"]) writeFileSync(join(site, `${app}.sh`), SCRIPT);
  writeFileSync(join(site, "launcher.conf"), `APPS_DIR=${site}\nPATH=${programs.directory}\n`);
  const profiles = createVisibleProfiles(parseConfig(withProfiles([profile])).profiles, async () => []);
  planner = createLaunchPlanner({ profiles, homeOf: async () => homedir });
  const launcher = fileURLToPath(new URL("../../share/launcher", import.meta.url));
  const env = { FAIRWAY_LAUNCHER_CONF: join(site, "launcher.conf") };
  const transport = createLocalTransport({ launcher, env, sudo: false, serviceAccount: username });
  cluster = new Cluster("main", sampleClusterConfig(), createSlurmScheduler(), transport);
  preview = createPreview({ planner, clusters: new Map([["main", cluster]]), jobContext });
});
afterEach(() => {
  programs.remove();
  for (const folder of [site, log]) rmSync(folder, { recursive: true, force: true });
});

const toRequest = (options: LaunchRequest["options"], more: Partial<LaunchRequest> = {}): LaunchRequest => ({
  profile: "files",
  options,
  ...more,
});

const runInShell = async (shell: string, text: string, env: Record<string, string> = {}) => {
  expect(await exec({ argv: [shell, "-n"], stdin: text }, call)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  const variables = { HOME: homedir, PATH: `${programs.directory}:/usr/bin:/bin`, LC_ALL: "C.UTF-8", ...env };
  return exec({ argv: [shell, "-e"], stdin: text, env: variables }, call);
};

/** What the launcher makes of the same launch. */
async function submitForReal(request: LaunchRequest) {
  const plan = await planner.plan("alice", request);
  const ids = { id: PREVIEW_ID, jobName: PREVIEW_JOB_NAME };
  const job = toJobRequest({ ...plan, ...ids, user: "alice", app: plan.profile.app, profile: plan.profile.name }, cluster, jobContext);
  await cluster.scheduler.submit(cluster.transport.actAs, job, call);
}

const HOSTILE = [
  "",
  "/scratch/a b",
  "projects/it's",
  '~/"double"',
  "/$(touch pwned)/`id`/$HOME/x",
  "/a;b|c&d>e<f(g)h{i}",
  "/*?[a]!#~",
  "/back\\slash\\n\\",
  "/'; id; '",
  "-rf",
  "--wrap=id",
  "~root/x",
  "/zwölf/日本/😀",
  "/%j %u",
  "/a=b",
  `/${"long".repeat(140)}`,
];

describe.each(["sh", "bash"])("in %s", (shell) => {
  test("the sbatch line gives sbatch what the launcher gives it", async () => {
    for (const folder of HOSTILE) {
      const request = toRequest({ folder, account: "phys", cores: 4 });
      const { sbatch } = await preview("alice", request, ORIGIN);
      expect(await runInShell(shell, sbatch), folder).toEqual({ exitCode: 0, stdout: "4711\n", stderr: "" });
      await submitForReal(request);
      const [shown, real] = programs.calls("sbatch").slice(-2);
      expect(shown?.argv, folder).toEqual(real?.argv);
      const values = (env: Readonly<Record<string, string>> = {}) =>
        Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("FAIRWAY_")));
      expect(values(shown?.env)).toEqual({ ...values(real?.env), FAIRWAY_ENROL_TOKEN: TOKEN_PLACEHOLDER });
    }
    expect(programs.calls("sbatch")).toHaveLength(2 * HOSTILE.length);
  });

  test("the curl line sends the launch, and the token by stdin alone", async () => {
    const open = "git-pull?repo=https://git.example/it's&x=$(id)";
    for (const folder of HOSTILE) {
      const { curl } = await preview("alice", toRequest({ folder }, { name: "second", open }), ORIGIN);
      const secret = `fwt_${"s".repeat(43)}`;
      expect(await runInShell(shell, curl, { FAIRWAY_TOKEN: secret }), folder).toMatchObject({ exitCode: 0, stderr: "" });
      const argv = programs.calls("curl").at(-1)?.argv ?? [];
      const body = JSON.parse(argv[argv.indexOf("--data-raw") + 1] ?? "") as unknown;
      expect(body).toEqual({ profile: "files", name: "second", options: { cores: 2, account: "", folder, notebook: "" }, open });
      expect(argv.at(-1)).toBe(`${ORIGIN}/jupyter/api/v1/sessions`);
      expect(argv.join(" ")).not.toContain(secret);
      expect(readFileSync(join(programs.directory, "sent"), "utf8")).toBe(`Authorization: token ${secret}\n`);
    }
  });
});

test("the script is the file that is sent, byte for byte", async () => {
  expect((await preview("alice", toRequest({}), ORIGIN)).script).toBe(SCRIPT);
});

test("nothing of it is a secret, and nothing is made", async () => {
  const shown = JSON.stringify(await preview("alice", toRequest({}), ORIGIN));
  expect(shown).not.toContain(deriveEnrolToken(jobContext.masterKey, PREVIEW_ID));
  expect(shown).toContain(TOKEN_PLACEHOLDER);
  expect(shown).not.toContain(jobContext.masterKey.toString("base64"));
  expect(programs.calls("sbatch")).toEqual([]);
});

test("the link fills in the form: every option that is asked, the name, and what to open", async () => {
  const { link } = await preview(
    "alice",
    toRequest({ folder: "a b/ü&=?#+", account: "phys" }, { name: "second", open: "lab?x=1&y" }),
    ORIGIN,
  );
  const url = new URL(link);
  expect([url.origin, url.pathname]).toEqual([ORIGIN, "/jupyter/launch/files"]);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...{ cores: "2", account: "phys", folder: "a b/ü&=?#+", notebook: "" },
    ...{ "session-name": "second", next: "lab?x=1&y" },
  });
});

test("what could not be launched has no preview", async () => {
  await expect(preview("alice", toRequest({ cores: 99 }), ORIGIN)).rejects.toMatchObject({ code: "invalid_input" });
  await expect(preview("alice", { profile: "none" }, ORIGIN)).rejects.toMatchObject({ code: "invalid_input" });
});

test("an app whose script is not installed is named; a launcher that is away, too", async () => {
  rmSync(join(site, "jupyterlab.sh"));
  await expect(preview("alice", toRequest({}), ORIGIN)).rejects.toMatchObject({
    code: "submit_refused",
    message: expect.stringContaining("jupyterlab") as unknown as string,
  });
  writeFileSync(join(site, "launcher.conf"), "");
  rmSync(join(site, "launcher.conf"));
  mkdirSync(join(site, "launcher.conf"));
  await expect(preview("alice", toRequest({}), ORIGIN)).rejects.toMatchObject({ code: "submit_refused" });
});

test("on this very machine there is no sbatch, but a line that a shell reads", async () => {
  const launcher = fileURLToPath(new URL("../../share/local-jobs", import.meta.url));
  const directory = mkdtempSync(join(tmpdir(), "fairway-local-"));
  const transport = createLocalTransport({ launcher, env: { FAIRWAY_LOCAL_DIR: directory }, sudo: false, serviceAccount: username });
  const config = { ...sampleClusterConfig(), scheduler: "local" as const, act_as: "service" as const };
  const scheduler = createLocalScheduler({ program: launcher, directory, hostName: "here" });
  const local = new Cluster("main", config, scheduler, transport);
  const previewLocal = createPreview({ planner, clusters: new Map([["main", local]]), jobContext });
  for (const folder of HOSTILE) {
    const { sbatch, script } = await previewLocal("alice", toRequest({ folder }), ORIGIN);
    expect(script).toMatch(/^#!\/bin\/sh\n[\s\S]*\nmain\n$/);
    expect(await exec({ argv: ["sh", "-n"], stdin: sbatch }, call)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  }
  rmSync(directory, { recursive: true, force: true });
});
