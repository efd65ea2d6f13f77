// The one file that says what a testbed was asked to be. It is written when its layer is whole.
import { existsSync, readdirSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestbedError } from "./errors.ts";
import { isSlurmVersion, type Layout, planLayout, type TestbedSpec } from "./layout.ts";
import { type Paths, testbedDir } from "./paths.ts";

export interface TestbedState {
  readonly layout: Layout;
  /** The overlay layers below the testbed's own. */
  readonly lower: readonly string[];
}

/** What a testbed stands on; undefined when there is none, or only the rest of one that was never whole. */
export async function readState(paths: Paths, name: string): Promise<TestbedState | undefined> {
  const file = join(testbedDir(paths, name), "testbed.json");
  if (!existsSync(file)) return undefined;
  const stored: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!isStored(stored)) throw new TestbedError(`${file} cannot be read: run testbed down --name ${name}.`);
  return { layout: planLayout(stored.spec, stored.octet), lower: stored.lower };
}

/** @throws TestbedError when there is no such testbed. */
export async function requireState(paths: Paths, name: string): Promise<TestbedState> {
  const state = await readState(paths, name);
  if (state) return state;
  const others = listTestbeds(paths);
  const hint = others.length > 0 ? `There are: ${others.join(", ")}.` : "Run testbed up.";
  throw new TestbedError(`There is no testbed "${name}". ${hint}`);
}

export async function writeState(paths: Paths, state: TestbedState): Promise<void> {
  const file = join(testbedDir(paths, state.layout.spec.name), "testbed.json");
  const { spec, octet } = state.layout;
  await writeFile(`${file}.new`, `${JSON.stringify({ spec, octet, lower: state.lower }, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** The names that have a folder, whole or not. */
export function listTestbeds(paths: Paths): string[] {
  return existsSync(paths.state) ? readdirSync(paths.state) : [];
}

function isStored(value: unknown): value is { spec: TestbedSpec; octet: number; lower: string[] } {
  if (typeof value !== "object" || value === null || !("spec" in value && "octet" in value && "lower" in value)) return false;
  const { spec, octet, lower } = value;
  if (typeof octet !== "number" || !Array.isArray(lower) || typeof spec !== "object" || spec === null) return false;
  return "name" in spec && "slurm" in spec && typeof spec.slurm === "string" && isSlurmVersion(spec.slurm);
}
