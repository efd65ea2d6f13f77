/**
 * Takes the screenshots of the documentation from a running Fairway: every page, light and dark, wide
 * and narrow, into this folder, under names that stay the same.
 *
 *   node docs/screenshots/capture.ts http://127.0.0.1:8000/ CREDENTIALS_FILE
 *
 * The file holds FAIRWAY_USER and FAIRWAY_PASSWORD, and the same with ADMIN_ for an administrator
 * (their pages are left out otherwise). FAIRWAY_PROFILE names the profile to launch; else the first.
 * It launches two sessions as that user, runs a cell in one (which leaves an Untitled notebook in
 * their home), and stops them again; one token is made and revoked.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { HomePage } from "../../tests/browser/pages/home-page.ts";
import { JupyterPage } from "../../tests/browser/pages/jupyter-page.ts";
import { LaunchPage } from "../../tests/browser/pages/launch-page.ts";
import { SessionPage } from "../../tests/browser/pages/session-page.ts";
import { SignInPage } from "../../tests/browser/pages/sign-in-page.ts";
import { TokensPage } from "../../tests/browser/pages/tokens-page.ts";

const WIDTHS = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } } as const;
const WIDTH_NAMES = ["wide", "narrow"] as const;
const SCHEMES = ["light", "dark"] as const;
const TOKEN_NOTE = "nightly analysis";
const READY_TIMEOUT_MS = 120_000;

type Env = Readonly<Record<string, string | undefined>>;
type Cookies = Awaited<ReturnType<BrowserContext["cookies"]>>;

interface Shot {
  readonly name: string;
  /** Below the base URL. */
  readonly path: string;
  readonly cookies: Cookies;
  /** Brings the page to what the picture shows, once it stands. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** An app has its own colours and is for a large screen: one picture. */
  readonly isApp?: boolean;
}

async function capture(baseUrl: string, env: Env): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const person = await signIn(browser, baseUrl, env.FAIRWAY_USER, env.FAIRWAY_PASSWORD);
    const admin = env.ADMIN_USER === undefined ? null : await signIn(browser, baseUrl, env.ADMIN_USER, env.ADMIN_PASSWORD);
    const page = await newPage(browser, person, "light", "wide");
    const tokens = new TokensPage(page, baseUrl);
    await tokens.open();
    await tokens.create(TOKEN_NOTE); // its value is in no picture
    const sessions = await launchTwo(page, baseUrl, env.FAIRWAY_PROFILE);
    for (const shot of shotsOf(sessions, person, admin)) await take(browser, baseUrl, shot);
    await new SessionPage(page, baseUrl).open(sessions.readyId);
    await new SessionPage(page, baseUrl).stop();
    await new SessionPage(page, baseUrl).waitForState(["ended"], READY_TIMEOUT_MS);
    await take(browser, baseUrl, { name: "status-stopped", path: sessions.appPath, cookies: person });
    await tokens.open();
    await tokens.revoke(TOKEN_NOTE);
  } finally {
    await browser.close();
  }
}

async function signIn(browser: Browser, baseUrl: string, user: string | undefined, password: string | undefined): Promise<Cookies> {
  if (user === undefined || password === undefined)
    throw new Error("the credentials file lacks FAIRWAY_USER or FAIRWAY_PASSWORD (see the top of this script)");
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const signInPage = new SignInPage(page, baseUrl);
  await signInPage.open();
  await signInPage.signIn(user, password);
  await new HomePage(page, baseUrl).isShown();
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

interface Sessions {
  readonly profile: string;
  readonly endedId: string;
  readonly readyId: string;
  readonly appPath: string;
}

/** One that has ended and one that is ready, so that each page has something to show. */
async function launchTwo(page: Page, baseUrl: string, wanted: string | undefined): Promise<Sessions> {
  const home = new HomePage(page, baseUrl);
  await home.open();
  const profile = wanted ?? (await home.profiles())[0];
  if (profile === undefined) throw new Error("nothing is offered to this user: there is no profile to launch");
  const session = new SessionPage(page, baseUrl);
  const launchOne = async () => {
    const launch = new LaunchPage(page, baseUrl);
    await launch.open(profile);
    const id = await launch.launch();
    const state = await session.waitForState(["ready", "ended"], READY_TIMEOUT_MS);
    if (state !== "ready") throw new Error(`session ${id} ended before it was ready: see its page for why`);
    return id;
  };
  const endedId = await launchOne();
  await session.stop();
  await session.waitForState(["ended"], READY_TIMEOUT_MS);
  const readyId = await launchOne();
  const appPath = (await session.facts()).Address ?? "";
  return { profile, endedId, readyId, appPath };
}

function shotsOf({ profile, endedId, readyId, appPath }: Sessions, cookies: Cookies, admin: Cookies | null): readonly Shot[] {
  const waitForLog = (page: Page) => page.getByLabel("Text of the log").waitFor();
  const openStop = async (page: Page) => {
    await page.getByRole("button", { name: /^Stop / }).click();
    await page.getByRole("dialog").waitFor();
  };
  const runCell = async (page: Page) => {
    const jupyter = new JupyterPage(page);
    await jupyter.isShown(READY_TIMEOUT_MS);
    await jupyter.newNotebook(READY_TIMEOUT_MS);
    await jupyter.run("import socket; socket.gethostname()", READY_TIMEOUT_MS);
  };
  const portal: readonly Shot[] = [
    { name: "sign-in", path: "hub/login", cookies: [] },
    { name: "home", path: "hub/home", cookies, prepare: (page) => page.getByRole("heading", { name: "Ended lately" }).waitFor() },
    { name: "launch", path: `launch/${profile}`, cookies, prepare: (page) => page.locator("[data-estimate]").first().waitFor() },
    { name: "session-ready", path: `sessions/${readyId}`, cookies, prepare: waitForLog },
    { name: "session-stop", path: `sessions/${readyId}`, cookies, prepare: openStop },
    { name: "session-ended", path: `sessions/${endedId}`, cookies, prepare: waitForLog },
    { name: "sessions", path: "sessions", cookies },
    { name: "tokens", path: "hub/token", cookies },
    { name: "clusters", path: "clusters", cookies },
    { name: "not-found", path: "sessions/zzzzzzzzzzzz", cookies },
    { name: "status-not-yours", path: "user/somebody-else/lab", cookies },
    { name: "jupyterlab", path: appPath, cookies, prepare: runCell, isApp: true },
  ];
  return admin === null ? portal : [...portal, { name: "admin", path: "hub/admin", cookies: admin }];
}

async function take(browser: Browser, baseUrl: string, shot: Shot): Promise<void> {
  const looks = WIDTH_NAMES.flatMap((width) => SCHEMES.map((scheme) => ({ width, scheme })));
  for (const { width, scheme } of shot.isApp === true ? looks.slice(0, 1) : looks) {
    const page = await newPage(browser, shot.cookies, scheme, width);
    await page.goto(new URL(shot.path, baseUrl).href);
    if (shot.isApp !== true) await page.locator("h1").first().waitFor();
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await shot.prepare?.(page);
    const name = shot.isApp === true ? shot.name : `${shot.name}-${width}-${scheme}`;
    await page.screenshot({ path: join(import.meta.dirname, `${name}.png`), animations: "disabled", scale: "css" });
    await page.context().close();
  }
}

async function newPage(
  browser: Browser,
  cookies: Cookies,
  colorScheme: (typeof SCHEMES)[number],
  width: keyof typeof WIDTHS,
): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDTHS[width], colorScheme, reducedMotion: "reduce", ignoreHTTPSErrors: true });
  await context.addCookies(cookies);
  return context.newPage();
}

const [baseUrl, envFile] = process.argv.slice(2);
if (baseUrl === undefined || envFile === undefined) {
  console.error("usage: node docs/screenshots/capture.ts BASE_URL CREDENTIALS_FILE");
  process.exitCode = 2;
} else {
  await capture(baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`, parseEnv(readFileSync(envFile, "utf8")));
}
