import { parseConfig } from "@fairway/hub/config/load.ts";
import { expect, it } from "vitest";
import { CONFIG_PAGE, generateConfigPage } from "../script/generate-config-docs.ts";
import { readText } from "./repository.ts";

it("has the reference of the configuration as the schema has it (else run script/generate-config-docs.ts)", () => {
  const text = readText(CONFIG_PAGE);
  expect(generateConfigPage(text)).toBe(text);
});

it("says what each key is", () => {
  const rows = [...readText(CONFIG_PAGE).matchAll(/^\| `[^`]+` +\| .*$/gm)].map(([row]) => row);
  expect(rows.length).toBeGreaterThan(80);
  expect(rows.filter((row) => / \| +\|$/.test(row))).toEqual([]);
});

const pages = [CONFIG_PAGE, "docs/installation.md"];
const examples = pages.flatMap((page) =>
  [...readText(page).matchAll(/^```yaml\n# .*fairway\.yaml\n([\s\S]*?)^```/gm)].map((match) => [page, match[1] ?? ""] as const),
);

it("finds the examples", () => expect(examples.length).toBeGreaterThanOrEqual(2));

it.each(examples)("an example in %s is a valid configuration", (_, text) => {
  expect(() => parseConfig(text)).not.toThrow();
});
