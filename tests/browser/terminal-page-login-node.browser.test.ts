/** A login node's terminal before a stub door: the way to it, and what its page says. What it shares with a session's is in terminal-page.browser.test.ts. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { TerminalPage } from "./pages/terminal-page.ts";
import { PortalStage } from "./stub/portal-stage.ts";
import { clusters, SESSIONS } from "./stub/scenes.ts";

const LINK = "Terminal on the login node of Harbour";
const PROBLEM = "sinfo: error: Unable to contact slurm controller";
const AWAY = { awaySince: Date.now() - 600_000, problem: PROBLEM };

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
  expect(stage.complaints).toEqual([]);
});

async function openTerminal(page: Page): Promise<TerminalPage> {
  const terminal = new TerminalPage(page, stage.base);
  await terminal.open("login@harbour");
  await terminal.isOpen();
  return terminal;
}

const changeHarbour = (changes: Partial<(typeof clusters)[number]>) =>
  stage.hub.tellClusters(clusters.map((cluster) => (cluster.name === "harbour" ? { ...cluster, ...changes } : cluster)));

test("is one key from the cluster's card, only where the site allows it, and leads back there", async () => {
  const page = await stage.newPage();
  await page.goto(`${stage.base}clusters`);
  const link = page.locator('article[data-cluster="harbour"]').getByRole("link", { name: LINK });
  await link.waitFor();
  expect(await page.getByRole("link", { name: /^Terminal/ }).count()).toBe(1);
  await link.press("Enter");
  await new TerminalPage(page, stage.base).isOpen();
  expect(new URL(page.url()).pathname).toBe("/terminal/login@harbour");
  expect(stage.hub.door.path).toBe("/terminal/login@harbour/socket");
  expect(await page.title()).toMatch(/Terminal · Login node of Harbour/);
  await page.getByRole("heading", { name: /^Login node of Harbour ?: terminal$/ }).waitFor();
  await page.getByText("Everybody shares this machine: heavy work belongs into a session.").waitFor();

  await page.keyboard.press("Control+Shift+F6");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: LINK }).waitFor();
});

test("keeps the shell over a reload, and apart from a session's", async () => {
  const page = await stage.newPage();
  const terminal = await openTerminal(page);
  await terminal.type("echo one");
  await terminal.shows("$ echo one");
  await page.reload();
  await terminal.isOpen();
  await terminal.shows("$ echo one");
  const attached = () =>
    stage.hub.door.heard.flatMap((said) => (typeof said === "object" && said.kind === "attach" ? [said.terminal] : []));
  expect(attached()).toEqual([null, expect.any(String)]);
  await terminal.open(SESSIONS.ready.id);
  await terminal.isOpen();
  expect(attached().at(-1)).toBeNull();
});

test.each([
  { width: 1280, colorScheme: "light", rules: [] },
  // The narrow and dark look can spoil the contrast; the rest is the same page.
  { width: 320, colorScheme: "dark", rules: ["color-contrast"] },
] as const)("axe finds no fault at $width px, $colorScheme, open, away, refused and without", async ({ width, colorScheme, rules }) => {
  const page = await stage.newPage({ viewport: { width, height: 800 }, colorScheme });
  const terminal = await openTerminal(page);
  expect(await stage.faultsOf(page, rules)).toEqual([]);
  changeHarbour(AWAY);
  await page.getByText(PROBLEM).waitFor();
  stage.hub.door.refusal = {
    kind: "refused",
    line: "The login node of Harbour cannot be reached now.",
    next: "Try again in some minutes.",
  };
  stage.hub.door.cut();
  await page.getByRole("button", { name: "Try again" }).waitFor();
  expect(await stage.faultsOf(page, rules)).toEqual([]);
  await terminal.open("login@lagoon");
  await page.getByRole("link", { name: "Your sessions" }).waitFor();
  expect(await stage.faultsOf(page, rules)).toEqual([]);
});

test("opens by a link in which a program wrote %40 for @", async () => {
  const terminal = new TerminalPage(await stage.newPage(), stage.base);
  await terminal.open("login%40harbour");
  await terminal.isOpen();
  expect(stage.hub.door.path).toBe("/terminal/login@harbour/socket");
});

test("says in the door's words why there is none, and gives it once it may be had", async () => {
  const page = await stage.newPage();
  const terminal = new TerminalPage(page, stage.base);
  stage.hub.door.refusal = { kind: "refused", line: "The login node gave you no shell.", next: "Tell the staff." };
  await terminal.open("login@harbour");
  await page.getByText("The login node gave you no shell. Tell the staff.").waitFor();
  await page.getByRole("link", { name: "The clusters" }).waitFor();
  stage.hub.door.refusal = null;
  await page.getByRole("button", { name: "Try again" }).click();
  await terminal.isOpen();
});

test("says that there is none on a cluster that offers none or is not there, and where to go", async () => {
  const page = await stage.newPage();
  const terminal = new TerminalPage(page, stage.base);
  await terminal.open("login@lagoon");
  await page.getByRole("heading", { name: "Lagoon has no terminal on its login node" }).waitFor();
  await terminal.open("login@nowhere");
  await page.getByRole("heading", { name: "There is no cluster with the name nowhere" }).waitFor();
  expect(stage.hub.door.path).toBe("");
  await page.getByRole("link", { name: "The clusters" }).click();
  await page.getByRole("link", { name: LINK }).waitFor();
});

test("says that the cluster is away, with its problem, and tries the shell all the same", async () => {
  changeHarbour(AWAY);
  const page = await stage.newPage();
  const terminal = await openTerminal(page);
  const notice = page.getByText(/^Harbour does not answer since .* A shell can be tried all the same\.$/);
  await notice.waitFor();
  await page.getByText(PROBLEM).waitFor();
  await terminal.type("still here");
  await terminal.shows("$ still here");
  changeHarbour({});
  await notice.waitFor({ state: "detached" });
});

test("does not take a shell from the screen when the site stops offering them", async () => {
  const page = await stage.newPage();
  const terminal = await openTerminal(page);
  await terminal.type("half a letter");
  changeHarbour({ loginTerminals: false, ...AWAY }); // both are shown at once: the news has come when the second is
  await page.getByText(PROBLEM).waitFor();
  await terminal.shows("$ half a letter");
});
