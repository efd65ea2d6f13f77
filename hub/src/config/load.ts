/**
 * fairway.yaml -> one frozen, typed Config. This folder is the only reader of configuration on disk;
 * everything else is handed what it needs. It does not touch the network and starts nothing.
 */
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { ensureConsistent } from "./consistency.ts";
import { ConfigError, type ConfigProblem } from "./problems.ts";
import { ConfigFile } from "./schema.ts";
import { suggest } from "./suggest.ts";

export type Config = Readonly<ConfigFile>;
export type ClusterConfig = Config["clusters"][string];
export type ProfileConfig = Config["profiles"][number];
export type AppConfig = Config["apps"][string];

/** @throws ConfigError with every problem found. */
export function loadConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(file, [{ path: "", message: `cannot be read (${cause instanceof Error ? cause.message : String(cause)})` }]);
  }
  return parseConfig(text, file);
}

/** @throws ConfigError */
export function parseConfig(text: string, file = "fairway.yaml"): Config {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0)
    throw new ConfigError(
      file,
      document.errors.map((error) => ({ path: "", message: error.message })),
    );
  const parsed = ConfigFile.safeParse(document.toJS() ?? {});
  if (!parsed.success)
    throw new ConfigError(
      file,
      parsed.error.issues.flatMap((issue) => toProblems(issue)),
    );
  const problems = ensureConsistent(parsed.data);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return deepFreeze(parsed.data);
}

function toProblems(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[] = []): ConfigProblem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: unknownKey(key, path) }));
  }
  if (issue.code === "invalid_union") {
    // The branch with the fewest complaints is the one that was meant.
    const nearest = [...issue.errors].sort((a, b) => a.length - b.length)[0];
    if (nearest !== undefined && nearest.length > 0) return nearest.flatMap((inner) => toProblems(inner, path));
  }
  return [{ path: path.join("."), message: issue.message }];
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const near = suggest(key, keysAt(path));
  return near === null ? "is not known here" : `is not known here; did you mean "${near}"?`;
}

/** The keys that the schema knows at a path, as far as it can be followed. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schemas: unknown[] = [ConfigFile];
  for (const step of path) schemas = schemas.flatMap((schema) => descend(schema, step));
  return schemas.flatMap((schema) => Object.keys(shapeOf(schema) ?? {}));
}

function descend(schema: unknown, step: PropertyKey): unknown[] {
  return unwrap(schema).flatMap((inner) => {
    const shape = shapeOf(inner);
    if (shape !== null) return [shape[String(step)]].filter((next) => next !== undefined);
    const def = defOf(inner);
    return [def.element, def.valueType].filter((next) => next !== undefined);
  });
}

function unwrap(schema: unknown): unknown[] {
  const def = defOf(schema);
  if (Array.isArray(def.options)) return def.options.flatMap((option) => unwrap(option));
  if (def.innerType !== undefined) return unwrap(def.innerType);
  return [schema];
}

function shapeOf(schema: unknown): Record<string, unknown> | null {
  for (const inner of unwrap(schema)) {
    const shape = defOf(inner).shape;
    if (typeof shape === "object" && shape !== null) return shape as Record<string, unknown>;
  }
  return null;
}

function defOf(schema: unknown): Record<string, unknown> {
  return (schema as { def?: Record<string, unknown> } | undefined)?.def ?? {};
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
