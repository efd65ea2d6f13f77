/**
 * How long sessions go on, on a real Slurm: a limit raised through the operator and refused by each who
 * may refuse, documents saved when the time is up, and the idle stopped while the busy are spared.
 */
import { once } from "node:events";
import type { Session } from "@fairway/contract/sessions.ts";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { launchBrowser } from "../browser/browser.ts";
import { type Fixture, type Person, startSite, until } from "./fixture.ts";

const shared = { cluster: "testbed", options: [] };
const lab = { ...shared, app: "jupyterlab", resources: { cpus: 1, memory: "1G", partition: "batch" } };
const noop = { ...shared, app: "noop", resources: { cpus: 1, memory: "100M", partition: "batch" } };
const profiles = [
  { ...noop, name: "half-hour", title: "Half an hour", resources: { ...noop.resources, time: "30m" } },
  { ...noop, name: "debug", title: "As long as debug allows", resources: { ...noop.resources, time: "30m", partition: "debug" } },
  { ...noop, name: "fixed", title: "Not extended", extend: false, resources: { ...noop.resources, time: "10m" } },
  { ...lab, name: "four-minutes", title: "Four minutes", warn_before: ["90s"], resources: { ...lab.resources, time: "4m" } },
  { ...lab, name: "watched", title: "Stopped when idle", idle: { after: "90s", warn_before: "40s" } },
];

let site: Fixture;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  site = await startSite("time", 18_106, {
    cluster: { extend: { operator: "fairway-operator", step: "10m", max_total: "1h" } },
    config: { profiles },
  });
  // What the operator script itself allows is less than what this hub believes.
  await site.testbed.mustExec("hub", ["tee", "/etc/fairway/operator.conf"], { stdin: "MAX_MINUTES=50\n" });
  [alice, bob] = await Promise.all([site.person("alice"), site.person("bob")]);
});
afterAll(async () => site?.end());

/** What takes minutes of waiting goes side by side. */
test.concurrent("a running session gets more time from Slurm, step by step, until somebody who may says no", async () => {
  const { id } = await alice.launch({ profile: "half-hour", name: "longer" });
  const { job } = await alice.waitFor(id, ["ready"]);
  const jobId = job?.id ?? "";
  await until("Slurm's word for its end", 60_000, async () => (await alice.session(id)).extension);
  expect(await limitOf(jobId)).toBe("30:00");
  expect((await extend(bob, id)).status, "somebody else's session is no session").toBe(404);

  const before = (await alice.session(id)).job?.endsAt ?? 0;
  const longer = (await (await extend(alice, id)).json()) as Session;
  expect(await limitOf(jobId)).toBe("40:00");
  expect((longer.job?.endsAt ?? 0) - before).toBe(600_000);

  const tooLong = await extend(alice, id, 86_400);
  expect(tooLong.status).toBe(409);
  expect(await tooLong.text()).toContain("at most 20 more minutes");

  expect((await extend(alice, id)).status).toBe(200);
  // The hub would go up to an hour; the operator script has its own maximum, and the last word.
  const refused = await extend(alice, id);
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain("at most 50 minutes");
  expect(await limitOf(jobId)).toBe("50:00");

  // Somebody else's hand on it is seen, too, and the moments of its warnings move along.
  const { job: last, warnAt } = await alice.session(id);
  await site.testbed.mustExec("head", ["scontrol", "update", `JobId=${jobId}`, "TimeLimit=45"]);
  const moved = await until("the end that an administrator has set", 60_000, async () => {
    const session = await alice.session(id);
    return session.job?.endsAt !== last?.endsAt && session;
  });
  expect((moved.job?.endsAt ?? 0) - (last?.endsAt ?? 0)).toBe(-300_000);
  expect(moved.warnAt).toEqual(warnAt.map((at) => at - 300_000));
  await alice.stop(id);
});

test.concurrent("the partition's limit and the profile's word hold, though an operator could exceed them", async () => {
  for (const [profile, why] of [
    ["debug", "the partition debug"],
    ["fixed", "cannot be raised"],
  ] as const) {
    const { id } = await bob.launch({ profile, name: profile });
    await bob.waitFor(id, ["ready"]);
    const { extension, job } = await until("a word on extensions", 60_000, async () => {
      const session = await bob.session(id);
      return session.extension?.kind === "refused" && session;
    });
    expect(extension).toMatchObject({ kind: "refused", line: expect.stringContaining(why) });
    const before = await limitOf(job?.id ?? "");
    const answer = await extend(bob, id);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain(why);
    expect(await limitOf(job?.id ?? "")).toBe(before);
    await bob.stop(id);
  }
});

test.concurrent("what is unsaved in a page of JupyterLab is on disk after the job has hit its time limit", async () => {
  const { id } = await alice.launch({ profile: "four-minutes", name: "draft" });
  const browser = await launchBrowser();
  try {
    await alice.waitFor(id, ["ready"]);
    const context = await browser.newContext();
    await signInTo(context, alice);
    const page = await context.newPage();
    await openNotebook(page);
    expect(await readNotebook(), "nothing is saved yet").not.toContain("written in the last minute");
    // Told by the gateway, or by the job's own signal, whichever comes first for this page.
    await page
      .getByText(/This session ends at|The time of this session is up/)
      .first()
      .waitFor({ timeout: 240_000 });
    const ended = await alice.waitFor(id, ["ended"], 300_000);
    expect(ended.reason).toBe("walltime");
    expect(await readNotebook()).toContain("written in the last minute");
    const log = await alice.json<{ text: string }>(`/api/v1/sessions/${id}/log`);
    expect(log.text).toContain("The time limit is near.");
  } finally {
    await browser.close();
  }
}, 420_000);

test.concurrent("an idle session is warned of and stopped; one whose kernel computes is spared", async () => {
  const [idle, busy] = await Promise.all([
    alice.launch({ profile: "watched", name: "forgotten" }),
    bob.launch({ profile: "watched", name: "computing" }),
  ]);
  await Promise.all([alice.waitFor(idle.id, ["ready"]), bob.waitFor(busy.id, ["ready"])]);
  await compute(bob, busy.url);
  const warned = await until("the warning", 120_000, async () => (await alice.session(idle.id)).idle);
  expect(warned.stopsAt).toBeGreaterThan(warned.since);

  // "I am still using it": its time begins anew, and so does the warning.
  const kept = await alice.json<Session>(`/api/v1/sessions/${idle.id}/keep`, { method: "POST" });
  expect(kept.idle).toBeNull();
  const again = await until("another warning", 120_000, async () => (await alice.session(idle.id)).idle);
  expect(again.since).toBeGreaterThan(warned.since);

  const ended = await alice.waitFor(idle.id, ["ended"], 120_000);
  expect(ended.reason).toBe("idle");
  expect(await bob.session(busy.id), "its kernel has been busy all the time").toMatchObject({ state: "ready", idle: null });
  await bob.stop(busy.id);
}, 480_000);

const extend = (person: Person, id: string, seconds?: number) =>
  person.api(`/api/v1/sessions/${id}/extend`, { method: "POST", body: JSON.stringify(seconds === undefined ? {} : { seconds }) });

async function limitOf(jobId: string): Promise<string> {
  return (await site.testbed.mustExec("head", ["squeue", "-h", "-j", jobId, "-o", "%l"])).trim();
}

async function signInTo(context: BrowserContext, person: Person): Promise<void> {
  const { hostname } = new URL(site.url);
  const cookies = person.cookie.split("; ").map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return { name, value: value.join("="), domain: hostname, path: "/" };
  });
  await context.addCookies(cookies);
}

const NOTEBOOK = {
  type: "notebook",
  format: "json",
  content: {
    cells: [{ cell_type: "code", id: "one", execution_count: null, metadata: {}, outputs: [], source: "" }],
    metadata: { kernelspec: { name: "python3", display_name: "Python 3" } },
    nbformat: 4,
    nbformat_minor: 5,
  },
};

/** Types into a notebook that saves nothing by itself. */
async function openNotebook(page: Page): Promise<void> {
  const base = "/user/alice/draft/";
  const put = (path: string, body: object) => alice.json(`${base}${path}`, { method: "PUT", body: JSON.stringify(body) });
  await put("lab/api/settings/@jupyterlab/docmanager-extension:plugin", { raw: '{ "autosave": false }' });
  await put("api/contents/draft.ipynb", NOTEBOOK);
  await page.goto(`${site.url}${base}lab/tree/draft.ipynb`);
  const cell = page.locator(".jp-Notebook .cm-content").first();
  await cell.click({ timeout: 60_000 });
  await page.keyboard.type("# written in the last minute");
  await page.locator(".jp-Notebook .cm-content", { hasText: "written in the last minute" }).waitFor();
}

const readNotebook = () => site.testbed.mustExec("c1", ["cat", "/home/alice/draft.ipynb"]);

/** Starts a kernel that computes without end and without output. */
async function compute(person: Person, url: string): Promise<void> {
  const kernel = await person.json<{ id: string }>(`${url}api/kernels`, { method: "POST", body: JSON.stringify({ name: "python3" }) });
  const socket = new WebSocket(`${site.url.replace("http", "ws")}${url}api/kernels/${kernel.id}/channels`, {
    headers: { authorization: `token ${person.token}` },
  });
  await once(socket, "open");
  const header = {
    msg_id: "1",
    msg_type: "execute_request",
    username: person.name,
    session: "test",
    date: new Date().toISOString(),
    version: "5.3",
  };
  const content = {
    code: "while True: pass",
    silent: false,
    store_history: false,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  };
  socket.send(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: "shell", buffers: [] }));
  await until("a busy kernel", 60_000, async () => {
    const kernels = await person.json<{ execution_state: string }[]>(`${url}api/kernels`);
    return kernels.some((each) => each.execution_state === "busy");
  });
  // Nobody looks at it any more; it computes on.
  socket.close();
}
