import { describe, expect, test } from "vitest";
import { makeNode, makePartition, samplePresent, sampleRules } from "../clusters/testing/sample-facts.ts";
import { parseConfig } from "../config/load.ts";
import type { Present, Rules } from "../schedulers/facts.ts";
import type { SessionOptions } from "../store/schema.ts";
import { findCandidates, isNoMore } from "./alternative-shapes.ts";
import { resolveLaunch } from "./profiles.ts";

const GIB = 1024 ** 3;
const PARTITIONS = "choices: [{ value: batch, label: B }, { value: debug, label: D }, { value: gpu, label: G }]";

function profileWith(options: string, resources = "{}") {
  const config = parseConfig(`
listen: [{ address: 127.0.0.1, port: 8000 }]
sign_in: { pam: { cluster: main } }
clusters: { main: { scheduler: slurm, act_as: sudo, callback_url: "https://hub.example", callback_ca: system } }
profiles:
  - name: sized
    title: Sized
    app: noop
    cluster: main
    resources: ${resources}
    options: ${options === "" ? "[]" : `\n${options}`}
`);
  const [profile] = config.profiles;
  if (profile === undefined) throw new Error("there is a profile");
  return profile;
}

const CPUS = "      - { name: cpus, label: C, sets: cpus, kind: number, min: 1, max: 16, default: 8 }";
const MEMORY =
  "      - { name: memory, label: M, sets: memory_gb, kind: choice, choices: [{ value: 4, label: a }, { value: 16, label: b }, { value: 28, label: c }], default: 28 }";
const HOURS = "      - { name: hours, label: H, sets: hours, kind: number, min: 0.5, max: 24, step: 0.5, default: 4 }";
const PARTITION = `      - { name: partition, label: P, sets: partition, kind: choice, ${PARTITIONS}, default: batch }`;
const GPUS = "      - { name: gpus, label: G, sets: gpus, kind: number, min: 0, max: 4, default: 0 }";
const GPU_TYPE =
  "      - { name: type, label: T, sets: gpu_type, kind: choice, choices: [{ value: a100, label: A }], default: a100, when: { option: gpus, is: [1, 2, 3, 4] } }";

function linesFor(
  options: readonly string[],
  chosen: SessionOptions,
  facts: { rules?: Rules; present?: Present; user?: string; resources?: string } = {},
) {
  const profile = profileWith(options.join("\n"), facts.resources);
  const launch = resolveLaunch(profile, chosen);
  const { rules = sampleRules(), present = samplePresent(), user = "alice" } = facts;
  const found = findCandidates({
    profile,
    options: launch.options,
    resources: launch.resources,
    rules,
    present,
    person: { user, groups: null },
  });
  for (const { options: other, resources } of found) expect(resolveLaunch(profile, other).resources).toEqual(resources);
  return found.map(({ line }) => line);
}

const busy = (free: number, memory = 32 * GIB) =>
  samplePresent({ nodes: [makeNode({ name: "c1", cpus: { total: 16, free }, memory: { totalBytes: 32 * GIB, freeBytes: memory } })] });

describe("shapes that may start instead", () => {
  test("are as large as a node has free, in the profile's own steps", () => {
    expect(linesFor([CPUS], { cpus: 16 }, { present: busy(6) })).toEqual(["6 cores instead of 16"]);
    expect(linesFor([MEMORY], {}, { present: busy(16, 20 * GIB) })).toEqual(["16 GB instead of 28 GB"]);
    expect(linesFor([CPUS, MEMORY], {}, { present: busy(3, 5 * GIB) })).toEqual(["3 cores instead of 8, 4 GB instead of 28 GB"]);
  });

  test("take as many cores as there is memory for, where each brings its own", () => {
    expect(linesFor([CPUS], { cpus: 16 }, { present: busy(16, 5000 * 1024 ** 2) })).toEqual(["5 cores instead of 16"]);
  });

  test("come nearest first: one change before two, less taken before more", () => {
    const present = samplePresent({
      nodes: [
        makeNode({ name: "c1", cpus: { total: 16, free: 4 } }),
        makeNode({ name: "c2", memory: { totalBytes: 32 * GIB, freeBytes: 20 * GIB } }),
        makeNode({ name: "c3", cpus: { total: 16, free: 2 }, memory: { totalBytes: 32 * GIB, freeBytes: 20 * GIB } }),
      ],
    });
    expect(linesFor([CPUS, MEMORY, PARTITION], {}, { present, resources: "{ time: 10m }" })).toEqual([
      "16 GB instead of 28 GB",
      "4 cores instead of 8",
      "16 GB instead of 28 GB, on debug",
      "4 cores instead of 8, on debug",
    ]);
  });

  test("fit the other partition's time", () => {
    const present = samplePresent({ nodes: [makeNode({ name: "c1", partitions: ["debug"] })] });
    expect(linesFor([PARTITION, HOURS], {}, { present })).toEqual(["On debug (at most 30 min)"]);
  });

  test("are shorter where room is not what is missing", () => {
    expect(linesFor([HOURS], {}, { present: busy(16) })).toEqual(["2 h instead of 4 h", "1 h instead of 4 h", "30 min instead of 4 h"]);
  });

  test("do without GPUs where there are none left, and then ask for no type", () => {
    const withGpus = (free: number) =>
      samplePresent({ nodes: [makeNode({ name: "c1", gpus: [{ type: "a100", total: 2, free }] }), makeNode({ name: "c2" })] });
    expect(linesFor([GPUS, GPU_TYPE], { gpus: 2 }, { present: withGpus(1) })).toEqual(["1 GPU instead of 2"]);
    expect(linesFor([GPUS, GPU_TYPE], { gpus: 2 }, { present: withGpus(0) })).toEqual(["No GPU instead of 2"]);
  });

  test("are on a node that has what the profile fixes, whatever else has more to spare", () => {
    const present = samplePresent({
      nodes: [
        makeNode({ name: "c1" }),
        makeNode({ name: "c2", cpus: { total: 16, free: 4 }, gpus: [{ type: "a100", total: 2, free: 2 }] }),
      ],
    });
    expect(linesFor([CPUS], {}, { present, resources: "{ gpus: { count: 1 } }" })).toEqual(["4 cores instead of 8"]);
  });

  test("go only where this person may go, and only as far as the profile lets them choose", () => {
    const rules = sampleRules({
      partitions: [
        makePartition({ name: "batch", isDefault: true }),
        makePartition({ name: "debug", allowAccounts: ["class"] }),
        makePartition({ name: "gpu", state: "DOWN" }),
      ],
    });
    const present = samplePresent({ nodes: [makeNode({ name: "c1", partitions: ["debug", "gpu"] })] });
    expect(linesFor([PARTITION], {}, { rules, present })).toEqual([]);
    expect(linesFor([PARTITION], {}, { rules, present, user: "teacher" })).toEqual(["On debug"]);
    expect(linesFor([HOURS], {}, { rules, present, user: "teacher" })).toEqual([]);
    expect(linesFor([PARTITION], {}, { user: "carol" })).toEqual([]);
  });

  test("are read from the cluster where the profile's list is", () => {
    const option = "      - { name: partition, label: P, sets: partition, kind: choice, from: partitions }";
    const present = samplePresent({ nodes: [makeNode({ name: "c1", partitions: ["debug"] })] });
    expect(linesFor([option], {}, { present, resources: "{ time: 10m }" })).toEqual(["On debug"]);
  });

  test("are never the shape itself, nor on a node that takes no work, nor of a profile with nothing to choose", () => {
    expect(linesFor([CPUS], {}, { present: busy(16) })).toEqual([]);
    const drained = samplePresent({ nodes: [makeNode({ name: "c1", isUsable: false })] });
    expect(linesFor([CPUS, HOURS], {}, { present: drained })).toEqual([]);
    expect(linesFor([], {}, { present: busy(16) })).toEqual([]);
  });
});

describe("a shape that is no more than another", () => {
  const profile = profileWith([CPUS, HOURS, PARTITION].join("\n"));
  const of = (options: SessionOptions) => resolveLaunch(profile, options).resources;

  test("is the same for a shorter time, or a smaller one; elsewhere it is another choice", () => {
    expect(isNoMore(of({ cpus: 4, hours: 0.5 }), of({ cpus: 4, hours: 1 }))).toBe(true);
    expect(isNoMore(of({ cpus: 2, hours: 1 }), of({ cpus: 4, hours: 1 }))).toBe(true);
    expect(isNoMore(of({ cpus: 8, hours: 0.5 }), of({ cpus: 4, hours: 1 }))).toBe(false);
    expect(isNoMore(of({ cpus: 4, hours: 0.5, partition: "debug" }), of({ cpus: 4, hours: 1 }))).toBe(false);
  });
});
