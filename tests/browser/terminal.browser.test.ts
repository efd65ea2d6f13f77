/**
 * A real shell on a compute node in a real browser: typed into, resized, kept over a reload and over a network
 * that goes away, and ended with the sign-in. Where the hub reaches the nodes, and where only they reach the hub.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, type Shape, startSite } from "../system/fixture.ts";
import { launchBrowser, noteComplaints } from "./browser.ts";
import { HomePage } from "./pages/home-page.ts";
import { SessionPage } from "./pages/session-page.ts";
import { SignInPage } from "./pages/sign-in-page.ts";
import { TerminalPage } from "./pages/terminal-page.ts";
import { Relay } from "./relay.ts";

const shapes: { name: string; port: number; route: string; shape: Shape }[] = [
  { name: "terminal", port: 18_203, route: "direct", shape: {} },
  { name: "terminal-out", port: 18_204, route: "tunnel", shape: { network: "dial-out" } },
];

describe.each(shapes)("reached by the route $route", ({ name, port, route, shape }) => {
  let site: Fixture;
  let relay: Relay;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let base: string;
  let session: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    site = await startSite(name, port, { shape, baseUrl: "/jupyter/" });
    relay = await Relay.open(port);
    base = `http://127.0.0.1:${relay.port}/jupyter/`;
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    noteComplaints(page, complaints);
    await page.goto(base);
    await new SignInPage(page, base).signIn("alice", "fairway");
    await new HomePage(page, base).isShown();
    const alice = await site.person("alice");
    const launched = await alice.launch({ profile: "noop", name: "shells" });
    session = launched.id;
    const { route: found } = await alice.waitFor(session, ["ready"], 120_000);
    expect(found).toBe(route);
  });
  afterAll(async () => {
    await browser?.close();
    await relay?.close();
    await site?.end();
  });

  test("a shell on the node, kept over a reload and over a network that goes away", async () => {
    const pages = new SessionPage(page, base);
    await pages.open(session);
    await page.getByRole("link", { name: "Terminal", exact: true }).click({ timeout: 90_000 }); // its sshd comes after its app
    const terminal = new TerminalPage(page, base);
    await terminal.isOpen(90_000);
    await terminal.run("echo on $(hostname) as $(id -un) marker=$((6*7)); kept=yes");
    await terminal.shows(/on c[12] as alice marker=42/);

    await terminal.run("stty size");
    await terminal.shows(/^\d+ \d{3}$/m);
    await page.setViewportSize({ width: 640, height: 480 });
    await terminal.hasSize(/^\d+ \d{2}$/m);

    await page.reload();
    await terminal.isOpen();
    await terminal.run("clear; echo after-reload $kept");
    await terminal.shows("after-reload yes");

    relay.cut();
    await page.getByText(/The connection is lost/).waitFor();
    relay.restore();
    await terminal.isOpen();
    await terminal.run("clear; echo after-cut $kept");
    await terminal.shows("after-cut yes");

    relay.silence();
    await terminal.type("swallowed"); // nobody answers: the page finds out
    await page.getByText(/The connection is lost/).waitFor();
    relay.restore();
    await terminal.isOpen();
    await terminal.run("clear; echo after-silence $kept");
    await terminal.shows("after-silence yes");
    expect(complaints).toEqual([]);
  });

  test("a program that writes without end can be stopped, and the window stays in hand", async () => {
    const terminal = new TerminalPage(page, base);
    await terminal.run("clear; yes fairway-writes-on");
    await terminal.shows("fairway-writes-on");
    await page.keyboard.press("Control+C");
    await terminal.run("clear; echo stopped $kept");
    await terminal.shows("stopped yes");
  });

  // On the machine of the gateway itself nobody has one.
  if (shape.network === "dial-out") test("a shell on the login node, from the cluster's card", shellOnLoginNode);

  test("bob has none of it", async () => {
    const other = await browser.newContext();
    const his = await other.newPage();
    await his.goto(base);
    await new SignInPage(his, base).signIn("bob", "fairway");
    await new HomePage(his, base).isShown();
    const answer = await his.evaluate<string>(`new Promise((resolve) => {
      const socket = new WebSocket("ws://127.0.0.1:${relay.port}/jupyter/terminal/${session}/socket");
      socket.onopen = () => resolve("open");
      socket.onclose = ({ code }) => resolve("closed " + code);
    })`);
    expect(answer).toBe("closed 1006");
    await other.close();
  });

  test("a sign-out ends it at once, also on the node", async () => {
    const terminal = new TerminalPage(page, base);
    await terminal.run("clear; exec -a fairway-terminal-test sleep 100000");
    await expect.poll(countOnNodes).toBe(1);
    const second = await context.newPage();
    await second.goto(`${base}hub/home`);
    await second.getByRole("button", { name: /your menu/ }).click();
    await second.getByRole("menuitem", { name: "Sign out" }).click();
    await expect.poll(countOnNodes).toBe(0);
    await page.getByLabel("User name").waitFor();
  });

  async function shellOnLoginNode(): Promise<void> {
    await page.goto(`${base}clusters`);
    await page.getByRole("link", { name: /^Terminal/ }).click();
    const terminal = new TerminalPage(page, base);
    await terminal.isOpen(60_000);
    await terminal.run("clear; echo on $(hostname) as $(id -un) jobs=$(squeue --me --noheader | wc -l)");
    await terminal.shows("on login as alice jobs=1");
    await page.setViewportSize({ width: 1280, height: 800 });
    await terminal.hasSize(/^\d+ \d{3}$/m);
    await terminal.run("exit 5");
    await page.getByText("The shell has ended with the exit code 5.").waitFor();
    const left = () => site.testbed.mustExec("login", ["sh", "-c", "ls /home/alice/.fairway/shells"]);
    await expect.poll(left, { timeout: 60_000 }).toBe("");
    await terminal.open(session);
    await terminal.isOpen(60_000);
  }

  async function countOnNodes(): Promise<number> {
    const counts = ["c1", "c2"].map(async (node) => {
      const { stdout } = await site.testbed.exec(node, ["pgrep", "-c", "-f", "^fairway-terminal-test"]);
      return Number(stdout.trim() || 0);
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
});
