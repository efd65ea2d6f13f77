import { execFileSync, spawnSync } from "node:child_process";
import { posix } from "node:path";
import { buildProgram } from "@fairway/cli/build-program.ts";
import { OPERATOR_VERBS } from "@fairway/cli/operator.ts";
import { createProgram as createHubProgram } from "@fairway/hub/commands/program.ts";
import { describe, expect, it } from "vitest";
import { generateDocs } from "../script/generate-docs.ts";
import { listFiles, ROOT, readText } from "./repository.ts";
import { findStale, type Nameable } from "./stale-docs.ts";

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const files = listFiles(/./);
const pages = files.filter((path) =>
  /^(README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|SECURITY)\.md$|^(docs|testbed|deploy)\/.*\.md$/.test(path),
);
const manifests = new Map(
  files.filter((path) => /^([\w-]+\/)?package\.json$/.test(path)).map((path) => [path, JSON.parse(readText(path)) as Manifest]),
);
const nameable = collectNameable();

function collectNameable(): Nameable {
  const folders = files.flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  });
  const scripts = [...manifests].flatMap(([path, { name, scripts = {} }]) => {
    const names = new Set(Object.keys(scripts));
    return path === "package.json" ? [["", names] as const] : [[posix.dirname(path), names] as const, [name, names] as const];
  });
  return {
    paths: new Set([...files, ...folders]),
    npmScripts: new Map(scripts),
    verbs: { fairway: new Set([...readCliVerbs(), ...listVerbs(createHubProgram())]), testbed: readTestbedVerbs() },
    isIgnored: (path) => spawnSync("git", ["-C", ROOT, "check-ignore", "-q", path]).status === 0,
  };
}

function readCliVerbs(): readonly string[] {
  const { env, stdin, stdout, stderr } = process;
  return listVerbs(buildProgram({ env, stdin, stdout, stderr, signal: new AbortController().signal, now: Date.now }));
}

function listVerbs(program: ReturnType<typeof createHubProgram>): readonly string[] {
  return program.commands.flatMap((command) => [command.name(), ...command.commands.map((one) => `${command.name()} ${one.name()}`)]);
}

function readTestbedVerbs(): ReadonlySet<string> {
  const help = execFileSync(process.execPath, [`${ROOT}/testbed/src/main.ts`, "help"], { encoding: "utf8" });
  return new Set([...help.matchAll(/^ +testbed (\w+)/gm)].map((match) => match[1] ?? ""));
}

describe("the documentation", () => {
  it.each(pages)("%s names nothing that is not there", (path) => {
    expect(findStale(path, readText(path), nameable)).toEqual([]);
  });

  it.each([
    ["a link", "See [how](docs/gone.md#part).", "docs/gone.md"],
    ["a picture", "![home](docs/screenshots/gone.png)", "docs/screenshots/gone.png"],
    ["a path", "It stands in `hub/src/gone.ts`.", "hub/src/gone.ts"],
    ["a path in a block", "```sh\nsh script/gone --now\n```\n", "script/gone"],
    ["an npm script", "Run `npm run gone`.", "npm run gone"],
    ["a workspace's npm script", "Run `npm run gone --workspace web`.", "npm run gone --workspace web"],
    ["a verb of the CLI", "Run `fairway lunch jupyterlab`.", "fairway lunch"],
    ["a second verb", "```\n$ script/fairway token forget\n```\n", "fairway token forget"],
    ["a verb of the testbed", "`testbed explode`", "testbed explode"],
  ])("is caught naming %s that is not there", (_, text, stale) => {
    expect(findStale("README.md", text, nameable)).toEqual([stale]);
  });

  it("may name what is there, patterns, and other people's things", () => {
    const text = [
      "[contract](contract/src) and `hub/src/schedulers/NAME/parse.ts`, `./script/setup`, `/etc/fairway/fairway.yaml`, `web/dist/index.html`",
      "`npm run test:unit`, `npm run build -w web`, `fairway launch PROFILE`, `fairway token create`, `testbed up`, `the account fairway has`",
      "[slurm](https://slurm.schedmd.com/) `hub/src/*.ts` `docs/decisions/NNNN-*.md`",
    ].join("\n");
    expect(findStale("README.md", text, nameable)).toEqual([]);
  });

  it.each([...generateDocs()])("%s is as the contract has it (else run script/generate-docs.ts)", (path, text) => {
    expect(readText(path)).toBe(text);
  });

  it("of the command line names the operator's verbs that the hub has", () => {
    const verbs = createHubProgram().commands.map((command) => command.name());
    expect(OPERATOR_VERBS.toSorted()).toEqual(verbs.toSorted());
  });

  it("gives a reason for each direct dependency, and for nothing else", () => {
    const direct = [...manifests.values()].flatMap(({ dependencies, devDependencies, optionalDependencies }) =>
      Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }),
    );
    const listed = [...readText("docs/dependencies.md").matchAll(/^\| `([^`]+)` +\| (.{10,}?) +\|$/gm)].map((match) => match[1] ?? "");
    expect(listed.toSorted()).toEqual([...new Set(direct)].toSorted());
  });
});
