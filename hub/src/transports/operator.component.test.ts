/** hub/share/operator, run for real as ourselves, with programs in place of Slurm's that record what reaches them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createExec } from "./local/exec.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "./testing/recording-programs.ts";
import { LAUNCHER_REFUSED } from "./types.ts";

const operator = fileURLToPath(new URL("../../share/operator", import.meta.url));
const exec = createExec();
const NAME = "fw-3fa9c1-abcdefghjkmn";
let programs: RecordingPrograms;
let site: string;

beforeEach(() => {
  programs = makeRecordingPrograms();
  programs.add("scontrol", "");
  site = mkdtempSync(join(tmpdir(), "fairway-site-"));
  configure("MAX_MINUTES=2880");
});
afterEach(() => {
  programs.remove();
  rmSync(site, { recursive: true, force: true });
});

const configure = (line: string) => writeFileSync(join(site, "operator.conf"), `# ours\n${line}\nPATH=${programs.directory}\n`);
const queueSays = (text: string) => programs.add("squeue", `printf '%s\\n' '${text}'`);

function run(...args: readonly string[]) {
  const env = { FAIRWAY_OPERATOR_CONF: join(site, "operator.conf"), SQUEUE_FORMAT: "evil", SLURM_CONF: "/evil" };
  return exec({ argv: [operator, ...args], env }, { timeoutMs: 20_000 });
}

test.each([
  ["1:00:00", 61],
  ["59:59", 60],
  ["08:09:00", 490],
  ["1-00:00:00", 1441],
])("a job that may run for %s is given %d minutes", async (limit, minutes) => {
  queueSays(`RUNNING|${limit}|${NAME}`);
  expect(await run("extend", "12", NAME, String(minutes))).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(programs.calls("squeue").map(({ argv }) => argv)).toEqual([["--noheader", "--all", "--jobs=12", "--format=%T|%l|%j"]]);
  expect(programs.calls("scontrol").map(({ argv }) => argv)).toEqual([["update", "JobId=12", `TimeLimit=${minutes}`]]);
  const { PATH } = programs.calls("scontrol")[0]?.env ?? {};
  expect(PATH).toBe(`${programs.directory}:/usr/local/bin:/usr/bin:/bin`);
  expect(Object.keys(programs.calls("scontrol")[0]?.env ?? {}).filter((name) => /SLURM|SQUEUE/.test(name))).toEqual([]);
});

describe("refused, with words, and nothing done", () => {
  test.each([
    ["is not running", `PENDING|1:00:00|${NAME}`],
    ["another name", "RUNNING|1:00:00|fw-3fa9c1-other"],
    ["another name", `RUNNING|1:00:00|x|${NAME}`],
    ["another name", `RUNNING|1:00:00|${NAME}\nRUNNING|1:00:00|${NAME}`],
    ["no time limit", `RUNNING|UNLIMITED|${NAME}`],
    ["90 minutes already", `RUNNING|1:30:00|${NAME}`],
    ["another name", ""],
  ])("%s: %j", async (words, said) => {
    queueSays(said);
    const { exitCode, stderr } = await run("extend", "12", NAME, "90");
    expect([exitCode, stderr]).toEqual([LAUNCHER_REFUSED, expect.stringContaining(words)]);
    expect(programs.calls("scontrol")).toEqual([]);
  });

  test("beyond the site's maximum", async () => {
    queueSays(`RUNNING|1:00:00|${NAME}`);
    const { exitCode, stderr } = await run("extend", "12", NAME, "2881");
    expect([exitCode, stderr]).toEqual([LAUNCHER_REFUSED, expect.stringContaining("at most 2880 minutes")]);
    expect(programs.calls("squeue")).toEqual([]);
  });

  test("a job that has ended", async () => {
    programs.add("squeue", 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1');
    const { exitCode, stderr } = await run("extend", "12", NAME, "90");
    expect([exitCode, stderr]).toEqual([LAUNCHER_REFUSED, expect.stringContaining("has ended")]);
  });

  test.each([
    ...[[], ["run"], ["extend"], ["extend", "12", NAME], ["extend", "12", NAME, "90", "x"], ["extend", "12,13", NAME, "90"]],
    ...[
      ["extend", "12", "other", "90"],
      ["extend", "12", "fw-$(id)", "90"],
      ["extend", "12", NAME, "90:00"],
      ["extend", "12", NAME, "+9"],
    ],
    ...[
      ["extend", "-1", NAME, "90"],
      ["extend", "12 NodeList=x", NAME, "90"],
      ["update", "12", NAME, "90"],
    ],
  ])("%j", async (...args) => {
    queueSays(`RUNNING|1:00:00|${NAME}`);
    expect((await run(...args)).exitCode).toBe(LAUNCHER_REFUSED);
    expect(programs.calls("scontrol")).toEqual([]);
  });

  test.each(["", "MAX_MINUTES=", "MAX_MINUTES=unlimited", "MAX_MINUTES=-1", "OTHER=1"])("the configuration %j", async (line) => {
    configure(line);
    queueSays(`RUNNING|1:00:00|${NAME}`);
    expect((await run("extend", "12", NAME, "90")).exitCode).toBe(LAUNCHER_REFUSED);
    expect(programs.calls("scontrol")).toEqual([]);
  });
});

test("could not ask is not refused, and does nothing", async () => {
  programs.add("squeue", 'echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1');
  const { exitCode, stderr } = await run("extend", "12", NAME, "90");
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("Unable to contact")]);
  expect(programs.calls("scontrol")).toEqual([]);
});

test("Slurm's own refusal keeps its code and words", async () => {
  queueSays(`RUNNING|1:00:00|${NAME}`);
  programs.add("scontrol", 'echo "Access/permission denied for job 12" >&2; exit 1');
  expect(await run("extend", "12", NAME, "90")).toMatchObject({ exitCode: 1, stderr: "Access/permission denied for job 12\n" });
});
