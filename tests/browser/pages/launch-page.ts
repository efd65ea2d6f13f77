/** The launch form of one profile. */
import type { Page } from "playwright-core";

export class LaunchPage {
  readonly #page: Page;
  readonly #baseUrl: string;

  constructor(page: Page, baseUrl: string) {
    this.#page = page;
    this.#baseUrl = baseUrl;
  }

  /** @param options as they stand in the address: option name -> value */
  async open(profile: string, options: Readonly<Record<string, string>> = {}): Promise<void> {
    const url = new URL(`launch/${profile}`, this.#baseUrl);
    url.search = new URLSearchParams(options).toString();
    await this.#page.goto(url.href);
    await this.isShown();
  }

  async isShown(): Promise<void> {
    await this.#launchButton().waitFor();
  }

  /** Sets a number, text or list by its option's name. */
  async fill(option: string, value: string): Promise<void> {
    await this.#page.locator(`[name="${option}"]`).fill(value);
  }

  /** Chooses one of a few, by its label. */
  async choose(label: string): Promise<void> {
    await this.#page.getByRole("radio", { name: label }).check();
  }

  /** What the form adds up to, as label -> value. */
  async summary(): Promise<Record<string, string>> {
    const lines = await this.#page.locator("aside dl > div").allInnerTexts();
    return Object.fromEntries(lines.map((line) => line.split(/\s*\n\s*/, 2)));
  }

  /** Launches and waits for the session's page; its id. */
  async launch(): Promise<string> {
    await this.#launchButton().click();
    const article = this.#page.locator("article[data-session]");
    await article.waitFor();
    return (await article.getAttribute("data-session")) ?? "";
  }

  /** Tries to launch something that is not allowed; what the page says then. */
  async launchRefused(): Promise<string> {
    await this.#launchButton().click();
    const problem = this.#page.getByRole("alert").or(this.#page.getByText("Change the marked fields first."));
    await problem.first().waitFor();
    return (await this.#page.locator("form").allInnerTexts()).join("\n");
  }

  #launchButton() {
    return this.#page.getByRole("button", { name: /^Launch / });
  }
}
