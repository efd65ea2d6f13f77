/** The tokens page. */
import type { Page } from "playwright-core";

export class TokensPage {
  readonly #page: Page;
  readonly #baseUrl: string;

  constructor(page: Page, baseUrl: string) {
    this.#page = page;
    this.#baseUrl = baseUrl;
  }

  async open(): Promise<void> {
    await this.#page.goto(new URL("hub/token", this.#baseUrl).href);
    await this.#page.getByRole("heading", { name: "Tokens and keys", exact: true }).waitFor();
  }

  /** Makes a token with the default scope and life; its value, as shown this once. */
  async create(note: string): Promise<string> {
    await this.#page.getByRole("button", { name: "Create token" }).click();
    const dialog = this.#page.getByRole("dialog");
    await dialog.getByLabel("What is it for?").fill(note);
    await dialog.getByRole("button", { name: "Create token" }).click();
    return (await this.#page.locator("[data-token]").textContent()) ?? "";
  }

  /** What the tokens on the page are for. */
  async notes(): Promise<string[]> {
    return this.#page.getByRole("table", { name: "Your tokens" }).locator("tbody th").allInnerTexts();
  }

  async revoke(note: string): Promise<void> {
    await this.#page.getByRole("button", { name: `Revoke ${note}`, exact: true }).click();
    await this.#page.getByRole("dialog").getByRole("button", { name: "Revoke token" }).click();
    await this.#page.getByRole("row", { name: note }).waitFor({ state: "detached" });
  }
}
