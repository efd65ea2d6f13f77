/** The terminal's page before a stub door: what it says and does in each state. A real shell is in terminal.browser.test.ts. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { HomePage } from "./pages/home-page.ts";
import { TerminalPage } from "./pages/terminal-page.ts";
import { PortalStage } from "./stub/portal-stage.ts";
import { SESSIONS } from "./stub/scenes.ts";

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
  await terminal.open(SESSIONS.ready.id);
  await terminal.isOpen();
  return terminal;
}

test.each([
  { width: 1280, colorScheme: "light", rules: [] },
  // The narrow and dark look can spoil the contrast; the rest is the same page.
  { width: 320, colorScheme: "dark", rules: ["color-contrast"] },
] as const)("axe finds no fault at $width px, $colorScheme, open, lost and ended", async ({ width, colorScheme, rules }) => {
  const page = await stage.newPage({ viewport: { width, height: 800 }, colorScheme });
  const terminal = await openTerminal(page);
  stage.hub.door.say("\x1b[31mred \x1b[38;2;255;120;10mtrue colour\x1b[0m \x1b[1mbold\x1b[0m\r\n$ ");
  await terminal.shows("true colour");
  expect(await stage.faultsOf(page, rules)).toEqual([]);
  stage.hub.door.isReachable = false;
  stage.hub.door.cut();
  await page.getByText(/The connection is lost\. Trying again/).waitFor();
  expect(await stage.faultsOf(page, rules)).toEqual([]);
  stage.hub.door.isReachable = true;
  await terminal.isOpen();
  stage.hub.door.endShell("The shell has ended.");
  await page.getByRole("button", { name: "New shell" }).waitFor();
  expect(await stage.faultsOf(page, rules)).toEqual([]);
});

test("is one click from a card and from the session's page, where it can be had", async () => {
  const page = await stage.newPage();
  const home = new HomePage(page, stage.base);
  await home.open();
  await home.card(SESSIONS.ready.id).getByRole("link", { name: "Terminal in JupyterLab · As you like" }).click();
  await new TerminalPage(page, stage.base).isOpen();
  expect(await page.title()).toMatch(/Terminal · JupyterLab/);
  await page.goBack();
  expect(
    await home
      .card(SESSIONS.short.id)
      .getByRole("link", { name: /^Terminal/ })
      .count(),
  ).toBe(0);
  await page.goto(`${stage.base}sessions/${SESSIONS.ready.id}`);
  await page.getByRole("link", { name: "Terminal", exact: true }).waitFor();
  const facts = page.locator('aside[aria-label="Facts"]');
  await expect
    .poll(() => facts.textContent())
    .toMatch(/through a tunnel that the job has opened \(tunnel\).*ssh -p 8022 alice@hub\.example\.org/);
});

test("keeps the shell over a reload and a lost connection, and shows nothing twice", async () => {
  const page = await stage.newPage();
  const terminal = await openTerminal(page);
  await terminal.type("echo one");
  await terminal.shows("$ echo one");
  stage.hub.door.isReachable = false;
  stage.hub.door.cut();
  await page.getByText(/The connection is lost/).waitFor();
  await terminal.type("lost"); // goes nowhere, as the line says
  stage.hub.door.say(" two");
  stage.hub.door.isReachable = true;
  await terminal.isOpen();
  await terminal.shows("$ echo one two");
  await page.reload();
  await terminal.isOpen();
  await terminal.shows("$ echo one two");
  expect((await terminal.text()).match(/echo one/g)).toHaveLength(1);
  expect(stage.hub.door.heard).not.toContain("lost");
});

test("does not answer once more what was answered before a reload", async () => {
  const page = await stage.newPage();
  const terminal = await openTerminal(page);
  stage.hub.door.say("\x1b[c"); // what are you?
  await expect.poll(() => stage.hub.door.heard.filter((said) => typeof said === "string")).toHaveLength(1);
  await page.reload();
  await terminal.isOpen();
  await terminal.type("x");
  await terminal.shows("x");
  expect(stage.hub.door.heard.filter((said) => typeof said === "string" && said.includes("\x1b["))).toHaveLength(1);
});

test("says when the shell has ended or is in another window, and starts another", async () => {
  const page = await stage.newPage();
  const terminal = await openTerminal(page);
  await terminal.type("first");
  stage.hub.door.answer({ kind: "taken", line: "You have this shell in another window now." });
  await page.getByRole("button", { name: "Use it here" }).click();
  await terminal.isOpen();
  stage.hub.door.endShell("The shell has ended with the exit code 3.");
  await page.getByText("exit code 3").waitFor();
  await page.getByRole("button", { name: "New shell" }).click();
  await terminal.isOpen();
  await terminal.shows("first"); // what the last one said can still be read
  await terminal.type("second");
  await terminal.shows("$ second");
});

test("says why there is none, and what to do", async () => {
  const page = await stage.newPage();
  stage.hub.door.refusal = { kind: "refused", line: "This session does not take SSH.", next: "Open it in the portal." };
  const terminal = new TerminalPage(page, stage.base);
  await terminal.open(SESSIONS.ready.id);
  await page.getByText("This session does not take SSH. Open it in the portal.").waitFor();
  stage.hub.door.refusal = null;
  await page.getByRole("button", { name: "Try again" }).click();
  await terminal.isOpen();

  await terminal.open(SESSIONS.memory.id);
  await page.getByText("It ran out of memory: it had 16 GB. A terminal needs a session that runs.").waitFor();
  expect(await stage.faultsOf(page)).toEqual([]);
});

test("says that the session has ended, and leaves what was shown", async () => {
  const page = await stage.newPage();
  const terminal = await openTerminal(page);
  await terminal.type("work");
  await terminal.shows("work");
  stage.hub.tell({ ...SESSIONS.ready, state: "ended", label: "Stopped", line: "You stopped it.", ssh: false });
  await page.getByText("The session has ended. You stopped it.").waitFor();
  expect(await terminal.text()).toContain("work");
});

test("waits for a session that is on its way", async () => {
  const page = await stage.newPage();
  stage.hub.door.refusal = { kind: "waiting", line: "Waiting: place 4 of 12 in gpu." };
  const terminal = new TerminalPage(page, stage.base);
  await terminal.open(SESSIONS.waiting.id);
  await page.getByText("Waiting: place 4 of 12 in gpu.").waitFor();
});

test("copies and pastes as terminals do, and is left by keyboard", async () => {
  const page = await stage.newPage({ permissions: ["clipboard-read", "clipboard-write"] });
  const terminal = await openTerminal(page);
  stage.hub.door.say("\x1b[?2004h"); // the shell takes pastes as such
  await page.evaluate('navigator.clipboard.writeText("ls -l\\nrm x")');
  await page.keyboard.press("Control+Shift+V");
  await expect.poll(() => stage.hub.door.heard).toContain("\x1b[200~ls -l\rrm x\x1b[201~");

  stage.hub.door.say("\r\nunmistakable\r\n");
  await terminal.shows("unmistakable");
  const { x = 0, y = 0, height = 0 } = (await page.locator(".xterm-rows").getByText("unmistakable").boundingBox()) ?? {};
  await page.mouse.dblclick(x + 20, y + height / 2);
  await page.keyboard.press("Control+Shift+C");
  await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe("unmistakable");

  await page.keyboard.press("Control+Shift+F6");
  await expect.poll(() => page.evaluate<boolean>("document.activeElement.hasAttribute('data-back')")).toBe(true);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  expect(await page.getByRole("switch", { name: "Screen reader" }).isChecked()).toBe(true);
  await page.locator('.xterm-accessibility [role="list"]').waitFor();
  expect(await stage.faultsOf(page)).toEqual([]);
});

test("tells the shell its window's size", async () => {
  const page = await stage.newPage();
  await openTerminal(page);
  const widths = () => stage.hub.door.heard.flatMap((said) => (typeof said === "object" && said.kind === "resize" ? [said.columns] : []));
  await expect.poll(() => widths().length).toBeGreaterThan(0);
  const before = widths().at(-1) ?? 0;
  await page.setViewportSize({ width: 640, height: 480 });
  await expect.poll(() => widths().at(-1)).toBeLessThan(before / 1.5);
});
