import { AppError } from "@fairway/contract/errors.ts";
import { describe, expect, test } from "vitest";
import type { ProfileConfig } from "../config/load.ts";
import type { SessionOptions } from "../store/schema.ts";
import { resolveLaunch, summarise, toProfileOption } from "./profiles.ts";
import { sampleProfile } from "./testing/profiles.ts";

const plain = sampleProfile({});
const full = sampleProfile({
  resources: { cpus: 2, memory: "4G", time: "8h", partition: "batch", gpus: { type: "a100", count: 1 } },
  working_directory: "/scratch",
  options: [
    { name: "cores", label: "Cores", kind: "number", sets: "cpus", min: 2, max: 8, step: 2, default: 4 },
    { name: "memory", label: "Memory", kind: "number", sets: "memory_gb", min: 0.5, max: 64, step: 0.5, default: 8 },
    { name: "hours", label: "Hours", kind: "number", sets: "hours", min: 1, max: 24, default: 4 },
    {
      ...{ name: "queue", label: "Queue", kind: "choice", sets: "partition", default: "batch" },
      choices: ["Batch", "Debug"].map((label) => ({ value: label.toLowerCase(), label })),
    },
    {
      ...{ name: "gpus", label: "GPUs", kind: "choice", sets: "gpus", default: 0 },
      choices: [0, 2].map((value) => ({ value, label: `${value} GPUs` })),
    },
    { name: "account", label: "Account", kind: "text", sets: "account", pattern: "[a-z]+|phys.*" },
    { name: "folder", label: "Folder", kind: "text", sets: "working_directory", pattern: "/.*", max_length: 30 },
  ],
});

function problems(what: ProfileConfig, options: SessionOptions): Record<string, string> {
  try {
    resolveLaunch(what, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe("invalid_input");
    return Object.fromEntries((error.fields ?? []).map(({ path, message }) => [path, message]));
  }
  return {};
}

test("without a choice: the defaults, which relaunching repeats", () => {
  const { resources, workingDirectory, options } = resolveLaunch(full, {});
  expect(resources).toEqual({
    cpus: 4,
    memoryBytes: 8 * 1024 ** 3,
    gpus: null,
    timeLimitSeconds: 4 * 3600,
    partition: "batch",
    account: null,
    qos: null,
    reservation: null,
  });
  expect(workingDirectory).toBe("/scratch");
  expect(options).toEqual({ cores: 4, memory: 8, hours: 4, queue: "batch", gpus: 0, account: "", folder: "" });
  expect(resolveLaunch(full, options)).toEqual({ resources, workingDirectory, options, open: null });
});

test("choices win over what is fixed; what they leave open stays fixed", () => {
  const { resources, workingDirectory } = resolveLaunch(full, {
    cores: 8,
    memory: 0.5,
    queue: "debug",
    gpus: 2,
    account: "physics",
    folder: "/home/a",
  });
  expect(resources).toMatchObject({
    cpus: 8,
    memoryBytes: 512 * 1024 ** 2,
    partition: "debug",
    account: "physics",
    gpus: { type: "a100", count: 2 },
  });
  expect(workingDirectory).toBe("/home/a");
});

test("no options and nothing fixed: the partition's own defaults", () => {
  expect(resolveLaunch(plain, {}).resources).toEqual({
    cpus: 1,
    memoryBytes: null,
    gpus: null,
    timeLimitSeconds: null,
    partition: null,
    account: null,
    qos: null,
    reservation: null,
  });
});

describe("is refused, each field with its own words", () => {
  const cases: readonly [SessionOptions, string, RegExp][] = [
    [{ cores: 1 }, "options.cores", /between 2 and 8/],
    [{ cores: 10 }, "options.cores", /between 2 and 8/],
    [{ cores: 3 }, "options.cores", /steps of 2/],
    [{ cores: Number.NaN }, "options.cores", /must be a number/],
    [{ cores: Number.POSITIVE_INFINITY }, "options.cores", /must be a number/],
    [{ cores: "4" }, "options.cores", /must be a number/],
    [{ cores: true }, "options.cores", /must be a number/],
    [{ memory: 0.3 }, "options.memory", /between/],
    [{ queue: "gpu" }, "options.queue", /choose one of: Batch, Debug/],
    [{ gpus: "2" }, "options.gpus", /choose one of/],
    [{ gpus: 1 }, "options.gpus", /choose one of/],
    [{ account: 7 }, "options.account", /must be text/],
    [{ account: "phys;reboot" }, "options.account", /characters/],
    [{ account: "phys ics" }, "options.account", /characters/],
    [{ account: "phys\nics" }, "options.account", /form/],
    [{ account: "-phys" }, "options.account", /form/],
    [{ account: "PHYSICS" }, "options.account", /form/],
    [{ folder: `/${"a".repeat(30)}` }, "options.folder", /at most 30/],
    [{ folder: "/$(id)" }, "options.folder", /characters/],
    [{ folder: "/a b" }, "options.folder", /characters/],
    [{ folder: "relative" }, "options.folder", /form/],
    [{ other: 1 }, "options.other", /no such option/],
  ];
  test.each(cases)("%j", (options, path, message) => {
    expect(problems(full, options)).toEqual({ [path]: expect.stringMatching(message) as unknown as string });
  });

  test("all of them at once", () => {
    expect(Object.keys(problems(full, { cores: 0, queue: "x", other: 1 }))).toEqual(["options.other", "options.cores", "options.queue"]);
  });
});

describe("an option with a condition", () => {
  const gpu = sampleProfile({
    resources: { gpus: { type: "v100", count: 1 } },
    options: [
      { name: "gpus", label: "GPUs", kind: "number", sets: "gpus", min: 0, max: 4, default: 0 },
      {
        name: "kind",
        label: "Type",
        kind: "choice",
        sets: "gpu_type",
        default: "t4",
        when: { option: "gpus", is: [1, 2] },
        choices: ["t4", "a100"].map((value) => ({ value, label: value })),
      },
      { name: "site", label: "Site", kind: "text", sets: "reservation", pattern: "[a-z]*", when: { option: "kind", is: ["a100"] } },
      {
        name: "short",
        label: "Minutes",
        kind: "number",
        sets: "minutes",
        min: 10,
        max: 30,
        default: 20,
        when: { option: "gpus", is: [0] },
      },
      {
        name: "long",
        label: "Hours",
        kind: "number",
        sets: "hours",
        min: 1,
        max: 8,
        default: 2,
        when: { option: "gpus", is: [1, 2, 3, 4] },
      },
    ],
  });

  test("counts as not set while it is not asked: not among the options, and nothing of the job", () => {
    const { resources, options } = resolveLaunch(gpu, {});
    expect(options).toEqual({ gpus: 0, short: 20 });
    expect(resources).toMatchObject({ gpus: null, reservation: null, timeLimitSeconds: 1200 });
    expect(resolveLaunch(gpu, { gpus: 4 }).resources.gpus).toEqual({ type: "v100", count: 4 });
  });

  test("is asked when it holds, also one behind the other; and repeats", () => {
    const { resources, options } = resolveLaunch(gpu, { gpus: 2, kind: "a100", site: "course" });
    expect(options).toEqual({ gpus: 2, kind: "a100", site: "course", long: 2 });
    expect(resources).toMatchObject({ gpus: { type: "a100", count: 2 }, reservation: "course", timeLimitSeconds: 7200 });
    expect(resolveLaunch(gpu, options)).toEqual(resolveLaunch(gpu, { gpus: 2, kind: "a100", site: "course" }));
  });

  test.each([
    [{ kind: "a100" }, { "options.kind": "is only asked when gpus is 1 or 2" }],
    [{ gpus: 1, site: "course" }, { "options.site": "is only asked when kind is a100" }],
    [
      { gpus: 0, kind: "a100", site: "x" },
      { "options.kind": expect.anything() as unknown, "options.site": expect.anything() as unknown },
    ],
    [{ gpus: 1, short: 20 }, { "options.short": "is only asked when gpus is 0" }],
    [{ gpus: 1, kind: "h100" }, { "options.kind": "choose one of: t4, a100" }],
  ])("%j: a value that would have no effect, or none that fits, is refused by name", (options, expected) => {
    expect(problems(gpu, options)).toEqual(expected);
  });
});

describe("what the cluster offers", () => {
  const live = sampleProfile({ options: [{ name: "queue", label: "Queue", kind: "choice", sets: "partition", from: "partitions" }] });
  test.each([
    ["", null],
    ["gpu", "gpu"],
  ])("%j may be chosen: whether it exists is for the cluster to say", (queue, partition) => {
    expect(resolveLaunch(live, { queue }).resources.partition).toBe(partition);
  });
  test.each(["a b", "-gpu", "$(id)", "gpu\n", "a".repeat(65), 7, true])("%j can be no name there", (queue) => {
    expect(Object.keys(problems(live, { queue }))).toEqual(["options.queue"]);
  });
});

describe("a file or folder", () => {
  const files = sampleProfile({
    app: "jupyterlab",
    options: [
      { name: "folder", label: "Folder", kind: "file", picks: "folder", sets: "working_directory" },
      { name: "notebook", label: "Notebook", kind: "file", sets: "open" },
    ],
  });
  test.each(["/scratch", "projects/x", "~/x", "/a b/ü '\"$(id)`.ipynb", "-rf", "/..x/...", ""])("%j is stored as given", (path) => {
    const { options, workingDirectory, open } = resolveLaunch(files, { folder: path, notebook: path });
    expect(options).toEqual({ folder: path, notebook: path });
    expect(workingDirectory).toBe(path === "" ? null : path);
    expect(open).toEqual(path === "" ? null : { option: "notebook", kind: "file", value: path });
  });
  test.each(["..", "/a/../b", "../x", "/a\nb", "/a\u0000", "/a\u007f", "/a\ud800", `/${"ü".repeat(300)}`, 7, true])(
    "%j is refused",
    (path) => {
      expect(Object.keys(problems(files, { folder: path }))).toEqual(["options.folder"]);
    },
  );
});

test("what people see: a summary, and the options with their units", () => {
  expect(summarise(resolveLaunch(full, { gpus: 2 }).resources)).toBe("4 cores, 8 GB, 2 × a100, 4 h, partition batch");
  expect(summarise(resolveLaunch(plain, {}).resources)).toBe("1 core");
  expect(full.options.map(toProfileOption).map((option) => [option.kind, option.kind === "number" ? option.unit : null])).toEqual([
    ["number", "cores"],
    ["number", "GB"],
    ["number", "hours"],
    ["choice", null],
    ["choice", null],
    ["text", null],
    ["text", null],
  ]);
});
