import { describe, expect, it } from "vitest";
import { FENCE_NAMES, findViolations } from "./fences.ts";
import { readImports, type SourceFiles } from "./imports.ts";
import { readFiles } from "./repository.ts";

const files = readFiles(/\.tsx?$/);

/** One file each that would cross the fence; `[path, text, more files…]`. */
const PLANTS: Readonly<Record<string, readonly SourceFiles[]>> = {
  "contract is pure": [
    plant({ "contract/src/planted.ts": 'import { readFile } from "node:fs/promises";' }),
    plant({ "contract/src/planted.ts": 'import React from "react";' }),
    plant({ "contract/src/planted.ts": 'export type { Job } from "@fairway/hub/schedulers/types.ts";' }),
  ],
  "workspaces meet in the contract": [
    plant({ "edge/src/planted.ts": 'import {\n  decide,\n} from "../../hub/src/index.ts";' }),
    plant({ "web/src/Planted.tsx": 'const hub = await import("@fairway/hub");' }),
    plant({ "cli/src/planted.ts": 'import "@fairway/edge/main.ts";' }),
    plant({ "door/src/planted.ts": 'import { decide } from "@fairway/hub/sessions/state.ts";' }),
    plant({ "hub/src/planted.ts": 'import { up } from "@fairway/testbed/index.ts";' }),
  ],
  "only the hub opens a database": [
    plant({ "edge/src/planted.ts": 'import { Kysely } from "kysely";' }),
    plant({ "cli/src/planted.ts": "import { DatabaseSync } from 'node:sqlite';" }),
  ],
  "a scheduler is handed its transport": [
    plant({ "hub/src/schedulers/slurm/planted.ts": 'import { createExec } from "../../transports/local/exec.ts";' }),
  ],
  "a scheduler knows no other": [plant({ "hub/src/schedulers/slurm/planted.ts": 'import { parse } from "../local/parse.ts";' })],
  "an API calls services": [
    plant({ "hub/src/http/routes/planted.ts": 'import { openStore } from "../../store/open.ts";' }),
    plant({ "hub/src/jupyterhub/planted.ts": 'import type { Exec } from "../transports/types.ts";' }),
  ],
  "nobody imports the composition root": [
    plant({ "hub/src/sessions/planted.ts": 'import { createContext } from "../context.ts";' }),
    plant({ "edge/src/planted.ts": 'import { createContext } from "@fairway/hub/context.ts";' }),
  ],
  "no cycles": [
    plant({
      "hub/src/planted-a.ts": 'export { b } from "./planted-b.ts";',
      "hub/src/planted-b.ts": 'import { c } from "./deep/planted-c.ts";',
      "hub/src/deep/planted-c.ts": 'import type { A } from "../planted-a.ts";',
    }),
    plant({ "hub/src/planted.ts": 'import { me } from "./planted.ts";' }),
  ],
};

function plant(planted: Readonly<Record<string, string>>): SourceFiles {
  return new Map(Object.entries(planted));
}

describe("the fences of the house", () => {
  it("hold in every file", () => {
    expect(findViolations(files)).toEqual([]);
  });

  it("see the imports that are there", () => {
    const seen = readImports(files).map(({ from, to }) => `${from} ${to}`);
    expect(seen).toContain("contract/src/api.ts contract/src/sessions.ts");
    expect(seen).toContain("hub/src/schedulers/types.ts hub/src/transports/types.ts");
    expect(seen).toContain("contract/src/names.ts zod");
  });

  it("have a planted violation each", () => {
    expect(Object.keys(PLANTS).sort()).toEqual([...FENCE_NAMES].sort());
  });

  for (const [fence, plants] of Object.entries(PLANTS)) {
    it.each(plants.map((planted) => ({ planted, name: [...planted.keys()].join(", ") })))(`catch "${fence}" in $name`, ({ planted }) => {
      const caught = findViolations(new Map([...files, ...planted])).filter(({ from }) => planted.has(from));
      expect(caught.map((violation) => violation.fence)).toContain(fence);
    });
  }

  it("let tests build the real thing around what they test", () => {
    const test = plant({ "hub/src/schedulers/slurm/planted.system.test.ts": 'import { upTestbed } from "@fairway/testbed/index.ts";' });
    expect(findViolations(test)).toEqual([]);
  });
});
