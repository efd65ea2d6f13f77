/** Keys, certificates and programs that ask to be signed in, before a stub hub. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { TokensPage } from "./pages/tokens-page.ts";
import { PortalStage } from "./stub/portal-stage.ts";
import { WAITING_CODE } from "./stub/ssh-api.ts";

let browser: Browser;
let stage: PortalStage;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  stage = await PortalStage.open(browser);
});
afterEach(async () => {
  await stage.close();
  expect(stage.complaints).toEqual([]);
});

const PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@desk";

async function openTokens(page: Page): Promise<void> {
  await new TokensPage(page, stage.base).open();
  await page.getByRole("heading", { name: "How to connect" }).waitFor();
}

test.each([
  { width: 1280, colorScheme: "light", rules: [] },
  // The narrow and dark look can spoil the contrast; the rest is the same page.
  { width: 320, colorScheme: "dark", rules: ["color-contrast"] },
] as const)("axe finds no fault at $width px, $colorScheme", async ({ width, colorScheme, rules }) => {
  const page = await stage.newPage({ viewport: { width, height: 800 }, colorScheme });
  const faults: Record<string, string[]> = {};
  await openTokens(page);
  await page.getByText("SHA256:+DiY").first().waitFor();
  faults.tokens = await stage.faultsOf(page, rules);
  await page.getByRole("button", { name: "Add key" }).click();
  await page.getByRole("dialog").getByLabel("Public key").waitFor();
  faults.dialog = await stage.faultsOf(page, rules);
  for (const [name, path, heading] of [
    ["device", `device?code=${WAITING_CODE}`, /Sign “fairway on login1” in as alice/],
    ["code", "device", /Sign a program in/],
    ["over", "device?code=ZZZZ-ZZZZ", /No program waits/],
  ] as const) {
    await page.goto(stage.base + path);
    await page.getByRole("heading", { name: heading }).waitFor();
    faults[name] = await stage.faultsOf(page, rules);
  }
  expect(faults).toEqual({ tokens: [], dialog: [], device: [], code: [], over: [] });
});

describe("SSH keys", () => {
  test("are added by pasting or dropping the file, shown with their use, and removed", async () => {
    const page = await stage.newPage();
    await openTokens(page);
    const table = page.getByRole("table", { name: "Your SSH keys" });
    expect(await table.getByRole("row").nth(1).textContent()).toMatch(/laptop.*SHA256:\+DiY.*5 min ago/);

    await page.getByRole("button", { name: "Add key" }).click();
    const dialog = page.getByRole("dialog");
    const field = dialog.getByLabel("Public key");
    // What a drop of a file is, in a browser without a desktop.
    await field.evaluate((area, text) => {
      const { DataTransfer, DragEvent, File } = globalThis as unknown as Record<
        string,
        new (
          ...args: unknown[]
        ) => { items: { add(file: unknown): void } }
      >;
      const data = new DataTransfer!();
      data.items.add(new File!([text], "id_ed25519.pub"));
      (area as unknown as { dispatchEvent(event: unknown): void }).dispatchEvent(
        new DragEvent!("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
      );
    }, `${PUBLIC}\n`);
    await expect.poll(() => field.inputValue()).toBe(`${PUBLIC}\n`);
    await dialog.getByRole("button", { name: "Add key" }).click();
    await table.getByRole("row", { name: "alice@desk" }).waitFor();

    await page.getByRole("button", { name: "Remove laptop" }).click();
    await dialog.getByText(/shells, copies and forwards that it opened are cut/).waitFor();
    await dialog.getByRole("button", { name: "Remove key" }).click();
    await table.getByRole("row", { name: "laptop" }).waitFor({ state: "detached" });
    expect(stage.hub.asked).toEqual(["POST /api/v1/ssh-keys", "DELETE /api/v1/ssh-keys/sshkey222222"]);
  });

  test("a private key is recognised and goes nowhere", async () => {
    const page = await stage.newPage();
    await openTokens(page);
    await page.getByRole("button", { name: "Add key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Public key").fill("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA");
    await dialog.getByText(/This is a private key/).waitFor();
    expect(await dialog.getByRole("button", { name: "Add key" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Public key").press("Enter");
    expect(stage.hub.asked).toEqual([]);
  });

  test("a certificate is revoked", async () => {
    const page = await stage.newPage();
    await openTokens(page);
    await page.getByRole("button", { name: "Revoke certif222222" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke certificate" }).click();
    await page.getByText("None at the moment.").waitFor();
    expect(stage.hub.asked).toEqual(["DELETE /api/v1/certificates/certif222222"]);
  });

  test("the way in is told, with the host's fingerprint", async () => {
    const page = await stage.newPage();
    await openTokens(page);
    const section = page.locator("section", { has: page.getByRole("heading", { name: "How to connect" }) });
    await section.getByText("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU").waitFor();
    expect(await section.textContent()).toMatch(
      /ssh -p 8022 alice@hub\.example\.org.*fairway login --url http:.*fairway ssh-config --write.*Remote-SSH/,
    );
  });
});

test("a site without a door says so, and nothing else of SSH", async () => {
  const bare = await PortalStage.open(browser, { hasDoor: false });
  const page = await bare.newPage();
  await new TokensPage(page, bare.base).open();
  await page.getByText("This site does not offer SSH into sessions.").waitFor();
  expect(await page.getByRole("button", { name: "Add key" }).count()).toBe(0);
  await bare.close();
});

describe("a program that asks to be signed in", () => {
  test("is shown with code, name, address and age, and signed in by a click", async () => {
    const page = await stage.newPage();
    await page.goto(`${stage.base}device?code=${WAITING_CODE}`);
    await page.getByRole("heading", { name: "Sign “fairway on login1” in as alice?" }).waitFor();
    expect(await page.locator("main").textContent()).toMatch(/ABCD-EF23.*fairway on login1.*192\.0\.2\.17.*(?:just now|ago)/);
    await page.getByRole("button", { name: "Sign it in as alice" }).click();
    await page.getByRole("heading", { name: "“fairway on login1” is signed in as alice" }).waitFor();
    expect(stage.hub.asked).toEqual([`POST /api/v1/device-sign-ins/${WAITING_CODE}`]);
    await page.reload();
    await page.getByRole("heading", { name: "No program waits with this code" }).waitFor();
    expect(await page.locator("main").textContent()).not.toMatch(/nothing was signed in/i);
    await page
      .getByText(/If you confirmed it, the program is signed in/)
      .getByRole("link", { name: "your tokens" })
      .click();
    await page.getByRole("heading", { name: "Tokens and keys", exact: true }).waitFor();
  });

  test("is refused, by keyboard alone, after the code was typed in one's own way", async () => {
    const page = await stage.newPage();
    await page.goto(`${stage.base}device`);
    await page.getByLabel("Code").fill("abcd");
    await page.keyboard.press("Enter");
    await page.getByText(/A code is eight letters and digits/).waitFor();
    await page.getByLabel("Code").fill("abcd ef23");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Refuse" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Refused" }).waitFor();
  });
});
