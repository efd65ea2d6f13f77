import { describe, expect, test } from "vitest";
import { chooseOctet, defaultSpec, ensureSpec, findNode, planLayout } from "./layout.ts";

describe("layout", () => {
  test("a testbed has a head, a login node, a hub and its compute nodes, each with an address and a MAC of its own", () => {
    const { nodes } = planLayout({ ...defaultSpec, computeNodes: 3 }, 7);
    expect(nodes.map((node) => `${node.name} ${node.role} ${node.address}`)).toEqual([
      "head head 10.78.7.10",
      "login login 10.78.7.11",
      "hub hub 10.78.7.12",
      "c1 compute 10.78.7.21",
      "c2 compute 10.78.7.22",
      "c3 compute 10.78.7.23",
    ]);
    expect(new Set(nodes.map((node) => node.mac)).size).toBe(nodes.length);
  });

  test("interface names fit into the kernel's 15 bytes, whatever the name and size", () => {
    const layout = planLayout({ ...defaultSpec, name: "abcdefghijkl", computeNodes: 64 }, 254);
    expect(() => ensureSpec(layout.spec)).not.toThrow();
    for (const name of [layout.bridge, ...layout.nodes.map((node) => node.link)]) expect(name.length).toBeLessThanOrEqual(15);
  });

  test("there is no hub node where none was asked for", () => {
    expect(planLayout({ ...defaultSpec, hub: false }, 1).nodes.map((node) => node.name)).not.toContain("hub");
  });

  test("a hub on the head is found by its own name, too", () => {
    const layout = planLayout({ ...defaultSpec, hubOn: "head" }, 1);
    expect(layout.nodes.map((node) => node.name)).toEqual(["head", "login", "c1", "c2"]);
    expect(findNode(layout, "hub").name).toBe("head");
  });

  test("only a hub node of its own can be shut off from the cluster", () => {
    expect(() => ensureSpec({ ...defaultSpec, network: "dial-out" })).not.toThrow();
    expect(() => ensureSpec({ ...defaultSpec, network: "dial-out", hubOn: "head" })).toThrow(/--hub-on/);
    expect(() => ensureSpec({ ...defaultSpec, network: "login-only", hub: false })).toThrow(/--no-hub/);
    const outside = planLayout({ ...defaultSpec, network: "login-only" }, 1).nodes.filter((node) => !node.isOfCluster);
    expect(outside.map((node) => node.name)).toEqual(["hub"]);
  });

  test.each(["", "Demo", "1st", "a/b", "a b", "thirteenchars"])("the name %j is refused", (name) => {
    expect(() => ensureSpec({ ...defaultSpec, name })).toThrow(/cannot be used/);
  });

  test.each([0, -1, 1.5, Number.NaN, 65])("%d compute nodes are refused", (computeNodes) => {
    expect(() => ensureSpec({ ...defaultSpec, computeNodes })).toThrow(/1 to 64/);
  });

  test("a name always asks for the same subnet, and takes the next when that is taken", () => {
    const first = chooseOctet("demo", new Set());
    expect(chooseOctet("demo", new Set())).toBe(first);
    const second = chooseOctet("demo", new Set([first]));
    expect(second).toBe((first % 254) + 1);
  });

  test("every subnet can be reached, and none is left when all are taken", () => {
    const taken = new Set<number>();
    for (let count = 0; count < 254; count++) taken.add(chooseOctet("demo", taken));
    expect([Math.min(...taken), Math.max(...taken), taken.size]).toEqual([1, 254, 254]);
    expect(() => chooseOctet("demo", taken)).toThrow(/taken/);
  });

  test("an unknown node's error names those there are", () => {
    expect(() => findNode(planLayout(defaultSpec, 1), "c9")).toThrow(/head, login, hub, c1, c2/);
  });
});
