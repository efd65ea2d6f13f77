/** A terminal in the whole window. */
import type { Page } from "playwright-core";
import { expect } from "vitest";

export class TerminalPage {
  readonly #page: Page;
  readonly #baseUrl: string;

  constructor(page: Page, baseUrl: string) {
    this.#page = page;
    this.#baseUrl = baseUrl;
  }

  async open(sessionId: string): Promise<void> {
    await this.#page.goto(new URL(`terminal/${sessionId}`, this.#baseUrl).href);
  }

  async isOpen(timeoutMs = 30_000): Promise<void> {
    await this.#page.locator('footer[data-status="open"]').waitFor({ state: "attached", timeout: timeoutMs });
  }

  /** What the screen shows, line by line. */
  async text(): Promise<string> {
    const lines = await this.#page.locator(".xterm-rows > div").allTextContents();
    // Blanks are non-breaking there.
    return lines.map((line) => line.replaceAll("\u00a0", " ").trimEnd()).join("\n");
  }

  async shows(pattern: string | RegExp): Promise<void> {
    const wanted = expect.poll(() => this.text(), { timeout: 30_000 });
    await (typeof pattern === "string" ? wanted.toContain(pattern) : wanted.toMatch(pattern));
  }

  /** A new size of the window comes to the shell in its own time: it is asked again. `pattern`: rows and columns, a line. */
  async hasSize(pattern: RegExp): Promise<void> {
    const ask = async () => {
      const text = await this.text();
      if (!pattern.test(text)) await this.run("clear; stty size");
      return text;
    };
    await expect.poll(ask, { timeout: 60_000, interval: 1000 }).toMatch(pattern);
  }

  /** Without the key that sends it. */
  async type(text: string): Promise<void> {
    await this.#page.locator(".xterm-helper-textarea").focus();
    await this.#page.keyboard.type(text);
  }

  async run(command: string): Promise<void> {
    await this.type(command);
    await this.#page.keyboard.press("Enter");
  }
}
