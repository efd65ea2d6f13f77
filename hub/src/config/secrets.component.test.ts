/** The master key on a real disk: private, whole, the same for all, and never made anew over a damaged one. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createOnce, derive, loadMasterKey, MASTER_KEY_BYTES } from "./secrets.ts";

let stateDir: string;
const file = () => join(stateDir, "secrets", "master.key");

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "fw-secrets-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

test("made at the first start, and the same ever after; nobody else can read it", () => {
  const key = loadMasterKey(stateDir);
  expect(key).toHaveLength(MASTER_KEY_BYTES);
  expect(loadMasterKey(stateDir)).toEqual(key);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(statSync(join(stateDir, "secrets")).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(stateDir, "secrets"))).toEqual(["master.key"]);
});

test.each([0o640, 0o604, 0o660])("one that others could read (mode %o) is not used", (mode) => {
  loadMasterKey(stateDir);
  chmodSync(file(), mode);
  expect(() => loadMasterKey(stateDir)).toThrow(/can be read by others.*chmod 600/);
});

test.each(["", "short", "A".repeat(200)])("a damaged one is said, and not replaced: %j", (text) => {
  mkdirSync(join(stateDir, "secrets"), { mode: 0o700 });
  writeFileSync(file(), text, { mode: 0o600 });
  expect(() => loadMasterKey(stateDir)).toThrow(/is damaged.*backup/);
  expect(readFileSync(file(), "utf8")).toBe(text);
});

test("what a start that was cut off left behind is no hindrance", () => {
  mkdirSync(join(stateDir, "secrets"), { mode: 0o700 });
  writeFileSync(`${file()}.${process.pid}`, "half", { mode: 0o600 });
  expect(loadMasterKey(stateDir)).toHaveLength(MASTER_KEY_BYTES);
});

test("of several first starts at once, all go on with one key", async () => {
  const module = fileURLToPath(new URL("./secrets.ts", import.meta.url));
  const script = "const { loadMasterKey } = await import(process.argv[1]); console.log(loadMasterKey(process.argv[2]).toString('hex'))";
  const starts = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, module, stateDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    expect((await once(child, "close"))[0]).toBe(0);
    return printed.trim();
  });
  const keys = new Set(await Promise.all(starts));
  expect([...keys]).toEqual([loadMasterKey(stateDir).toString("hex")]);
  expect(readdirSync(join(stateDir, "secrets"))).toEqual(["master.key"]);
});

test("who comes second does not overwrite", () => {
  const path = join(stateDir, "once");
  createOnce(path, "first");
  createOnce(path, "second");
  expect(readFileSync(path, "utf8")).toBe("first");
  expect(readdirSync(stateDir)).toEqual(["once"]);
});

test("what is derived differs by every part of its label, and by the key", () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const labels = [["enrol", "a"], ["enrol", "b"], ["upstream", "a"], ["enrola"], ["enrol", "a", ""]];
  const derived = labels.map((label) => derive(key, ...label).toString("hex"));
  expect(new Set([...derived, derive(other, "enrol", "a").toString("hex")]).size).toBe(labels.length + 1);
  expect(derive(key, "enrol", "a").toString("hex")).toBe(derived[0]);
});
