import { expect, test } from "vitest";
import { parseFault } from "./faults.ts";
import { defaultSpec, planLayout } from "./layout.ts";

const layout = planLayout(defaultSpec, 1);

test("a service that runs on one node needs no node's name", () => {
  expect(parseFault(layout, "stop", "slurmctld")).toEqual({ kind: "stop", service: "slurmctld", node: "head" });
  expect(parseFault(layout, "pause", "munged@c1")).toEqual({ kind: "pause", service: "munged", node: "c1" });
});

test("a node's fault names a node", () => {
  expect(parseFault(layout, "power-off", "c2")).toEqual({ kind: "power-off", node: "c2" });
});

test("a way is between two nodes", () => {
  expect(parseFault(layout, "block", "hub@c1")).toEqual({ kind: "block", other: "hub", node: "c1" });
});

test.each([
  ["burn", "c1", /no fault "burn"/],
  ["stop", "cupsd", /no service "cupsd"/],
  ["stop", "slurmd", /slurmd@NODE/],
  ["stop", "slurmctld@c1", /no service of c1/],
  ["cut", "c9", /no node "c9"/],
  ["block", "hub", /block OTHER@NODE/],
  ["block", "c9@c1", /no node "c9"/],
  ["cut", undefined, /of what/],
])("%s %s is refused with a reason", (kind, target, reason) => {
  expect(() => parseFault(layout, kind, target)).toThrow(reason);
});
