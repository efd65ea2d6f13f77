/** What is told while a session's time runs. */
import type { SiteOptions } from "../../../deploy/demo/site.ts";
import { type Stage, untilSession, withStage } from "./stage.ts";

const noop = { app: "noop", cluster: "testbed", resources: { cpus: 2, memory: "1G", time: "30m", partition: "batch" } };
const OPTIONS: SiteOptions = {
  cluster: { title: "Main", extend: { operator: "fairway-operator", step: "30m", max_total: "2h" } },
  config: {
    apps: { noop: { title: "JupyterLab", activity: "traffic" } },
    profiles: [
      { ...noop, name: "half-hour", title: "2 cores", warn_before: ["1m"] },
      { ...noop, name: "debug", title: "Quick look", resources: { ...noop.resources, partition: "debug" }, warn_before: ["1m"] },
      { ...noop, name: "fixed", title: "Course", extend: false, warn_before: ["1m"] },
      { ...noop, name: "ending", title: "2 cores", resources: { ...noop.resources, time: "5m" }, warn_before: ["5m", "4m"] },
      { ...noop, name: "watched", title: "GPU", idle: { after: "130s", warn_before: "2m" }, warn_before: ["1m"] },
    ],
  },
};

export function takeTime(): Promise<void> {
  return withStage(OPTIONS, async (stage) => {
    const profiles = ["half-hour", "debug", "fixed", "watched"];
    const ids = await Promise.all(profiles.map((profile) => launchReady(stage, profile)));
    const [halfHour = "", debug = "", fixed = "", watched = ""] = ids;
    await untilSession(stage, halfHour, "to be extensible", ({ extension }) => extension?.kind === "possible");
    await stage.camera.session("time-extend", halfHour, { looks: ["wide", "dark", "narrow"] });
    for (const [name, id] of [
      ["extension-refused-partition", debug],
      ["extension-refused-profile", fixed],
    ] as const) {
      await untilSession(stage, id, "to be refused more", ({ extension }) => extension?.kind === "refused");
      await stage.camera.session(name, id);
    }
    await takeBanner(stage, "warning-end", await launchReady(stage, "ending"), "end");
    await untilSession(stage, watched, "to be idle", ({ idle }) => idle !== null);
    await takeBanner(stage, "warning-idle", watched, "idle");
    await stage.camera.session("idle", watched);
    await Promise.all(ids.map((id) => stage.alice.stop(id)));
  });
}

async function launchReady({ alice }: Stage, profile: string): Promise<string> {
  const { id } = await alice.launch({ profile, name: profile });
  await alice.waitFor(id, ["ready"]);
  return id;
}

/** As it stands on every page. */
function takeBanner({ camera }: Stage, name: string, id: string, kind: string): Promise<void> {
  return camera.take(name, `sessions/${id}`, (page) => [page.locator(`[data-warning=${kind}]`)], ["wide", "narrow"]);
}
