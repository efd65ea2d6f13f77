/** One session's page: its state, its log, and what can be done to it. */
import type { Locator, Page } from "playwright-core";

export class SessionPage {
  readonly #page: Page;
  readonly #baseUrl: string;

  constructor(page: Page, baseUrl: string) {
    this.#page = page;
    this.#baseUrl = baseUrl;
  }

  async open(id: string): Promise<void> {
    await this.#page.goto(new URL(`sessions/${id}`, this.#baseUrl).href);
    await this.#view().waitFor();
  }

  async state(): Promise<string> {
    return (await this.#view().getAttribute("data-state")) ?? "";
  }

  /** Waits until the page, by itself, shows one of these states; which. */
  async waitForState(states: readonly string[], timeoutMs: number): Promise<string> {
    const selector = states.map((state) => `article[data-state="${state}"]`).join(", ");
    await this.#page.locator(selector).waitFor({ timeout: timeoutMs });
    return this.state();
  }

  /** Each step with what a screen reader hears of it: "Sent to the cluster: done". */
  async steps(): Promise<string[]> {
    const texts = await this.#page.locator('ol[aria-label="Steps"] li > span:first-of-type').allTextContents();
    return texts.map((text) => text.trim());
  }

  /** The facts beside the log, as label -> value. */
  async facts(): Promise<Record<string, string>> {
    const lines = await this.#page.locator('aside[aria-label="Facts"] dl > div').allInnerTexts();
    return Object.fromEntries(lines.map((line) => line.split(/\s*\n\s*/, 2)));
  }

  log(): Locator {
    return this.#page.getByLabel("Text of the log");
  }

  /** Goes into the app, in this tab. */
  async openApp(): Promise<void> {
    await this.#view()
      .getByRole("link", { name: /^Open / })
      .click();
  }

  /** Stops (or, while it waits, cancels) the session by way of the dialog. */
  async stop(): Promise<void> {
    await this.#view()
      .getByRole("button", { name: /^(?:Stop|Cancel) / })
      .click();
    const dialog = this.#page.getByRole("dialog");
    await dialog.getByRole("button", { name: /session$/ }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** The id of the session that begins. */
  async relaunch(): Promise<string> {
    const before = await this.#view().getAttribute("data-session");
    await this.#view().getByRole("button", { name: "Relaunch" }).click();
    await this.#page.locator(`article[data-session]:not([data-session="${before}"])`).waitFor();
    return (await this.#view().getAttribute("data-session")) ?? "";
  }

  #view(): Locator {
    return this.#page.locator("article[data-session]");
  }
}
