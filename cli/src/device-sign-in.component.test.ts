import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@fairway/contract/errors.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCli, startCli } from "./testing/run-cli.ts";
import { ME, noDoor } from "./testing/sample.ts";
import { type Answers, startSite, type TestSite } from "./testing/site.ts";

const DEVICE_CODE = "device-secret";
let home: string;
let site: TestSite;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fairway-device-"));
});
afterEach(async () => {
  await site.close();
  rmSync(home, { recursive: true, force: true });
});

async function open(answers: Answers): Promise<void> {
  const started = { deviceCode: DEVICE_CODE, userCode: "BCDF-2346", verificationPath: "/device?code=BCDF-2346" };
  const startDeviceSignIn = () => ({ ...started, expiresInSeconds: 600, intervalSeconds: 0 });
  site = await startSite({ me: () => ME, sshAccess: noDoor, startDeviceSignIn, ...answers }, { base: "/jupyter/" });
}
const login = () => runCli(["login", "--device", "--url", site.url], { HOME: home });
const stored = () => join(home, ".config/fairway/credentials.json");

it("shows the code and its page, waits, and keeps the token", async () => {
  let polls = 0;
  await open({ pollDeviceSignIn: () => (++polls < 3 ? { kind: "waiting" } : { kind: "confirmed", token: "right", user: "alice" }) });
  const { code, stdout, stderr } = await login();
  expect([code, stdout]).toEqual([0, ""]);
  expect(stderr).toContain(`Open ${site.url}device?code=BCDF-2346\n`);
  expect(stderr).toContain("shows the code BCDF-2346");
  expect(stderr).toContain(`Signed in to ${site.url} as alice.`);
  expect(readFileSync(stored(), "utf8")).toContain('"token": "right"');
  expect(site.asked[0]?.body).toEqual({ note: `fairway on ${hostname()}` });
  expect(site.asked.filter(({ name }) => name === "pollDeviceSignIn").map(({ body }) => body)).toContainEqual({ deviceCode: DEVICE_CODE });
  expect(stderr + stdout).not.toContain(DEVICE_CODE);
});

it.each([
  ["refused", 4, "refused in the portal"],
  ["expired", 7, "Nobody confirmed"],
] as const)("ends when it is %s: %i", async (kind, code, words) => {
  await open({ pollDeviceSignIn: () => ({ kind }) });
  expect(await login()).toMatchObject({ code, stderr: expect.stringContaining(words) });
  expect(existsSync(stored())).toBe(false);
});

it("outlasts a hub that restarts, and ends at a no", async () => {
  const answers = [new AppError("hub_away", "It restarts."), new AppError("limit_reached", "You have 100 tokens already.")];
  await open({
    pollDeviceSignIn: () => {
      throw answers.shift() ?? new Error("it asked again");
    },
  });
  expect(await login()).toMatchObject({ code: 1, stderr: expect.stringContaining("100 tokens already") });
  expect(answers).toEqual([]);
});

it("ends with Ctrl-C", async () => {
  await open({ pollDeviceSignIn: () => ({ kind: "waiting" }) });
  const running = startCli(["login", "--device", "--url", site.url], { HOME: home });
  await running.says("Waiting");
  running.interrupt();
  expect((await running.done).code).toBe(130);
});
