/** What is told before a launch, and what would start at once instead of what waits. */
import type { SiteOptions } from "../../../deploy/demo/site.ts";
import { until } from "../../../tests/system/fixture.ts";
import { type Look, type Stage, untilSession, withStage } from "./stage.ts";

const SIZED = {
  title: "Your choice",
  app: "noop",
  resources: { memory: "500M" },
  options: [
    { name: "cpus", label: "Cores", kind: "number", sets: "cpus", min: 1, max: 32, default: 8 },
    { name: "minutes", label: "Time", kind: "number", sets: "minutes", min: 10, max: 600, step: 10, default: 60 },
    { name: "partition", label: "Partition", kind: "choice", sets: "partition", from: "partitions", default: "batch" },
    { name: "qos", label: "QoS", kind: "choice", sets: "qos", from: "qos" },
  ],
};

const OPTIONS: SiteOptions = {
  cluster: { title: "Main" },
  clusters: { quiet: { title: "Quiet", scheduler: "slurm", act_as: "sudo", callback_url: "https://hub:8443", trials: false } },
  config: {
    apps: { noop: { title: "JupyterLab" } },
    profiles: [
      { name: "sized", cluster: "testbed", ...SIZED },
      { name: "untried", cluster: "quiet", ...SIZED },
    ],
  },
};

export function takeEstimates(): Promise<void> {
  return withStage(OPTIONS, async (stage) => {
    await takeSummary(stage, "estimate-now", "sized?cpus=2", "[data-estimate=now]");
    await takeRefused(stage, "refused-partition-time", "sized?minutes=60&partition=debug");
    await takeRefused(stage, "refused-cores", "sized?cpus=20");
    await takeRefused(stage, "refused-qos", "sized?cpus=4&minutes=60&qos=capped");
    await fill(stage);
    await takeSummary(stage, "estimate-later", "sized?cpus=8", "[data-estimate=at]");
    await takeSummary(stage, "estimate-instead", "sized?cpus=8", 'h3:text("Would start at once")', ["wide", "dark"]);
    await takeSummary(stage, "estimate-unknown", "untried?cpus=8", "[data-estimate=unknown]");
    await takeRunningLimit(stage);
    await takeInstead(stage);
  });
}

const SUMMARY = "aside[aria-labelledby=summary] > div";

/** What stands beside the form, once it says what is looked for. */
function takeSummary({ camera }: Stage, name: string, path: string, found: string, looks?: readonly Look[]): Promise<void> {
  return camera.take(name, `launch/${path}`, (page) => [page.locator(SUMMARY, { has: page.locator(found) })], looks);
}

/** The fields, once the cluster's complaint stands at one of them. */
function takeRefused({ camera }: Stage, name: string, path: string): Promise<void> {
  return camera.take(name, `launch/${path}`, (page) => {
    const field = (option: string) => page.locator(".mantine-InputWrapper-root", { has: page.locator(`[name=${option}]`) });
    const complaint = page.locator(".mantine-InputWrapper-error").first();
    return [
      field("cpus"),
      field("minutes"),
      ...["partition", "qos"].map((option) => page.locator(`fieldset:has([name=${option}])`)),
      complaint,
    ];
  });
}

/** Four cores stay free on each of the two nodes. */
async function fill({ login, head }: Stage): Promise<void> {
  for (const minutes of [50, 60]) {
    const size = ["--nodes=1", "--cpus-per-task=12", "--mem=500M", `--time=${minutes}`, "--chdir=/tmp", "--output=/dev/null"];
    await login("bob", "sbatch", ...size, "--wrap=sleep 3600");
  }
  await until("both to run", 60_000, async () => (await head("squeue", "-h", "-t", "R", "-o", "%i")).split("\n").length > 2);
}

/** A QoS that lets one job run at a time: a trial does not see that, so we tell. */
async function takeRunningLimit(stage: Stage): Promise<void> {
  const { id } = await stage.alice.launch({ profile: "sized", name: "one", options: { cpus: 1, qos: "limited" } });
  await stage.alice.waitFor(id, ["ready"]);
  await takeSummary(stage, "estimate-limit", "sized?cpus=1&qos=limited", "[data-estimate=unknown]");
  await stage.alice.stop(id);
}

async function takeInstead(stage: Stage): Promise<void> {
  const { alice, camera } = stage;
  const { id } = await alice.launch({ profile: "sized", name: "large", options: { cpus: 8, minutes: 60, partition: "batch" } });
  await untilSession(stage, id, "its plan", ({ waiting }) => waiting?.kind === "queue" && waiting.expectedStart?.source === "queue");
  const button = '[data-session] button:has-text("cores instead of")';
  await camera.session("start-instead", id, { looks: ["wide", "dark", "narrow"], parts: [`${button} >> nth=0`] });
  await alice.stop(id);
}
