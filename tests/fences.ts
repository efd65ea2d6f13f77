/**
 * The fences of the house: who may import whom. Each is a row of a table; what a row forbids stands
 * in ARCHITECTURE.md in words. `fences.test.ts` plants a violation of every row.
 */
import { findCycles, type Import, readImports, type SourceFiles } from "./imports.ts";

export interface Violation {
  readonly fence: string;
  readonly from: string;
  readonly to: string;
}

/** What the code of each workspace may import of ours; its tests may also start a testbed. */
const WORKSPACES: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  hub: ["contract"],
  edge: ["contract"],
  door: ["contract"],
  web: ["contract"],
  cli: ["contract"],
  testbed: [],
};

const DATABASES = ["kysely", "pg", "node:sqlite"];

type Fence = (edge: Import) => boolean;

/** True means: this import is forbidden. */
const FENCES: Readonly<Record<string, Fence>> = {
  "contract is pure": ({ from, to }) => workspaceOf(from) === "contract" && !isTest(from) && workspaceOf(to) !== "contract" && to !== "zod",
  "workspaces meet in the contract": ({ from, to }) => {
    const [importer, imported] = [workspaceOf(from), workspaceOf(to)];
    const allowed = importer === null ? undefined : WORKSPACES[importer];
    if (allowed === undefined || imported === null || imported === importer) return false;
    return !allowed.includes(imported) && !(isTest(from) && imported === "testbed");
  },
  "only the hub opens a database": ({ from, to }) =>
    workspaceOf(from) !== "hub" && WORKSPACES[workspaceOf(from) ?? ""] !== undefined && DATABASES.includes(to),
  "a scheduler is handed its transport": ({ from, to }) =>
    schedulerOf(from) !== null && !isTest(from) && to.startsWith("hub/src/transports/") && to !== "hub/src/transports/types.ts",
  "a scheduler knows no other": ({ from, to }) => {
    const [importer, imported] = [schedulerOf(from), schedulerOf(to)];
    return importer !== null && imported !== null && importer !== imported;
  },
  "an API calls services": ({ from, to }) =>
    /^hub\/src\/(http|jupyterhub)\//.test(from) && !isTest(from) && /^hub\/src\/(store|schedulers|transports)\//.test(to),
  "nobody imports the composition root": ({ from, to }) =>
    to === "hub/src/context.ts" && !isTest(from) && from !== "hub/src/main.ts" && !from.startsWith("hub/src/commands/"),
};

const CYCLE = "no cycles";

export const FENCE_NAMES: readonly string[] = [...Object.keys(FENCES), CYCLE];

export function findViolations(files: SourceFiles): readonly Violation[] {
  const imports = readImports(files);
  const crossed = Object.entries(FENCES).flatMap(([fence, forbids]) => imports.filter(forbids).map((edge) => ({ fence, ...edge })));
  const cycles = findCycles(imports).map((cycle) => ({ fence: CYCLE, from: cycle[0] ?? "", to: cycle.slice(1).join(" -> ") }));
  return [...crossed, ...cycles];
}

function workspaceOf(path: string): string | null {
  return /^([a-z]+)\//.exec(path)?.[1] ?? null;
}

function schedulerOf(path: string): string | null {
  const [, folder = "testing"] = /^hub\/src\/schedulers\/([a-z-]+)\//.exec(path) ?? [];
  return folder === "testing" ? null : folder;
}

/** Tests, and what only tests use: they may build the real thing around what they test. */
function isTest(path: string): boolean {
  return path.startsWith("tests/") || /\.test\.tsx?$/.test(path) || path.includes("/testing/");
}
