import { AppError } from "@fairway/contract/errors.ts";
import { describe, expect, test } from "vitest";
import { type ProfileConfig, parseConfig } from "../config/load.ts";
import type { SessionOptions } from "../store/schema.ts";
import { resolveLaunch, summarise, toProfileOption } from "./profiles.ts";
import { SAMPLE_CONFIG } from "./testing/memory-cluster.ts";

/** A profile as an administrator writes it (YAML takes JSON). */
function profile(entry: object): ProfileConfig {
  const line = JSON.stringify({ name: "tested", title: "Tested", app: "noop", cluster: "main", ...entry });
  const found = parseConfig(`${SAMPLE_CONFIG}  - ${line}\n`).profiles.at(-1);
  if (found === undefined) throw new Error("no profile");
  return found;
}

const plain = profile({});
const full = profile({
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
