/** Everybody's open sessions, more than come at once, before a stub hub. */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { PortalStage } from "./stub/portal-stage.ts";
import { me, SESSIONS } from "./stub/scenes.ts";

let browser: Browser;
let stage: PortalStage;
beforeAll(async () => {
  browser = await launchBrowser();
  stage = await PortalStage.open(browser);
});
afterAll(async () => {
  await stage?.close();
  await browser?.close();
});

/** 200 of bob's, and the oldest one of carol's. */
const everybodys = Array.from({ length: 201 }, (_, index): Session => {
  const id = `s${index}`.padEnd(12, "x");
  return { ...SESSIONS.ready, id, user: index === 200 ? "carol" : "bob", createdAt: Date.now() - 60_000 - index * 1000 };
});

test("an administrator finds a session that is older than the newest 200, and is not told before that there is none", async () => {
  const page = await stage.newPage();
  await page.route("**/api/v1/me", (route) => route.fulfill({ json: { ...me, role: "admin" } }));
  await page.route(/\/api\/v1\/sessions\?.*user=/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    const before = Number(query.get("before") ?? Number.MAX_SAFE_INTEGER);
    const sessions = everybodys.filter(({ createdAt }) => createdAt < before).slice(0, Number(query.get("limit")));
    return route.fulfill({ json: { sessions, now: Date.now() } });
  });
  await page.goto(`${stage.base}hub/admin?q=carol`);
  await page.getByText("None of the newest 200 matches. Load older ones, or clear the filter.").waitFor();
  await page.getByRole("button", { name: "Load older ones" }).click();
  await page.getByText("1 session. Stopping one is recorded with your name.").waitFor();
  expect(await page.getByRole("table").textContent()).toContain("carol");
  expect(await page.getByRole("button", { name: "Load older ones" }).count()).toBe(0);
  expect(stage.complaints).toEqual([]);
});
