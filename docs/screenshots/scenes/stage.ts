/**
 * What all scenes of `states.ts` share: Fairway on a testbed of its own, Slurm's own commands to bring
 * a session into a situation, and the camera. It knows no situation itself.
 */
import { join } from "node:path";
import type { Session } from "@fairway/contract/sessions.ts";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import type { SiteOptions } from "../../../deploy/demo/site.ts";
import { launchBrowser } from "../../../tests/browser/browser.ts";
import { type Fixture, type Person, startSite, until } from "../../../tests/system/fixture.ts";

const TESTBED = "states";
const PORT = 18_301;
const FOLDER = join(import.meta.dirname, "..", "states");
/** As wide as a page of text, so that the words stay readable when it stands in one. */
const LOOKS = {
  wide: { viewport: { width: 880, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 880, height: 900 }, colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
} as const;
export type Look = keyof typeof LOOKS;
/** A queue is asked every half a minute when all is quiet; what Slurm itself takes comes on top. */
const PATIENCE_MS = 180_000;

export interface Stage {
  readonly site: Fixture;
  readonly alice: Person;
  readonly camera: Camera;
  /** One picture that cannot be taken holds up no other; what failed is told at the end. */
  readonly attempt: (name: string, scene: () => Promise<void>) => Promise<void>;
  /** A program on the head node, as root: what the cluster's staff do. */
  readonly head: (...argv: string[]) => Promise<string>;
  /** A program on the login node, as alice or another: what people do themselves. */
  readonly login: (user: string, ...argv: string[]) => Promise<string>;
}

export async function withStage(options: SiteOptions, play: (stage: Stage) => Promise<void>): Promise<void> {
  const site = await startSite(TESTBED, PORT, options);
  const failures: Error[] = [];
  const attempt: Stage["attempt"] = async (name, scene) => {
    await scene().catch((cause: unknown) => failures.push(new Error(name, { cause })));
  };
  try {
    const browser = await launchBrowser();
    try {
      const alice = await site.person("alice");
      const camera = new Camera(browser, site.url, alice);
      const head = (...argv: string[]) => site.testbed.mustExec("head", argv);
      const login = (user: string, ...argv: string[]) => site.testbed.mustExec("login", argv, { user });
      await play({ site, alice, camera, attempt, head, login });
    } finally {
      await browser.close();
    }
  } finally {
    await site.end();
  }
  if (failures.length > 0) throw new AggregateError(failures, `not taken: ${failures.map(({ message }) => message).join(", ")}`);
}

/** Waits until the session is as `isSo` says. @throws with what it was last */
export async function untilSession(
  { alice }: Pick<Stage, "alice">,
  id: string,
  what: string,
  isSo: (session: Session) => boolean,
): Promise<Session> {
  let last = "";
  try {
    return await until(what, PATIENCE_MS, async () => {
      const session = await alice.session(id);
      last = `${session.state} ${session.job?.pendingReason ?? ""} ${session.line}`;
      return isSo(session) && session;
    });
  } catch (error) {
    throw new Error(`session ${id} was: ${last}`, { cause: error });
  }
}

export class Camera {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #person: Person;

  constructor(browser: Browser, url: string, person: Person) {
    this.#browser = browser;
    this.#url = url;
    this.#person = person;
  }

  /** The head of a session's page, and what else of it `parts` name, one below the other. */
  async session(name: string, id: string, { looks = ["wide"], parts = [] }: { looks?: readonly Look[]; parts?: readonly string[] } = {}) {
    await this.take(
      name,
      `sessions/${id}`,
      (page) => ["article[data-session] > header", ...parts].map((part) => page.locator(part)),
      looks,
    );
  }

  /** One picture of all that `find` gives, for each look; a second look has its name behind the picture's. */
  async take(name: string, path: string, find: (page: Page) => readonly Locator[], looks: readonly Look[] = ["wide"]): Promise<void> {
    for (const look of looks) {
      const context = await this.#newContext(look);
      const page = await context.newPage();
      await page.goto(`${this.#url}/${path}`);
      await page.locator("h1").first().waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      const parts = find(page);
      for (const part of parts) await part.waitFor({ timeout: PATIENCE_MS });
      await shoot(page, parts, join(FOLDER, `${look === "wide" ? name : `${name}-${look}`}.png`));
      await context.close();
    }
    console.log(name);
  }

  async #newContext(look: Look): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ ...LOOKS[look], reducedMotion: "reduce", locale: "en-GB" });
    const { hostname } = new URL(this.#url);
    await context.addCookies(
      this.#person.cookie.split("; ").map((pair) => {
        const [name = "", ...value] = pair.split("=");
        return { name, value: value.join("="), domain: hostname, path: "/" };
      }),
    );
    return context;
  }
}

const MARGIN = 8;

/** Again where something moved meanwhile: a banner that came, a list that was fetched. */
async function shoot(page: Page, parts: readonly Locator[], path: string): Promise<void> {
  for (let clip = await findClip(page, parts); ; ) {
    await page.screenshot({ path, clip, fullPage: true, animations: "disabled", scale: "css" });
    const after = await findClip(page, parts);
    if (JSON.stringify(after) === JSON.stringify(clip)) return;
    clip = after;
  }
}

async function findClip(page: Page, parts: readonly Locator[]) {
  const boxes = (await Promise.all(parts.map((part) => part.boundingBox()))).filter((box) => box !== null);
  const [scrollX, scrollY] = await page.evaluate<[number, number]>("[window.scrollX, window.scrollY]");
  const x = Math.max(0, Math.min(...boxes.map((box) => box.x)) + scrollX - MARGIN);
  const y = Math.max(0, Math.min(...boxes.map((box) => box.y)) + scrollY - MARGIN);
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + scrollX + MARGIN;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + scrollY + MARGIN;
  return { x, y, width: right - x, height: bottom - y };
}
