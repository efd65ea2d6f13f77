/** The launcher's `files`, run for real as ourselves on folders with odd names, and read as the hub reads it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseFolder } from "../schedulers/folders.ts";
import { createExec } from "./local/exec.ts";
import { makeRecordingPrograms } from "./testing/recording-programs.ts";
import { LAUNCHER_REFUSED } from "./types.ts";

const launcher = fileURLToPath(new URL("../../share/launcher", import.meta.url));
const exec = createExec();
let site: string;

beforeEach(() => {
  site = mkdtempSync(join(tmpdir(), "fairway-site-"));
});
afterEach(() => rmSync(site, { recursive: true, force: true }));

const run = (args: readonly string[]) =>
  exec({ argv: [launcher, ...args], env: { FAIRWAY_LAUNCHER_CONF: "/dev/null" } }, { timeoutMs: 20_000 });

describe("files", () => {
  const list = async (path: string) => parseFolder((await run(["files", path])).stdout);

  test("lists one folder, in an order, whatever the names hold", async () => {
    const folder = join(site, "a b'$(id)");
    for (const name of ["sub", "sub/deeper"]) mkdirSync(join(folder, name), { recursive: true });
    for (const name of ["z\u00e9.ipynb", "two\nlines", ".hidden", "-rf", "END"]) writeFileSync(join(folder, name), "12345");
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), "");
    symlinkSync("sub", join(folder, "link"));
    symlinkSync("nowhere", join(folder, "broken"));
    const { path, parent, entries, isCut } = await list(folder);
    expect([path, parent, isCut]).toEqual([folder, site, false]);
    expect(entries.map(({ name, kind, sizeBytes }) => [name, kind, sizeBytes])).toEqual([
      ["-rf", "file", 5],
      [".hidden", "file", 5],
      ["END", "file", 5],
      ["link", "folder", null],
      ["sub", "folder", null],
      ["z\u00e9.ipynb", "file", 5],
    ]);
    for (const { modifiedAt } of entries) expect(Math.abs(modifiedAt - Date.now())).toBeLessThan(600_000);
  });

  test("'' is home; the root has no parent; an empty folder is empty", async () => {
    expect((await list("")).path).toBe(userInfo().homedir);
    expect((await list("/")).parent).toBeNull();
    mkdirSync(join(site, "empty"));
    expect((await list(join(site, "empty", "..", "empty"))).entries).toEqual([]);
  });

  test("a large folder is cut, and says so", async () => {
    for (let count = 0; count < 501; count++) writeFileSync(join(site, `file${String(count).padStart(3, "0")}`), "");
    const { entries, isCut } = await list(site);
    expect([entries.length, isCut]).toEqual([500, true]);
  });

  test("a file system that hangs does not keep it for ever: nobody but root could end what runs as the person", async () => {
    const programs = makeRecordingPrograms();
    try {
      programs.add("timeout", 'shift 3; exec "$@"');
      writeFileSync(join(site, "conf"), `PATH=${programs.directory}\n`);
      const env = { FAIRWAY_LAUNCHER_CONF: join(site, "conf") };
      const { stdout } = await exec({ argv: [launcher, "files", site], env }, { timeoutMs: 20_000 });
      expect(parseFolder(stdout).entries.map(({ name }) => name)).toEqual(["conf"]);
      expect(programs.calls("timeout").map(({ argv }) => argv.slice(0, 4))).toEqual([["-k", "5", "60", "find"]]);
    } finally {
      programs.remove();
    }
  });

  test.each(["relative", "-x", "/a\nb", "/nonexistent", `/${"x".repeat(1000)}`])("%j is refused", async (path) => {
    expect((await run(["files", path])).exitCode).toBe(LAUNCHER_REFUSED);
  });
});
