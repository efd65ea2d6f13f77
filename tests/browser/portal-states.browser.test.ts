/**
 * The portal in every state, also those that a cluster shows rarely: the built pages before a stub
 * hub. Whether the hub tells the truth is the matter of the other tests.
 */
import type { Session } from "@fairway/contract/sessions.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { LaunchPage } from "./pages/launch-page.ts";
import { SessionPage } from "./pages/session-page.ts";
import { PortalStage } from "./stub/portal-stage.ts";
import { SESSIONS } from "./stub/scenes.ts";
import type { StubHub } from "./stub/stub-hub.ts";

/** What we ask of a box in the browser; the DOM's types are not ours here. */
interface Scrolled {
  readonly scrollTop: number;
  readonly clientHeight: number;
  readonly scrollHeight: number;
}

/** Stands for the browser's own, which headless cannot show: says what was asked and told. */
const NOTIFICATIONS = `
  const told = [];
  let asked = 0;
  window.told = () => told;
  window.asked = () => asked;
  window.Notification = class {
    static permission = "default";
    static requestPermission() {
      asked += 1;
      window.Notification.permission = "granted";
      return Promise.resolve("granted");
    }
    constructor(title, { body }) {
      told.push(title + ": " + body);
    }
  };
`;

let browser: Browser;
let stage: PortalStage;
let hub: StubHub;
let base: string;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  stage = await PortalStage.open(browser);
  ({ hub, base } = stage);
});
afterEach(async () => {
  await stage.close();
  expect(stage.complaints).toEqual([]);
});

async function openSession(page: Page, { id }: Session): Promise<SessionPage> {
  const session = new SessionPage(page, base);
  await session.open(id);
  // They come a moment later and move the page: a click in that moment falls beside what it was meant for.
  await page.getByRole("region", { name: "Warnings" }).waitFor();
  return session;
}

describe("every page, in every state", () => {
  const paths = [
    ...["hub/home", "launch/flexible?partition=gpu", "launch/flexible?cpus=14", "launch/lagoon-lab"],
    ...["clusters", "sessions", "sessions?show=ended"],
    ...Object.values(SESSIONS).map(({ id }) => `sessions/${id}`),
  ];

  // What the narrow and dark look can spoil is the contrast; the rest is the same page.
  test.each([
    { width: 1280, colorScheme: "light", rules: [] },
    { width: 320, colorScheme: "dark", rules: ["color-contrast"] },
  ] as const)(
    "has no fault for axe and fits into $width px, $colorScheme",
    async ({ width, colorScheme, rules }) => {
      const page = await stage.newPage({ viewport: { width, height: 800 }, colorScheme });
      for (const path of paths) {
        await page.goto(base + path);
        await page.locator("h1").first().waitFor();
        await page.getByRole("region", { name: "Warnings" }).waitFor();
        await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
        expect(await stage.faultsOf(page, rules), path).toEqual([]);
      }
    },
    300_000,
  );
});

describe("a session that waits", () => {
  test("says why, its place and when; starts something else instead, and leads there", async () => {
    const page = await stage.newPage();
    await openSession(page, SESSIONS.waiting);
    const text = await page.locator("article").textContent();
    expect(text).toMatch(/Other jobs have a higher priority/);
    expect(text).toMatch(/PENDING \(Priority\)/);
    expect(text).toMatch(/Place 4 of 12 in gpu\. Expected start about .*, in \d+ min \(Slurm's plan, \d+ (?:s|min) old\)/);

    await page.getByRole("button", { name: "2 cores instead of 8, on debug (at most 30 min)" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("row", { name: "Cores 8 2" }).waitFor();
    await dialog.getByRole("button", { name: "Start this instead" }).click();
    await page.locator('article[data-session="successor222"]').waitFor();
    expect(hub.asked).toEqual([`POST /api/v1/sessions/${SESSIONS.waiting.id}/start-instead`]);
  });
});

describe("a session whose time runs out", () => {
  test("is warned of on every page and in the tab's title, until it is extended", async () => {
    const page = await stage.newPage();
    await page.goto(`${base}clusters`);
    const warnings = page.getByRole("region", { name: "Warnings" });
    await warnings.getByText(/ends in .* Save your work/).waitFor();
    expect(await page.title()).toMatch(/^\(\d+ min left\) Clusters/);
    await warnings.getByRole("button", { name: /^Extend by 1 h, until .*: JupyterLab/ }).click();
    await warnings.getByText(/ends in/).waitFor({ state: "detached" });
    expect(hub.asked).toEqual([`POST /api/v1/sessions/${SESSIONS.short.id}/extend`]);
  });

  test("stays put away over a reload once it was put away", async () => {
    const page = await stage.newPage();
    await page.goto(`${base}hub/home`);
    const ends = page.getByRole("region", { name: "Warnings" }).getByText(/ends in/);
    await page.getByRole("button", { name: "Put away the warning of JupyterLab · As you like (s-2)" }).click();
    await ends.waitFor({ state: "detached" });
    await page.reload();
    await page
      .getByRole("region", { name: "Warnings" })
      .getByText(/is idle/)
      .waitFor();
    expect(await ends.count()).toBe(0);
  });

  test("notifies in a tab out of sight, once it was asked to by a click, and never asks by itself", async () => {
    const page = await stage.newPage();
    await page.addInitScript(NOTIFICATIONS);
    await openSession(page, SESSIONS.ready);
    const asked = () => page.evaluate<number>("asked()");
    const told = () => page.evaluate<string[]>("told()");
    await page.getByRole("region", { name: "Warnings" }).waitFor();
    expect(await asked()).toBe(0);
    await page.getByRole("button", { name: "Notify me in other tabs" }).first().click();
    await page.getByRole("button", { name: "Notifications on: switch off" }).waitFor();
    expect(await asked()).toBe(1);
    await page.evaluate("document.hasFocus = () => false");
    hub.tell({ ...SESSIONS.ready, warnAt: [Date.now() - 1000] });
    await expect
      .poll(told, { timeout: 30_000 })
      .toEqual([expect.stringMatching(/^JupyterLab · As you like ends in .*: Save your work\.$/)]);
  });

  test("is kept by a click when it is idle", async () => {
    const page = await stage.newPage();
    await openSession(page, SESSIONS.idle);
    await page.locator("article [data-idle] button").click();
    await page.locator("article [data-idle]").waitFor({ state: "detached" });
    expect(hub.asked).toEqual([`POST /api/v1/sessions/${SESSIONS.idle.id}/keep`]);
  });
});

describe("a session that ended", () => {
  test("says why, with its last lines and what it used, and leads to a form filled in like it", async () => {
    const page = await stage.newPage();
    await openSession(page, SESSIONS.memory);
    await page.getByText("Detected 1 oom_kill event").waitFor();
    const used = await page.locator("section", { has: page.getByRole("heading", { name: "Used of what it had" }) }).textContent();
    expect(used).toMatch(/45 min 10 s of 4 h[\s\S]*9 %[\s\S]*16\.0 GB of 16 GB[\s\S]*100 %[\s\S]*ask for more next time/);
    await page.getByRole("link", { name: "Launch with other options" }).click();
    await new LaunchPage(page, base).isShown();
    expect(await page.locator('[name="cpus"]').inputValue()).toBe("8");
  });
});

describe("a log of ten thousand lines", () => {
  test("shows its end, stays where one scrolls to, and can be taken along whole", async () => {
    const page = await stage.newPage();
    const log = (await openSession(page, SESSIONS.ready)).log();
    await log.scrollIntoViewIfNeeded();
    const isAtEnd = () =>
      log.evaluate((box) => {
        const { scrollTop, clientHeight, scrollHeight } = box as unknown as Scrolled;
        return scrollTop + clientHeight >= scrollHeight - 8;
      });
    await expect.poll(isAtEnd).toBe(true);
    await page.getByText("Live, following the end.").waitFor();
    expect(await log.textContent()).toMatch(/10000 epoch \d+: loss/);
    await log.focus();
    await page.keyboard.press("Home");
    await page.getByText("Live. Scroll to the end to follow it.").waitFor();
    await expect.poll(() => log.evaluate((box) => (box as unknown as Scrolled).scrollTop)).toBe(0);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download log" }).click()]);
    const lines = (await (await download.createReadStream()).toArray()).join("").trimEnd().split("\n");
    expect(lines).toHaveLength(10_000);
  });
});

describe("the launch form", () => {
  test("asks only what counts, and says when it would start and what would start at once", async () => {
    const page = await stage.newPage();
    const launch = new LaunchPage(page, base);
    await launch.open("flexible");
    expect(await page.locator('[name="gpus"]').count()).toBe(0);
    expect(await page.locator('[name="cpus"]').inputValue()).toBe("4"); // as last time
    await page.getByText("Would start now").waitFor();
    expect(await page.getByRole("radio", { name: "staff" }).isDisabled()).toBe(true);

    await launch.choose("gpu");
    await page.locator('[name="gpus"]').waitFor();
    await page.getByText(/Expected start about/).waitFor();
    await page.getByRole("button", { name: "2 cores instead of 8, on debug (at most 30 min)" }).click();
    expect(await page.getByRole("radio", { name: "debug" }).isChecked()).toBe(true);
    await page.getByText("Would start now").waitFor();
    await expect.poll(() => new URL(page.url()).search).toBe("?cpus=2&partition=debug");

    await launch.fill("cpus", "14");
    await page.getByText("debug has no node with more than 12 cores; you asked for 14.").waitFor();
    await page.getByRole("button", { name: "Reset to the defaults" }).click();
    expect(await launch.summary()).toMatchObject({ Cores: "2", Partition: "batch" });
  });

  test("keeps what a link says to open, and shows what would be sent", async () => {
    const page = await stage.newPage();
    const launch = new LaunchPage(page, base);
    await launch.open("flexible", { next: "lab/tree/x.ipynb", cpus: "3" });
    expect((await launch.summary()).Opens).toMatch(/^lab\/tree\/x\.ipynb/);
    await page.getByRole("button", { name: "Show script and commands" }).click();
    await page.getByRole("tab", { name: "curl" }).click();
    await page.getByText("Authorization: Bearer $FAIRWAY_TOKEN").waitFor();
    expect(new URL(page.url()).searchParams.get("next")).toBe("lab/tree/x.ipynb");
  });

  test("picks a folder by keyboard, says when one is empty, and a way back from one that is closed", async () => {
    const page = await stage.newPage();
    await new LaunchPage(page, base).open("flexible");
    await page.getByRole("button", { name: "Choose Working directory" }).press("Enter");
    const dialog = page.getByRole("dialog");
    const hasFocus = (name: string) => expect.poll(() => page.evaluate<string>("document.activeElement.textContent")).toMatch(name);
    await dialog.getByRole("button", { name: "empty" }).focus();
    await page.keyboard.press("ArrowUp");
    await hasFocus("data");
    await page.keyboard.press("Enter");
    await hasFocus("2026");
    await page.keyboard.press("Enter");
    await dialog.getByText("This folder is empty.").waitFor();
    await dialog.getByRole("navigation", { name: "Folder" }).getByRole("button", { name: "home" }).click();
    await dialog.getByRole("button", { name: "bob" }).click();
    await dialog.getByText("You may not read this.").waitFor();
    await dialog.getByRole("button", { name: "Go to your home directory" }).click();
    await dialog.getByRole("button", { name: "data" }).click();
    await dialog.getByRole("button", { name: "2026" }).waitFor();
    await dialog.getByRole("button", { name: "Choose this folder" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect(await page.locator('[name="folder"]').inputValue()).toBe("/home/alice/data");
  });

  test("does not launch what cannot be launched, and says why", async () => {
    const page = await stage.newPage();
    const launch = new LaunchPage(page, base);
    await launch.open("lagoon-lab");
    await page.getByText("Its sessions can be launched when it is back.").waitFor();
    expect(await page.getByRole("button", { name: /^Launch / }).isDisabled()).toBe(true);
  });
});
