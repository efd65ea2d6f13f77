/** Pages of the built portal before the stub hub, with everything noted that a browser complains of. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { noteComplaints } from "../browser.ts";
import { SESSIONS } from "./scenes.ts";
import { type StubHub, startStubHub } from "./stub-hub.ts";

export class PortalStage {
  readonly hub: StubHub;
  readonly base: string;
  /** Errors of the page, and what the content security policy refused. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(hub: StubHub, browser: Browser) {
    this.hub = hub;
    this.base = `${hub.url}/`;
    this.#browser = browser;
  }

  static async open(browser: Browser, options: { hasDoor?: boolean } = {}): Promise<PortalStage> {
    return new PortalStage(await startStubHub(Object.values(SESSIONS), options), browser);
  }

  /** The browser stays, for the next. */
  async close(): Promise<void> {
    for (const context of this.#browser.contexts()) await context.close();
    await this.hub.end();
  }

  async newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    noteComplaints(page, this.complaints);
    return page;
  }

  /** What axe finds (by these rules alone, if some are named), and whether the page is wider than its window. */
  async faultsOf(page: Page, rules: readonly string[] = []): Promise<string[]> {
    const axe = new AxeBuilder({ page });
    const { violations } = await (rules.length === 0 ? axe : axe.withRules([...rules])).analyze();
    const tooWide = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
    const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
    return tooWide > 0 ? [...faults, `${tooWide} px too wide`] : faults;
  }
}
