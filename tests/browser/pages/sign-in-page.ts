/** The sign-in page, as a person uses it. */
import type { Page } from "playwright-core";

export class SignInPage {
  readonly #page: Page;
  readonly #baseUrl: string;

  /** @param baseUrl where Fairway is, with its last slash: `http://127.0.0.1:8000/jupyter/` */
  constructor(page: Page, baseUrl: string) {
    this.#page = page;
    this.#baseUrl = baseUrl;
  }

  async open(): Promise<void> {
    await this.#page.goto(new URL("hub/login", this.#baseUrl).href);
    await this.isShown();
  }

  /** Resolves once the form is there; rejects when it does not come. */
  async isShown(): Promise<void> {
    await this.#page.getByLabel("User name").waitFor();
  }

  /** Resolves once the portal, an app or an error has answered; the caller looks which. */
  async signIn(username: string, password: string): Promise<void> {
    await this.#page.getByLabel("User name").fill(username);
    await this.#page.getByLabel("Password", { exact: true }).fill(password);
    await this.#page.getByRole("button", { name: /^Sign in/ }).click();
    await this.#page.locator("main h1").or(this.#page.getByText("is wrong")).or(this.#page.getByRole("alert")).first().waitFor();
  }

  async signOut(): Promise<void> {
    await this.#page.getByRole("button", { name: /your menu$/ }).click();
    await this.#page.getByRole("menuitem", { name: "Sign out" }).click();
    await this.isShown();
  }

  async problem(): Promise<string> {
    const problem = this.#page.getByText("is wrong").or(this.#page.getByRole("alert"));
    return (await problem.first().textContent()) ?? "";
  }
}
