/**
 * Compute nodes that nobody reaches and that reach one port of the hub, which has no Slurm of its own: the job dials
 * out, and its app listens on no port at all.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, type Person, startSite, until } from "./fixture.ts";
import { ensureNothingIsLeft, ensureSecretsAreKept, startReady, waitUntilBack, walkWholeWay } from "./reach.ts";

const BLOCKED_MS = Number(process.env.FAIRWAY_BLOCKED_MS ?? 10_000);

let site: Fixture;
let alice: Person;

beforeAll(async () => {
  site = await startSite("reach-out", 18_116, { shape: { network: "dial-out" } });
  alice = await site.person("alice");
});
afterAll(async () => site?.end());

test("sign in, launch, HTTP, log, files, stop: by a tunnel, which is found to be the only way", async () => {
  await walkWholeWay(site, { profile: "noop", cluster: "testbed", route: "tunnel" });
});

test("the app of a tunnelled session opens no port on its node", async () => {
  const { id, job } = await startReady(alice, "noop", "quiet");
  const listeners = await site.testbed.mustExec(job?.node ?? "", ["ss", "-Hltnp"]);
  expect(listeners.split("\n").filter((line) => !/:(22|6818)\s/.test(line) && line !== "" && !line.includes("127.0.0.1:"))).toEqual([]);
  await alice.stop(id);
});

test("secrets and keys are seen by nobody", async () => {
  await ensureSecretsAreKept(site, "noop");
});

describe("faults", () => {
  test(
    "the hub's address out of the node's reach for a while",
    async () => {
      const { id, job } = await startReady(alice, "noop", "blocked");
      const node = job?.node ?? "";
      await site.testbed.fault("block", `hub@${node}`);
      const answer = await alice.api("/user/alice/blocked/", { signal: AbortSignal.timeout(3000) }).catch(() => null);
      expect(answer?.status).not.toBe(200);
      await delay(BLOCKED_MS);
      expect(["ready", "unreachable"]).toContain((await alice.session(id)).state);
      await site.testbed.fault("unblock", `hub@${node}`);
      expect((await waitUntilBack(alice, id, "/user/alice/blocked/")).job?.id).toBe(job?.id);
      await alice.stop(id);
    },
    BLOCKED_MS + 180_000,
  );

  test("the door killed and started again, and the job's own ssh killed: the tunnel is dialled anew", async () => {
    const { id, job } = await startReady(alice, "noop", "dropped");
    const node = job?.node ?? "";
    const dialled = async () => (await site.testbed.exec(node, ["pgrep", "-u", "alice", "-x", "ssh"])).stdout.trim();
    for (const kill of [
      () => site.testbed.mustExec("hub", ["pkill", "-KILL", "-f", "door/src/main.ts"]),
      () => site.testbed.mustExec(node, ["pkill", "-KILL", "-u", "alice", "-x", "ssh"]),
    ]) {
      const before = await dialled();
      expect(before).not.toBe("");
      await kill();
      await until("the job to dial anew", 60_000, async () => !["", before].includes(await dialled()));
      expect((await waitUntilBack(alice, id, "/user/alice/dropped/")).job?.id).toBe(job?.id);
    }
    await alice.stop(id);
  });

  test("the login node's sshd away: the session answers on, and is stopped when it is back", async () => {
    const { id } = await startReady(alice, "noop", "steady");
    await site.testbed.fault("stop", "sshd@login");
    await site.testbed.mustExec("hub", ["pkill", "-KILL", "-u", "fairway", "-x", "ssh"]);
    expect((await alice.api("/user/alice/steady/")).status).toBe(200);
    await alice.json(`/api/v1/sessions/${id}`, { method: "DELETE" });
    await site.testbed.fault("start", "sshd@login");
    expect((await alice.waitFor(id, ["ended"], 120_000)).reason).toBe("stopped");
  });

  test("when all sessions are ended nothing of them is left on any node", async () => {
    await ensureNothingIsLeft(site, alice, "noop");
  });
});
