/** Home: session cards and what can be started. */
import type { Locator, Page } from "playwright-core";

export class HomePage {
  readonly #page: Page;
  readonly #baseUrl: string;

  constructor(page: Page, baseUrl: string) {
    this.#page = page;
    this.#baseUrl = baseUrl;
  }

  async open(): Promise<void> {
    await this.#page.goto(new URL("hub/home", this.#baseUrl).href);
    await this.isShown();
  }

  async isShown(): Promise<void> {
    await this.#page.getByRole("heading", { name: "Your sessions" }).waitFor();
  }

  /** The card of a session; of the newest one where no id is given. */
  card(sessionId?: string): Locator {
    return sessionId === undefined
      ? this.#page.locator("article[data-session]").first()
      : this.#page.locator(`article[data-session="${sessionId}"]`);
  }

  cards(): Locator {
    return this.#page.locator("article[data-session]");
  }

  /** The names of the profiles offered, in the order shown. */
  async profiles(): Promise<string[]> {
    const tiles = this.#page.locator("a[data-profile]");
    await tiles.first().waitFor();
    const names = [];
    for (const tile of await tiles.all()) names.push((await tile.getAttribute("data-profile")) ?? "");
    return names;
  }

  /** Goes to the launch page of a profile, by its tile. */
  async start(profile: string): Promise<void> {
    await this.#page.locator(`a[data-profile="${profile}"]`).click();
  }
}
