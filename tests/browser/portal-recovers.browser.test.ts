/** The portal while a newer one is installed, its hub is away, or a cluster is: the built pages before a stub hub, with answers held back. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { PortalStage } from "./stub/portal-stage.ts";
import { SESSIONS } from "./stub/scenes.ts";

const GONE = { status: 404, contentType: "text/plain", body: "gone" };

let browser: Browser;
let stage: PortalStage;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  stage = await PortalStage.open(browser);
});
afterEach(async () => {
  await stage.close();
  // What is held back here on purpose is what the page may complain of.
  expect(stage.complaints.filter((complaint) => !/Unable to preload CSS|dynamically imported module/.test(complaint))).toEqual([]);
});

function countLoads(page: Page): () => number {
  let loads = 0;
  page.on("domcontentloaded", () => {
    loads += 1;
  });
  return () => loads;
}

describe("a page that stayed open while a newer portal was installed", () => {
  test("is loaded anew when a part of the old one was to be shown, and then has it", async () => {
    const page = await stage.newPage();
    const loads = countLoads(page);
    await page.route("**/static/StopDialog-*", (route) => (loads() < 2 ? route.fulfill(GONE) : route.continue()));
    await page.goto(`${stage.base}sessions/${SESSIONS.ready.id}`);
    const stop = page.locator("article").getByRole("button", { name: /^Stop / });
    await stop.click();
    await expect.poll(loads).toBe(2);
    await stop.click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop session" }).waitFor();
  });

  test("is loaded anew by itself only once, and says so when that did not help; the button does it again", async () => {
    const page = await stage.newPage();
    const loads = countLoads(page);
    await page.route("**/static/StopDialog-*", (route) => (loads() < 3 ? route.fulfill(GONE) : route.continue()));
    await page.goto(`${stage.base}sessions/${SESSIONS.ready.id}`);
    const stop = page.locator("article").getByRole("button", { name: /^Stop / });
    await stop.click();
    await expect.poll(loads).toBe(2);
    await stop.click();
    await page.getByRole("heading", { name: "This page stopped working" }).waitFor();
    await page.getByRole("button", { name: "Load the page again" }).click();
    await stop.click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop session" }).waitFor();
    expect(loads()).toBe(3);
  });

  test("stays as it is while the mouse only passes over a link to a page that is gone", async () => {
    const page = await stage.newPage();
    const loads = countLoads(page);
    await page.addInitScript("addEventListener('vite:preloadError', () => { window.wasTold = true; })");
    await page.route("**/static/ClustersPage-*", (route) => (loads() < 2 ? route.fulfill(GONE) : route.continue()));
    await page.goto(`${stage.base}hub/home`);
    const link = page.getByRole("link", { name: "Clusters", exact: true });
    await link.hover();
    await expect.poll(() => page.evaluate("window.wasTold")).toBe(true);
    await page.getByRole("link", { name: "Sessions", exact: true }).click();
    await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
    expect(loads()).toBe(1);
    await link.click();
    await page.getByRole("heading", { name: "Clusters", exact: true }).waitFor();
    expect(loads()).toBe(2);
  });
});

describe("a portal that is opened while the hub is away", () => {
  const AWAY = { type: "about:blank", title: "Fairway is restarting", status: 503, code: "hub_away", detail: "It is back in a moment." };

  test("says so, and goes on by itself when the hub is back, however often it was asked in vain", async () => {
    const page = await stage.newPage();
    let isAway = true;
    let asked = 0;
    await page.route("**/api/v1/me", (route) => {
      asked += 1;
      return isAway ? route.fulfill({ status: 503, contentType: "application/problem+json", json: AWAY }) : route.continue();
    });
    await page.route("**/api/v1/site", () => {}); // held, as the edge does
    await page.goto(`${stage.base}hub/home`);
    await page.getByRole("heading", { name: "Fairway has not answered yet" }).waitFor();
    await expect.poll(() => asked).toBeGreaterThan(3);
    await page.getByText("This page goes on by itself").waitFor();
    isAway = false;
    await page.getByRole("heading", { name: "Your sessions" }).waitFor();
  });

  test("says so where one signs in, too", async () => {
    const page = await stage.newPage();
    await page.route("**/api/v1/{me,site}", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", json: AWAY }));
    await page.goto(`${stage.base}hub/login`);
    await page.getByRole("alert").getByText("Fairway is restarting").waitFor();
  });
});

test("a cluster that is away: each page says the same of what can be launched", async () => {
  const page = await stage.newPage();
  for (const path of ["hub/home", "clusters"]) {
    await page.goto(stage.base + path);
    await page.getByText("What waits to be sent is sent when it is back, and new ones can be launched here again then.").waitFor();
  }
});
