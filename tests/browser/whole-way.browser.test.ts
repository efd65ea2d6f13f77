/**
 * The main job, as a scientist does it: sign in, launch, watch it start, work in JupyterLab on a
 * compute node, stop, and the job is gone. At the root and below a prefix, in each shape of network
 * that a site may have between Fairway and its cluster.
 */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, liveJobs, startSite } from "../system/fixture.ts";
import { launchBrowser, noteComplaints } from "./browser.ts";
import { HomePage } from "./pages/home-page.ts";
import { JupyterPage } from "./pages/jupyter-page.ts";
import { LaunchPage } from "./pages/launch-page.ts";
import { SessionPage } from "./pages/session-page.ts";
import { SignInPage } from "./pages/sign-in-page.ts";

const SITES = [
  { name: "browser", where: "on the head node", shape: { hubOn: "head" }, route: "direct", baseUrl: "/", port: 18_201 },
  {
    name: "prefix",
    where: "outside, with a login node",
    shape: { network: "login-only" },
    route: "ssh",
    baseUrl: "/jupyter/",
    port: 18_202,
  },
  { name: "dialled", where: "outside, dialled by the jobs", shape: { network: "dial-out" }, route: "tunnel", baseUrl: "/", port: 18_117 },
] as const;

describe.each(SITES)("Fairway $where, below $baseUrl", ({ name, shape, route, baseUrl, port }) => {
  let site: Fixture;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    site = await startSite(name, port, { baseUrl, shape });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    noteComplaints(page, complaints);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.end();
  });

  test("sign in, launch, run a cell on a compute node, stop, and Slurm's queue is empty", async () => {
    const base = `${site.url}/`;
    await page.goto(base);
    const signIn = new SignInPage(page, base);
    await signIn.signIn("alice", "fairway");
    const home = new HomePage(page, base);
    await home.isShown();
    expect(await accessibilityFaults()).toEqual([]);

    await home.start("jupyterlab");
    const launch = new LaunchPage(page, base);
    await launch.isShown();
    expect(await accessibilityFaults()).toEqual([]);
    const id = await launch.launch();
    const session = new SessionPage(page, base);
    await session.waitForState(["ready"], 60_000);
    expect(await accessibilityFaults()).toEqual([]);
    expect((await session.steps()).every((step) => /done/.test(step))).toBe(true);
    expect(complaints).toEqual([]);

    await session.openApp();
    const jupyter = new JupyterPage(page);
    await jupyter.isShown(90_000);
    await jupyter.newNotebook(60_000);
    const host = await jupyter.run("import socket; socket.gethostname()", 60_000);
    expect(host).toMatch(/'c[12]'/);
    const told = await (await site.person("alice")).session(id);
    expect(host).toContain(`'${told.job?.node}'`);
    expect(told.route).toBe(route);

    await session.open(id);
    await session.stop();
    await session.waitForState(["ended"], 60_000);
    expect(await liveJobs(site.testbed)).toEqual([]);
    await page.goto(`${base}user/alice/lab`);
    expect(await page.textContent("body")).toMatch(/stopped/i);
    expect(await accessibilityFaults()).toEqual([]);
  });

  test("bob, signed in, is told nothing of alice's session", async () => {
    const other = await browser.newContext();
    const his = await other.newPage();
    await his.goto(`${site.url}/`);
    await new SignInPage(his, `${site.url}/`).signIn("bob", "fairway");
    await new HomePage(his, `${site.url}/`).isShown();
    const answer = await his.goto(`${site.url}/user/alice/lab`);
    expect(answer?.status()).toBe(403);
    await other.close();
  });

  async function accessibilityFaults(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  }
});
