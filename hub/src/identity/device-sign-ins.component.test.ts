import { TOKEN_PATTERN } from "@fairway/contract/names.ts";
import { UserCode } from "@fairway/contract/ssh-access.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Actor } from "../sessions/types.ts";
import { sha256Hex } from "./secrets.ts";
import { FROM, OPERATOR, startIdentity, type TestIdentity } from "./testing/identity.ts";
import type { DeviceSignInService } from "./types.ts";

const MINUTE_MS = 60_000;
let test: TestIdentity;
let devices: DeviceSignInService;
let alice: Actor;
beforeEach(async () => {
  test = await startIdentity();
  devices = test.identity.deviceSignIns;
  alice = (await test.identity.signIn("alice", "alice-pw", FROM)).actor;
});
afterEach(() => test.remove());

const start = (address = "192.0.2.7") => devices.start("fairway on laptop", { address });

it("a program gets its person's token once, when the person has confirmed it", async () => {
  const { deviceCode, userCode, verificationPath, expiresInSeconds } = await start();
  expect(UserCode.safeParse(userCode).success).toBe(true);
  expect([verificationPath, expiresInSeconds]).toEqual([`/device?code=${userCode}`, 600]);
  expect(await devices.poll(deviceCode)).toEqual({ kind: "waiting" });
  expect(await devices.request(alice, userCode)).toMatchObject({ note: "fairway on laptop", address: "192.0.2.7" });
  await devices.judge(alice, userCode, true);
  const answers = await Promise.all([devices.poll(deviceCode), devices.poll(deviceCode)]);
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["confirmed", "expired"]);
  const answer = answers.find(({ kind }) => kind === "confirmed");
  if (answer?.kind !== "confirmed") throw new Error("nobody got the token");
  expect(answer.user).toBe("alice");
  expect(answer.token).toMatch(TOKEN_PATTERN);
  expect(await test.identity.byToken(answer.token)).toMatchObject({ user: "alice", via: { kind: "token" } });
  const [token] = await test.identity.listTokens(alice);
  expect(token).toMatchObject({ note: "fairway on laptop", scopes: ["self"], expiresAt: test.clock.now() + 30 * 86_400_000 });
  expect(await devices.poll(deviceCode)).toEqual({ kind: "expired" });
  await expect(devices.judge(alice, userCode, true)).rejects.toMatchObject({ code: "not_found" });
  const [made, confirmed] = await test.store.audit.list({ limit: 2 });
  expect(made).toMatchObject({ action: "token-create", actor: "alice", via: `device:${userCode}` });
  expect(confirmed).toMatchObject({ action: "device-sign-in", outcome: "done", target: userCode, address: "192.0.2.7" });
});

it("the device code is stored as a hash alone", async () => {
  const { deviceCode } = await start();
  expect(await test.store.deviceSignIns.byDevice(deviceCode)).toBeNull();
  expect(await test.store.deviceSignIns.byDevice(sha256Hex(deviceCode))).not.toBeNull();
});

it("one that is refused, over or unknown gets nothing", async () => {
  const refused = await start();
  await devices.judge(alice, refused.userCode, false);
  expect(await devices.poll(refused.deviceCode)).toEqual({ kind: "refused" });
  const late = await start();
  const confirmed = await start();
  await devices.judge(alice, confirmed.userCode, true);
  test.clock.advance(10 * MINUTE_MS);
  expect(await devices.poll(late.deviceCode)).toEqual({ kind: "expired" });
  expect(await devices.poll(confirmed.deviceCode)).toEqual({ kind: "expired" });
  await expect(devices.judge(alice, late.userCode, true)).rejects.toMatchObject({ code: "not_found" });
  expect(await devices.poll("guessed")).toEqual({ kind: "expired" });
  expect(await test.identity.listTokens(alice)).toEqual([]);
});

it("a person who was disabled meanwhile gets no token", async () => {
  const { deviceCode, userCode } = await start();
  await devices.judge(alice, userCode, true);
  await test.identity.setDisabled(OPERATOR, "alice", true);
  expect(await devices.poll(deviceCode)).toEqual({ kind: "refused" });
});

it("no token confirms: a stolen one could else make another that outlives it", async () => {
  const { userCode, deviceCode } = await start();
  const { token } = await test.identity.createToken(alice, { note: "x", scopes: ["self"], expiresInSeconds: 60 });
  const holder = await test.identity.byToken(token);
  if (holder === null) throw new Error("the token is not valid");
  await expect(devices.judge(holder, userCode, true)).rejects.toMatchObject({ code: "not_allowed" });
  await expect(devices.request(holder, userCode)).rejects.toMatchObject({ code: "not_allowed" });
  expect(await devices.poll(deviceCode)).toEqual({ kind: "waiting" });
});

it("what a program calls itself is one plain line", async () => {
  const { userCode } = await devices.start("fair\u202eyaw\nApproved\u0007", FROM);
  expect((await devices.request(alice, userCode)).note).toBe("fair yaw Approved");
});

it("an address that begins many and confirms none must wait; a class behind one address need not", async () => {
  for (let count = 0; count < 60; count += 1) await start("192.0.2.8");
  await expect(start("192.0.2.8")).rejects.toMatchObject({ code: "too_many" });
  await start("192.0.2.9");
  for (let count = 0; count < 100; count += 1) await devices.judge(alice, (await start("192.0.2.10")).userCode, true);
});

it("no more than a thousand wait at a time", async () => {
  for (let count = 0; count < 1000; count += 1) await start(`192.0.${count % 200}.1`);
  await expect(start("198.51.100.1")).rejects.toMatchObject({ code: "too_many" });
  test.clock.advance(10 * MINUTE_MS);
  await start("198.51.100.1");
});

it("who guesses codes must wait, also for a right one", async () => {
  const { userCode } = await start();
  for (let count = 0; count < 10; count += 1) {
    await expect(devices.request(alice, "BBBB-2222")).rejects.toMatchObject({ code: "not_found" });
  }
  await expect(devices.judge(alice, userCode, true)).rejects.toMatchObject({ code: "too_many" });
  const bob = (await test.identity.signIn("bob", "bob-pw", FROM)).actor;
  await devices.judge(bob, userCode, true);
});
