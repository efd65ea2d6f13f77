/** JupyterLab inside a session: enough of it to run a cell and read what it printed. */
import type { Page } from "playwright-core";

export class JupyterPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits until JupyterLab stands. It brings thousands of modules: the first time takes long. */
  async isShown(timeoutMs: number): Promise<void> {
    await this.#page.locator("#jupyterlab-splash").waitFor({ state: "detached", timeout: timeoutMs });
    await this.#page.locator(".jp-LauncherCard, .jp-Notebook").first().waitFor({ timeout: timeoutMs });
  }

  /** Opens a new notebook with the first kernel offered, and waits until its kernel is idle. */
  async newNotebook(timeoutMs: number): Promise<void> {
    // JupyterLab opens again what was open last time; reset, it begins with its launcher.
    const url = new URL(this.#page.url());
    url.pathname = url.pathname.replace(/\/lab.*$/, "/lab");
    url.search = "?reset";
    await this.#page.goto(url.href);
    await this.isShown(timeoutMs);
    // The indicator says "idle" before the kernel is even asked: only what came over its channel counts.
    const isKernelHeard = this.#page
      .waitForEvent("websocket", { predicate: (socket) => socket.url().includes("/channels"), timeout: timeoutMs })
      .then((socket) => socket.waitForEvent("framereceived", { timeout: timeoutMs }));
    await Promise.all([isKernelHeard, this.#page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click()]);
    await this.#page.locator(".jp-Notebook .jp-Cell").first().waitFor({ timeout: timeoutMs });
    await this.#page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor({ timeout: timeoutMs });
  }

  /** Runs code in the last cell (which is empty, and is followed by a new empty one); what it printed. */
  async run(code: string, timeoutMs: number): Promise<string> {
    const cells = this.#page.locator(".jp-Notebook .jp-CodeCell");
    const cell = cells.nth((await cells.count()) - 1);
    await cell.locator(".cm-content").click();
    await this.#page.keyboard.insertText(code);
    await this.#page.keyboard.press("Shift+Enter");
    const output = cell.locator(".jp-OutputArea-output").first();
    await output.waitFor({ timeout: timeoutMs });
    return ((await output.textContent()) ?? "").trim();
  }
}
