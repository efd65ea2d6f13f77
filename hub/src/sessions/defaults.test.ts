import { expect, test } from "vitest";
import { keepValid, toRemember } from "./defaults.ts";
import { sampleProfile } from "./testing/profiles.ts";

const { options } = sampleProfile({
  options: [
    { name: "cores", label: "Cores", kind: "number", sets: "cpus", min: 1, max: 8, default: 2 },
    { name: "gpus", label: "GPUs", kind: "number", sets: "gpus", min: 0, max: 2, default: 0 },
    { name: "type", label: "Type", kind: "choice", sets: "gpu_type", from: "gpu_types", when: { option: "gpus", is: [1, 2] } },
    { name: "queue", label: "Queue", kind: "choice", sets: "partition", from: "partitions" },
  ],
});
const always = () => true;

test("what differs from the site's defaults is remembered, and nothing else", () => {
  expect(toRemember(options, { cores: 2, gpus: 1, type: "a100", queue: "" })).toEqual({ gpus: 1, type: "a100" });
});

test("what was remembered is offered again", () => {
  const remembered = { cores: 4, gpus: 1, type: "a100", queue: "debug" };
  expect(keepValid(options, remembered, always)).toEqual(remembered);
});

test.each([
  ["beyond the bounds of today", { cores: 16, gpus: 1 }, { gpus: 1 }],
  ["of another kind than today", { cores: "4", queue: 7 }, {}],
  ["of an option that is gone", { nodes: 4 }, {}],
  ["of an option that is not asked any more", { gpus: 0, type: "a100" }, { gpus: 0 }],
  ["whose condition fell away with it", { gpus: 9, type: "a100" }, {}],
  ["named like what every object has", JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, number>, {}],
])("what is %s is dropped, and the rest kept", (_, remembered, kept) => {
  expect(keepValid(options, remembered, always)).toEqual(kept);
});

test("what the cluster no longer offers them is dropped", () => {
  const remembered = { queue: "gpu", gpus: 1, type: "a100" };
  expect(keepValid(options, remembered, ({ name }) => name !== "queue")).toEqual({ gpus: 1, type: "a100" });
});
