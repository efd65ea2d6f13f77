/** A person, a session and a profile as the API shows them, for tests. */

import { describeSession } from "@fairway/contract/describe-session.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import type { Session } from "@fairway/contract/sessions.ts";

const NOW = 1_790_000_000_000;

export const ME = {
  name: "alice",
  role: "user",
  scopes: ["self", "read:hub"],
  xsrf: null,
  groups: [],
  limits: { running: 1, allowed: 4, source: "this site" },
};

/** What a site without a door says of ssh. */
export function noDoor(): never {
  throw new AppError("not_found", "This site has no door for SSH.");
}

/** The words follow from the facts, as the hub makes them. */
export function sampleSession(facts: Partial<Session>): Session {
  const plain: Session = {
    id: "k3x9qa2mw4tz",
    user: "alice",
    name: "",
    app: { name: "jupyterlab", title: "JupyterLab" },
    profile: { name: "jupyterlab", title: "JupyterLab, 2 cores" },
    options: {},
    cluster: { name: "hpc", title: "Testbed", awaySince: null },
    state: "requested",
    reason: null,
    stateSince: NOW,
    label: "",
    tone: "busy",
    line: "",
    next: null,
    job: null,
    resources: {
      cpus: 2,
      memoryBytes: null,
      gpus: null,
      timeLimitSeconds: 3600,
      partition: "batch",
      account: null,
      qos: null,
      reservation: null,
    },
    steps: [],
    url: "/user/alice/",
    runsAs: "alice",
    exitCode: null,
    detail: null,
    createdAt: NOW,
    readyAt: null,
    endedAt: null,
    lastActivityAt: null,
    openUrl: facts.url ?? "/user/alice/",
    waiting: null,
    warnAt: [],
    extension: null,
    idle: null,
    ending: null,
    usage: null,
    route: null,
    ssh: false,
    ...facts,
  };
  const { label, tone, line, next } = describeSession({
    ...plain,
    stopReason: null,
    appTitle: plain.app.title,
    clusterTitle: plain.cluster.title,
    clusterAwaySince: plain.cluster.awaySince,
    jobId: plain.job?.id ?? null,
    node: plain.job?.node ?? null,
    pendingReason: plain.job?.pendingReason ?? null,
    isNodeComing: false,
    timeLimitSeconds: plain.resources.timeLimitSeconds,
    memoryBytes: plain.resources.memoryBytes,
  });
  return { ...plain, label, tone, line, next };
}

export const PROFILE: Profile = {
  name: "jupyterlab",
  title: "JupyterLab",
  description: null,
  app: { name: "jupyterlab", title: "JupyterLab", icon: null },
  cluster: { name: "hpc", title: "Testbed", awaySince: null },
  summary: "1 hour on batch",
  remembered: {},
  refusal: null,
  options: [
    {
      name: "cores",
      label: "Cores",
      help: null,
      when: null,
      sets: "cpus",
      kind: "number",
      min: 1,
      max: 16,
      step: 1,
      default: 2,
      unit: null,
    },
    {
      ...{ name: "gpu", label: "GPU", help: null, when: null, sets: "gpu_type", kind: "choice", default: "none" },
      choices: [
        { value: "none", label: "none", refusal: null },
        { value: 2, label: "two", refusal: null },
      ],
    },
    {
      name: "folder",
      label: "Folder",
      help: null,
      when: null,
      sets: "working_directory",
      kind: "text",
      pattern: ".*",
      maxLength: 200,
      default: "",
    },
  ],
};
