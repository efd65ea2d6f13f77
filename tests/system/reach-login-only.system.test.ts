/**
 * A hub that reaches nothing but port 22 of the login node, without Slurm, munge, people and homes of its own:
 * commands by ssh, as the person by sudo there or by certificate, sessions by forwards on the same connection.
 */
import { downTestbed, upTestbed } from "@fairway/testbed/index.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoProfiles } from "../../deploy/demo/profiles.ts";
import { reach, runVerb } from "../../deploy/demo/site.ts";
import { type Fixture, killHub, type Person, startSite, until } from "./fixture.ts";
import { ensureNothingIsLeft, ensureSecretsAreKept, enterWithoutSshd, startReady, waitUntilBack, walkWholeWay } from "./reach.ts";
import { listSessions } from "./truth.ts";

const NAME = "reach-login";
const noop = demoProfiles.filter(({ name }) => name === "noop");
const certified = {
  name: "certified",
  title: "By certificate",
  app: "noop",
  cluster: "certified",
  resources: { memory: "100M", time: "1h" },
};

let site: Fixture;
let alice: Person;

beforeAll(async () => {
  await downTestbed(NAME);
  const testbed = await upTestbed({ name: NAME, network: "login-only" });
  site = await startSite(NAME, 18_115, {
    testbed,
    clusters: { certified: { scheduler: "slurm", act_as: "certificate", ...reach(testbed) } },
    config: { profiles: [...noop, certified] },
  });
  alice = await site.person("alice");
});
afterAll(async () => site?.end());

test("sign in, launch, HTTP, log, files, stop: by the launcher under sudo on the login node", async () => {
  await walkWholeWay(site, { profile: "noop", cluster: "testbed", route: "ssh" });
});

test("the same by a short-lived certificate", async () => {
  await walkWholeWay(site, { profile: "certified", cluster: "certified", route: "ssh" });
});

test("the operator's init report: who and where, and by short jobs what every route to the nodes comes to", async () => {
  const { code, stdout, stderr } = await runVerb(site.testbed, "doctor", "testbed", "--user", "alice", "--probe");
  expect([code, stderr]).toEqual([0, ""]);
  for (const said of [
    /ok +testbed: commands run as fairway on login, over ssh \(login\)/,
    /ok +testbed: SelectType=/,
    /ok +testbed: ssh: ready on c\d, through the login node, found by trying; answers in [\d.]+ ms/,
    /warn +testbed: direct: no answer in time/,
    /ok +testbed: tunnel: ready on c\d/,
    /people can ssh into sessions/,
  ])
    expect(stdout).toMatch(said);
  const unknown = await runVerb(site.testbed, "doctor", "testbed", "--user", "nobody-here", "--probe");
  expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringMatching(/fail +testbed: a job ended/)]);
  // They were told to stop, which takes the cluster its time.
  await expect.poll(() => listSessions(alice, "open"), { timeout: 60_000 }).toEqual([]);
});

test("secrets and keys are seen by nobody", async () => {
  await ensureSecretsAreKept(site, "noop");
  await ensureSecretsAreKept(site, "certified");
});

test("sessions on nodes without an sshd are entered by the scheduler, from the login node", async () => {
  for (const node of ["c1", "c2"]) await site.testbed.mustExec(node, ["mv", "/usr/sbin/sshd", "/usr/sbin/sshd.away"]);
  try {
    await enterWithoutSshd(site, ["noop", "certified"]);
  } finally {
    for (const node of ["c1", "c2"]) await site.testbed.mustExec(node, ["mv", "/usr/sbin/sshd.away", "/usr/sbin/sshd"]);
  }
});

test("shells are root's to allow on the login node, and PAM's for each person, whatever the gateway asks", async () => {
  const conf = "/etc/fairway/shells.conf";
  const head = (...argv: string[]) => site.testbed.mustExec("login", argv);
  const before = await head("cat", conf);
  const sudo = ["sudo", "-n", "-H", "-u", "alice", "--", "/usr/libexec/fairway/shells"];
  const ask = (...verb: string[]) => site.testbed.exec("login", [...sudo, ...verb], { user: "fairway", cwd: "/" });
  const refusal = (words: RegExp) => ({ code: 100, stderr: expect.stringMatching(words) });
  try {
    await site.testbed.mustExec("login", ["tee", conf], { stdin: before.replaceAll("=yes", "=no") });
    expect(await ask("login")).toMatchObject(refusal(/no shells on login: LOGIN in/));
    expect(await ask("job", "1", "fw-x")).toMatchObject(refusal(/no shells in jobs: JOBS in/));
  } finally {
    await site.testbed.mustExec("login", ["tee", conf], { stdin: before });
  }
  expect(await ask("login")).toMatchObject(refusal(/keys were cut off/));
  try {
    await head("chage", "-E", "2020-01-01", "alice");
    expect(await ask("login")).toMatchObject(refusal(/PAM does not let alice in/));
  } finally {
    await head("chage", "-E", "-1", "alice");
  }
});

describe("faults", () => {
  test("the login node's sshd restarted and the connection to it killed: the session stays, and answers again by itself", async () => {
    const { id, job } = await startReady(alice, "noop", "cut");
    await site.testbed.fault("stop", "sshd@login");
    await killMasters();
    await until("the session to be out of reach", 60_000, async () => {
      const answer = await alice.api("/user/alice/cut/", { signal: AbortSignal.timeout(5000) }).catch(() => null);
      return answer?.status !== 200;
    });
    expect(["ready", "unreachable"]).toContain((await alice.session(id)).state);
    await site.testbed.fault("start", "sshd@login");
    expect((await waitUntilBack(alice, id, "/user/alice/cut/")).job?.id).toBe(job?.id);
    await alice.stop(id);
  });

  test("the connection killed under a running session, and the hub beside it: both come back", async () => {
    const { id } = await startReady(alice, "noop", "killed");
    await killMasters();
    await waitUntilBack(alice, id, "/user/alice/killed/");
    await killHub(site.testbed);
    await waitUntilBack(alice, id, "/user/alice/killed/");
    await alice.stop(id);
  });

  test("when all sessions are ended nothing of them is left on any node", async () => {
    await ensureNothingIsLeft(site, alice, "noop");
  });
});

/** The standing connections to the login node; as root inside the hub node. */
async function killMasters(): Promise<void> {
  await site.testbed.mustExec("hub", ["sh", "-c", "pkill -KILL -u fairway -x ssh"]);
}
