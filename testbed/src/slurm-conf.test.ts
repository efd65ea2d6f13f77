import { describe, expect, test } from "vitest";
import { renderAccounting } from "./accounting.ts";
import { defaultSpec, planLayout, slurmVersions } from "./layout.ts";
import { renderCgroupConf, renderGresConf, renderSlurmConf } from "./slurm-conf.ts";

const layout = planLayout({ ...defaultSpec, computeNodes: 3 }, 1);

describe("configuration", () => {
  test("only the last compute node has GPUs, and the gpu partition is that node", () => {
    const conf = renderSlurmConf(layout, "v1");
    expect(conf.match(/^NodeName=c\d.*$/gm)).toEqual(["NodeName=c1", "NodeName=c2", "NodeName=c3 Gres=gpu:a100:2"]);
    expect(conf).toMatch(/^PartitionName=gpu Nodes=c3 /m);
    expect(renderGresConf(layout)).toMatch(/^NodeName=c3 Name=gpu Type=a100 File=\S+\[0-1\]\n$/);
  });

  test.each(slurmVersions)("without cgroups nothing of Slurm %s asks for them", (slurm) => {
    const plan = planLayout({ ...defaultSpec, slurm }, 1);
    expect(renderSlurmConf(plan, "none")).not.toContain("cgroup");
    expect(renderCgroupConf(plan, "none")).not.toContain("Constrain");
  });

  test("an option that a version does not know is not given to it", () => {
    const old = planLayout({ ...defaultSpec, slurm: "20.11" }, 1);
    expect(renderSlurmConf(old, "v1")).not.toContain("AccountingStoreFlags");
    expect(renderCgroupConf(old, "v1")).not.toContain("CgroupPlugin");
  });

  test("carol has no account; bob has two, physics first; admin is an operator", () => {
    const lines = renderAccounting("demo");
    expect(lines.some((line) => line.includes("carol"))).toBe(false);
    expect(lines).toContain("add user bob account=physics,chemistry defaultaccount=physics");
    expect(lines).toContain("add user admin account=staff defaultaccount=staff adminlevel=Operator");
  });
});
