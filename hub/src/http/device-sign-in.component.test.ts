/** A program's sign-in over HTTP, from its start to a token that works; and what a page of somebody else's can do to it. */
import type { DeviceAnswer, DeviceStarted } from "@fairway/contract/ssh-access.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ORIGIN, startHub, type TestHub } from "./testing/hub.ts";

const SIGN_INS = "/api/v1/device-sign-ins";
let hub: TestHub;
beforeEach(async () => {
  hub = await startHub();
});
afterEach(() => hub.stop());

async function start(): Promise<DeviceStarted> {
  const answer = await hub.ask("POST", SIGN_INS, { body: { note: "fairway on laptop" } });
  expect(answer.status).toBe(201);
  return answer.json as unknown as DeviceStarted;
}
const poll = async (deviceCode: string) =>
  (await hub.ask("POST", `${SIGN_INS}/poll`, { body: { deviceCode } })).json as unknown as DeviceAnswer;

it("needs nobody signed in at the program's side, and the person's own page at the other", async () => {
  const { deviceCode, userCode } = await start();
  const alice = await hub.signIn("alice");
  const shown = await hub.ask("GET", `${SIGN_INS}/${userCode}`, { headers: { cookie: alice.cookie } });
  expect(shown.json).toMatchObject({ userCode, note: "fairway on laptop", address: "192.0.2.1" });
  const verdict = { confirm: true };
  expect((await hub.ask("POST", `${SIGN_INS}/${userCode}`, { body: verdict })).status).toBe(401);
  const forged = [{ cookie: alice.cookie }, { ...alice, origin: "https://evil.example" }, { ...alice, "sec-fetch-site": "same-site" }];
  for (const headers of forged) expect((await hub.ask("POST", `${SIGN_INS}/${userCode}`, { headers, body: verdict })).status).toBe(403);
  expect(await poll(deviceCode)).toEqual({ kind: "waiting" });
  const headers = { ...alice, origin: ORIGIN };
  expect((await hub.ask("POST", `${SIGN_INS}/${userCode}`, { headers, body: verdict })).status).toBe(204);
  const answer = await poll(deviceCode);
  if (answer.kind !== "confirmed") throw new Error(`it is ${answer.kind}`);
  const me = await hub.ask("GET", "/api/v1/me", { headers: { authorization: `token ${answer.token}` } });
  expect(me.json).toMatchObject({ name: "alice" });
  const second = (await start()).userCode;
  const byToken = { headers: { authorization: `token ${answer.token}` }, body: verdict };
  expect((await hub.ask("POST", `${SIGN_INS}/${second}`, byToken)).status).toBe(403);
  expect(hub.log()).not.toContain(answer.token);
  expect(hub.log()).not.toContain(deviceCode);
});

it("is begun by no page of another site", async () => {
  const headers = { origin: "https://evil.example" };
  expect((await hub.ask("POST", SIGN_INS, { headers, body: { note: "x" } })).status).toBe(403);
});

it("codes that nobody could have been shown are no codes", async () => {
  const alice = await hub.signIn("alice");
  expect((await hub.ask("GET", `${SIGN_INS}/abcd-efgh`, { headers: { cookie: alice.cookie } })).status).toBe(422);
  expect((await hub.ask("GET", `${SIGN_INS}/BBBB-2222`, { headers: { cookie: alice.cookie } })).status).toBe(404);
});
