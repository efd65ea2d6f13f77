/**
 * Writes the reference in docs/configuration.md from the schema of fairway.yaml: all keys with type,
 * default and words. The text around it is by hand. A test says when it is out of date.
 *
 *   node script/generate-config-docs.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ConfigFile } from "@fairway/hub/config/schema.ts";
import { z } from "zod";
import { table } from "./markdown-table.ts";

export const CONFIG_PAGE = "docs/configuration.md";
const BEGIN = "<!-- Reference: written by script/generate-config-docs.ts from hub/src/config/schema.ts -->";
const END = "<!-- End of the reference -->";

interface Json {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly items?: Json;
  readonly additionalProperties?: Json | false;
  readonly anyOf?: readonly Json[];
}

interface Section {
  readonly path: string;
  readonly about: string;
  readonly shape: Json;
}

/** The page's text with its reference made anew. @throws when the marks are missing */
export function generateConfigPage(text: string): string {
  const [before, rest] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || rest < before) throw new Error(`${CONFIG_PAGE} has lost the marks between which the reference stands`);
  const root = z.toJSONSchema(ConfigFile, { io: "input", unrepresentable: "any" }) as Json;
  return `${text.slice(0, before)}${BEGIN}\n\n${toReference(root)}\n\n${text.slice(rest)}`;
}

function toReference(root: Json): string {
  const parts: string[] = [];
  const sections: Section[] = [{ path: "", about: "The file's own keys.", shape: root }];
  for (let section = sections.shift(); section !== undefined; section = sections.shift()) {
    const { path, about, shape } = section;
    const keys = Object.entries(shape.properties ?? {});
    const inner = keys.flatMap(([key, value]) => sectionsOf(path === "" ? key : `${path}.${key}`, value));
    const rows = keys.map(([key, value]) => toRow(key, value, shape.required?.includes(key) === true));
    parts.push(`### ${path === "" ? "Top level" : `\`${path}\``}`, about, table(["key", "value", "unless told", "what it is"], rows));
    sections.unshift(...inner);
  }
  return parts.join("\n\n");
}

/** The objects at a key get sections of their own; those of a union one each, told apart by a key that only they have. */
function sectionsOf(path: string, value: Json): Section[] {
  if (value.anyOf !== undefined) {
    const objects = value.anyOf.flatMap((one) => one.anyOf ?? [one]).filter((one) => one.properties !== undefined);
    return objects.map((shape) => ({ path: `${path}${objects.length > 1 ? ` (${nameOf(shape)})` : ""}`, about: firstUpper(value), shape }));
  }
  if (value.items !== undefined) return sectionsOf(`${path}[]`, { ...value.items, ...describedAs(value) });
  if (value.properties !== undefined) return [{ path, about: firstUpper(value), shape: value }];
  if (value.additionalProperties) return sectionsOf(`${path}.NAME`, { ...value.additionalProperties, ...describedAs(value) });
  return [];
}

function nameOf(shape: Json): string {
  const kind = shape.properties?.kind?.const;
  return kind === undefined ? `with ${shape.required?.[0] ?? ""}` : `kind: ${String(kind)}`;
}

const describedAs = ({ description }: Json) => (description === undefined ? {} : { description });

function firstUpper({ description = "" }: Json): string {
  return `${description.charAt(0).toUpperCase()}${description.slice(1)}.`;
}

function toRow(key: string, value: Json, isRequired: boolean): string[] {
  const fallback = isRequired ? "(required)" : value.default === undefined ? "" : `\`${toYaml(value.default)}\``;
  return [`\`${key}\``, toType(value), fallback, value.description ?? ""].map((cell) => cell.replaceAll("|", "\\|"));
}

function toType(value: Json): string {
  if (value.anyOf !== undefined) return [...new Set(value.anyOf.map(toType))].join(" or ");
  if (value.const !== undefined) return `\`${toYaml(value.const)}\``;
  if (value.enum !== undefined) return value.enum.map((one) => `\`${toYaml(one)}\``).join(", ");
  if (value.title !== undefined) return value.title;
  if (value.format === "uri") return "URL";
  if (value.format !== undefined) return FORMATS[value.format] ?? value.format;
  if (value.type === "array")
    return value.items?.properties || value.items?.anyOf?.[0]?.properties ? "list" : `list of ${toType(value.items ?? {})}`;
  if (value.type === "object") return value.properties ? "see below" : "by name";
  if (value.type === "integer" || value.type === "number") return toNumber(value);
  if (value.type === "boolean") return "`true`, `false`";
  if (typeof value.type === "object") return value.type.map((type) => toType({ type })).join(" or ");
  return value.type === "string" ? "text" : (value.type ?? "");
}

const FORMATS: Readonly<Record<string, string>> = {
  includes: "text",
  cidrv4: "network",
  cidrv6: "network",
  ipv4: "address",
  ipv6: "address",
};

function toNumber({ minimum, maximum }: Json): string {
  const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return isBounded ? `${minimum} to ${maximum}` : "number";
}

function toYaml(value: unknown): string {
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}

if (import.meta.main) {
  const page = new URL(`../${CONFIG_PAGE}`, import.meta.url);
  writeFileSync(page, generateConfigPage(readFileSync(page, "utf8")));
}
