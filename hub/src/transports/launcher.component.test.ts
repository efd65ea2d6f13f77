/** hub/share/launcher, run for real as ourselves, with programs that record what reaches them. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createExec } from "./local/exec.ts";
import { makeRecordingPrograms, type RecordingPrograms } from "./testing/recording-programs.ts";
import { LAUNCHER_REFUSED } from "./types.ts";

const launcher = fileURLToPath(new URL("../../share/launcher", import.meta.url));
const exec = createExec();
const session = "zz22zz33zz44";
const log = join(userInfo().homedir, ".fairway/sessions", session);
let programs: RecordingPrograms;
let site: string;

beforeEach(() => {
  programs = makeRecordingPrograms();
  programs.add("sbatch", "echo 4711");
  for (const name of ["scancel", "scontrol"]) programs.add(name, "");
  site = mkdtempSync(join(tmpdir(), "fairway-site-"));
  writeFileSync(join(site, "noop.sh"), "#!/bin/sh\n");
  writeFileSync(join(site, "launcher.conf"), `# ours\nAPPS_DIR=${site}\nPATH=${programs.directory}\n`);
});
afterEach(() => {
  programs.remove();
  for (const folder of [site, log]) rmSync(folder, { recursive: true, force: true });
});

const goodValues: Readonly<Record<string, string>> = {
  FAIRWAY_SESSION: session,
  FAIRWAY_APP: "noop",
  FAIRWAY_ENROL_TOKEN: "-".repeat(43),
  FAIRWAY_ENROL_URL: "https://[2001:db8::1]:8443/hub/jobs",
  FAIRWAY_CA: "QUJD",
  FAIRWAY_PORTS: "20001 20002",
  FAIRWAY_BASE_URL: "/user/alice/",
  FAIRWAY_ADDRESS: "hostname",
  FAIRWAY_TLS: "1",
  FAIRWAY_WORKDIR: "/home/alice/my work/zwölf $(id)",
};
const goodOptions = [
  "--job-name=fairway-zz",
  "--time=00:10:00",
  '--comment={"a": "$(id)"}',
  "--gres=gpu:a100:1",
  "--signal=B:USR1@60",
  "--nodes=1",
];

interface Submission {
  readonly app?: string;
  readonly options?: readonly string[];
  readonly values?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function run(args: readonly string[], stdin = "", env: Readonly<Record<string, string>> = {}) {
  const conf = { FAIRWAY_LAUNCHER_CONF: join(site, "launcher.conf") };
  return exec({ argv: [launcher, ...args], stdin, env: { ...conf, ...env } }, { timeoutMs: 20_000 });
}

function submit({ app = "noop", options = goodOptions, values = goodValues, stdin, env }: Submission = {}) {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  return run(["submit", app, "--submit-timeout=20", ...options], stdin ?? `${lines.join("")}.\n`, env);
}

describe("submit", () => {
  test("what reaches sbatch is the site's own script, an argv and a closed environment", async () => {
    const env = { SBATCH_PARTITION: "evil", SLURM_CONF: "/evil", LD_PRELOAD: "", FAIRWAY_OTHER: "x", BASH_ENV: "/evil", IFS: "/" };
    const result = await submit({ env });
    expect(result).toEqual({ exitCode: 0, stdout: "4711\n", stderr: "" });
    const [call, ...more] = programs.calls("sbatch");
    expect(more).toEqual([]);
    const { homedir, username, shell } = userInfo();
    expect(call?.argv).toEqual([
      ...["--parsable", "--export=ALL", `--chdir=${homedir}`, `--output=${log}/job.log`, "--open-mode=append"],
      ...goodOptions,
      join(site, "noop.sh"),
    ]);
    const { PATH, PWD, OLDPWD, _, ...rest } = call?.env ?? {};
    expect(PATH).toBe(`${programs.directory}:/usr/local/bin:/usr/bin:/bin`);
    expect(rest).toEqual({ ...goodValues, HOME: homedir, USER: username, LOGNAME: username, SHELL: shell, LANG: "C.UTF-8" });
  });

  const hostile = [
    "; id",
    "$(id)",
    "`id`",
    "a\nb",
    "-x",
    "--wrap=id",
    "a b;c",
    "x".repeat(2000),
    "",
    "a\tb",
    "é",
    "*",
    "'",
    '"',
    "a|b",
    "&",
    "\\",
  ];
  const options = [
    "job-name",
    "partition",
    "account",
    "qos",
    "reservation",
    "time",
    "cpus-per-task",
    "nodes",
    "ntasks",
    "mem",
    "gres",
    "gpus",
    "signal",
    "chdir",
  ];
  test.each(options)("--%s takes nothing hostile", async (option) => {
    for (const value of hostile) {
      const result = await submit({ options: [`--${option}=${value}`] });
      expect([value, result.exitCode]).toEqual([value, LAUNCHER_REFUSED]);
    }
    expect(programs.calls("sbatch")).toEqual([]);
  });

  test.each([
    ...[
      "--wrap=id",
      "--output=/etc/x",
      "--export=ALL",
      "--uid=0",
      "--get-user-env",
      "-p batch",
      "job.sh",
      "--",
      "",
      "--comment=a\nb",
      "--comment=",
    ],
    ...["--prolog=/x", "--mail-user=a@b", "--job-name", "--chdir=relative", "--requeue=x", `--comment=${"x".repeat(1001)}`],
  ])("an option outside the closed list is refused: %j", async (option) => {
    expect((await submit({ options: [option] })).exitCode).toBe(LAUNCHER_REFUSED);
    expect(programs.calls("sbatch")).toEqual([]);
  });

  const shellWords = ["$(id)", "`id`", "a;b", "a b\tc", "", "x".repeat(40_000), "é", "-x", "a'b", "*"];
  test.each(Object.keys(goodValues).filter((name) => name !== "FAIRWAY_WORKDIR"))("%s takes nothing hostile", async (name) => {
    for (const value of shellWords) {
      const result = await submit({ values: { ...goodValues, [name]: value } });
      expect([value.slice(0, 20), result.exitCode]).toEqual([value.slice(0, 20), LAUNCHER_REFUSED]);
    }
    expect(programs.calls("sbatch")).toEqual([]);
  });

  test.each([
    ...["PATH=/evil", "LD_PRELOAD=/evil.so", "SBATCH_WRAP=id", "FAIRWAY_OTHER=1", "FAIRWAY_APP=jupyterlab", "FAIRWAY_WORKDIR=relative"],
    ...["FAIRWAY_WORKDIR=/a\tb", "no equals sign", "=x", "FAIRWAY_ENROL_URL=file:///etc/passwd", "FAIRWAY_ENROL_URL=https://u:p@host/"],
  ])("a value line outside the closed list is refused: %j", async (line) => {
    const stdin = `FAIRWAY_SESSION=${session}\n${line}\n.\n`;
    expect((await submit({ stdin })).exitCode).toBe(LAUNCHER_REFUSED);
    expect(programs.calls("sbatch")).toEqual([]);
  });

  test("values that were cut off (the hub died while it wrote) submit nothing", async () => {
    for (const stdin of ["", `FAIRWAY_SESSION=${session}\n`, `FAIRWAY_SESSION=${session}\nFAIRWAY_TLS=1`, `FAIRWAY_TLS=1\n.\n`]) {
      expect((await submit({ stdin })).exitCode).toBe(LAUNCHER_REFUSED);
    }
    expect(programs.calls("sbatch")).toEqual([]);
  });

  test.each(["../noop", "", "-x", "NOOP", "noop.sh", "other", "a b", "$(id)"])("app %j is refused", async (app) => {
    expect((await submit({ app })).exitCode).toBe(LAUNCHER_REFUSED);
    expect(programs.calls("sbatch")).toEqual([]);
  });

  test("a submission ends by its limit, though nobody waits for it", async () => {
    programs.add("sbatch", "exec sleep 600");
    const lines = Object.entries(goodValues).map(([name, value]) => `${name}=${value}\n`);
    const result = await run(["submit", "noop", "--submit-timeout=1"], `${lines.join("")}.\n`);
    expect(result.exitCode).toBe(124);
  });
});

describe("trial", () => {
  test("asks sbatch for its verdict alone, with the same options, and no values", async () => {
    const options = [...goodOptions, "--reservation=workshop"];
    const result = await run(["trial", "noop", "--submit-timeout=20", ...options], "FAIRWAY_SESSION=x\n");
    expect(result.exitCode).toBe(0);
    const [call, ...more] = programs.calls("sbatch");
    expect(more).toEqual([]);
    const { homedir } = userInfo();
    expect(call?.argv).toEqual(["--test-only", "--export=ALL", `--chdir=${homedir}`, ...options, join(site, "noop.sh")]);
    expect(call?.env).toMatchObject({ SLURM_TIME_FORMAT: "%s", HOME: homedir });
    expect(Object.keys(call?.env ?? {}).filter((name) => name.startsWith("FAIRWAY"))).toEqual([]);
    expect(existsSync(log)).toBe(false);
  });

  test.each([[[]], [["noop"]], [["../x", "--submit-timeout=20"]], [["noop", "--submit-timeout=20", "--wrap=id"]]])(
    "is as strict as a submission: %j",
    async (args) => {
      expect((await run(["trial", ...args])).exitCode).toBe(LAUNCHER_REFUSED);
      expect(programs.calls("sbatch")).toEqual([]);
    },
  );
});

describe("cancel", () => {
  test("wants the job's name, too", async () => {
    for (const name of [[], [""], ["-x"], ["a b"], ["a,b"], ["a\n"], ["x".repeat(129)]])
      expect((await run(["cancel", "12", ...name])).exitCode).toBe(LAUNCHER_REFUSED);
    expect(programs.calls("scancel")).toEqual([]);
  });

  test("takes a job's id and nothing else", async () => {
    expect((await run(["cancel", "12", "fw-x"])).exitCode).toBe(0);
    for (const id of ["", "-u", "--user=alice", "12;id", "abc", "1 2", "1\n2"])
      expect((await run(["cancel", id, "fw-x"])).exitCode).toBe(LAUNCHER_REFUSED);
    expect(programs.calls("scancel").map((call) => call.argv)).toEqual([["--name=fw-x", "12"]]);
    for (const verb of ["hold", "release"]) expect((await run([verb, "12"])).exitCode).toBe(LAUNCHER_REFUSED);
  });
});

describe("script", () => {
  test("gives what submit would send, and where it is", async () => {
    writeFileSync(join(site, "noop.sh"), "#!/bin/sh\n# ünïcode\n\n");
    const { exitCode, stdout } = await run(["script", "noop"]);
    const [first, ...base64] = stdout.split("\n");
    expect([exitCode, first]).toEqual([0, `PATH ${site}/noop.sh`]);
    expect(Buffer.from(base64.join(""), "base64").toString("utf8")).toBe("#!/bin/sh\n# ünïcode\n\n");
  });

  test.each(["../noop", "launcher.conf", "", "-n", "no such", "other", "NOOP"])("%j is no app", async (app) => {
    expect(await run(["script", app])).toMatchObject({ exitCode: LAUNCHER_REFUSED, stdout: "" });
  });
});

test("log gives a piece of the job's log, and tells when there is none", async () => {
  expect((await run(["log", session, "0", "100"])).stdout).toBe("SIZE -\n");
  await submit();
  expect(existsSync(log)).toBe(true);
  writeFileSync(join(log, "job.log"), "hello\x00world\n");
  const [size, base64 = ""] = (await run(["log", session, "4", "5"])).stdout.split("\n");
  expect([size, Buffer.from(base64, "base64").toString()]).toEqual(["SIZE 12", "o\x00wor"]);
  for (const args of [["../../x", "0", "1"], [session, "-1", "1"], [session, "0", "x"], [session, "0"], []]) {
    expect((await run(["log", ...args])).exitCode).toBe(LAUNCHER_REFUSED);
  }
});

test.each(["UNKNOWN=1", "APPS_DIR=relative", "PATH=x", "UID_MIN=a", "$(id)", "UMASK=999"])(
  "a configuration line %j is refused",
  async (line) => {
    writeFileSync(join(site, "launcher.conf"), `${line}\n`);
    expect((await run(["cancel", "1", "fw-x"])).exitCode).toBe(LAUNCHER_REFUSED);
  },
);

test.each([[], ["eval", "id"], ["submit"], ["submit", "noop"], ["--help"], ["run"]].map((args) => [args]))(
  "unknown verbs are refused: %j",
  async (args) => {
    expect((await run(args)).exitCode).toBe(LAUNCHER_REFUSED);
  },
);
