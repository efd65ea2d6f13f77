import { expect, test } from "vitest";
import { renderFirewall } from "./firewall.ts";
import { defaultSpec, findNode, type NetworkShape, planLayout } from "./layout.ts";

const rulesOf = (network: NetworkShape, node: string) => {
  const layout = planLayout({ ...defaultSpec, network }, 7);
  return renderFirewall(layout, findNode(layout, node));
};

test.each(["head", "login", "hub", "c1"])("an open network has no rules on %s", (node) => {
  expect(rulesOf("open", node)).toBeNull();
});

test.each(["login-only", "dial-out"] as const)("with %s the hub node opens connections to the login node's sshd alone", (network) => {
  const rules = rulesOf(network, "hub") ?? "";
  expect(rules).toContain("hook output priority 0; policy drop;");
  expect(rules.match(/dport.*/g)).toEqual(["dport 22 accept"]);
  expect(rules).toContain("ip daddr { 10.78.7.11 }");
  expect(rules).not.toContain("hook input");
});

test("with login-only all else passes; with dial-out a compute node knows the cluster's Slurm and one port of the hub", () => {
  expect(rulesOf("login-only", "c1")).toBeNull();
  expect(rulesOf("dial-out", "login")).toBeNull();
  const rules = rulesOf("dial-out", "c2") ?? "";
  expect(rules).toContain("hook input priority 0; policy drop;");
  expect(rules).toContain("hook output priority 0; policy drop;");
  expect(rules).toContain("ip daddr { 10.78.7.12 } tcp dport 8443 accept");
  expect(rules.match(/saddr.*/g)).toEqual([
    "saddr { 10.78.7.10, 10.78.7.11, 10.78.7.21, 10.78.7.22 } tcp dport { 6817-6819, 60001-63000 } accept",
    "saddr 10.78.7.1 accept",
  ]);
});
