import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BackupError, backup, restore } from "./backup.ts";
import { openStore, type Store } from "./index.ts";
import { SchemaTooNew } from "./migrate.ts";
import { openTemporaryStore, sampleSession } from "./testing/sample.ts";

const T0 = 1_700_000_000_000;
let store: Store;
let path: string;
let remove: () => Promise<void>;
const beside = (name: string) => join(dirname(path), name);
const modeOf = (file: string) => statSync(file).mode & 0o777;

beforeEach(async () => {
  ({ store, path, remove } = await openTemporaryStore());
});
afterEach(() => remove());

it("keeps its files from other people", async () => {
  await store.settings.set("a", "1");
  expect(modeOf(dirname(path))).toBe(0o700);
  for (const file of readdirSync(dirname(path))) expect(modeOf(beside(file))).toBe(0o600);
});

it("writes ahead (WAL), so that readers and the writer do not stop each other", async () => {
  const other = new DatabaseSync(path);
  expect(other.prepare("pragma journal_mode").get()).toMatchObject({ journal_mode: "wal" });
  other.close();
});

it("refuses a database of a newer version, and leaves it as it is", async () => {
  await store.close();
  const database = new DatabaseSync(path);
  database.exec("insert into schema_migrations values (999, 'from the future', 0)");
  database.close();
  await expect(openStore({ kind: "sqlite", path })).rejects.toThrow(SchemaTooNew);
  await expect(openStore({ kind: "sqlite", path })).rejects.toThrow(/schema 999.*restore a backup/);
});

it("waits for another process that is writing", async () => {
  const writer = `const { DatabaseSync } = require("node:sqlite");
    const db = new DatabaseSync(process.argv[1]);
    db.exec("begin immediate; insert into settings values ('other', 'x')");
    console.log("locked");
    setTimeout(() => db.exec("commit"), 100);`;
  const other = spawn(process.execPath, ["-e", writer, path], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(other, "exit");
  await once(other.stdout, "data");
  await store.settings.set("mine", "y");
  expect(await store.settings.get("other")).toBe("x");
  expect(await exited).toEqual([0, null]);
});

it("backs up while it is open, and restores what it was", async () => {
  const kept = await store.sessions.insert(sampleSession(), { at: T0, event: "launched" });
  backup(path, beside("copy.db"));
  expect(modeOf(beside("copy.db"))).toBe(0o600);
  await store.sessions.insert(sampleSession({ name: "later" }), { at: T0, event: "launched" });
  await store.close();

  const replaced = restore(beside("copy.db"), path, T0);
  expect(replaced).toBe(`${path}.replaced-${T0}`);
  store = await openStore({ kind: "sqlite", path });
  expect(await store.sessions.find({ limit: 10 })).toEqual([kept]);
  const before = await openStore({ kind: "sqlite", path: replaced ?? "" });
  expect(await before.sessions.find({ limit: 10 })).toHaveLength(2);
  await before.close();
  expect(readdirSync(dirname(path)).filter((name) => name.includes("partial"))).toEqual([]);
});

it("restores into an empty place", async () => {
  backup(path, beside("copy.db"));
  expect(restore(beside("copy.db"), beside("new/fairway.db"), T0)).toBeNull();
  expect(modeOf(beside("new/fairway.db"))).toBe(0o600);
});

it("never overwrites a backup", () => {
  writeFileSync(beside("copy.db"), "precious");
  expect(() => backup(path, beside("copy.db"))).toThrow(BackupError);
  expect(readFileSync(beside("copy.db"), "utf8")).toBe("precious");
});

it("does not restore under a running hub", async () => {
  await store.settings.set("a", "1");
  backup(path, beside("copy.db"));
  expect(() => restore(beside("copy.db"), path, T0)).toThrow(/in use/);
  expect(await store.settings.get("a")).toBe("1");
  expect(existsSync(`${path}.replaced-${T0}`)).toBe(false);
});

it("restores no damaged, foreign or newer file", async () => {
  writeFileSync(beside("junk"), "not a database, but long enough to be looked at".repeat(100));
  expect(() => restore(beside("junk"), beside("x.db"), T0)).toThrow(BackupError);
  new DatabaseSync(beside("foreign.db")).exec("create table t (a)");
  expect(() => restore(beside("foreign.db"), beside("x.db"), T0)).toThrow(/not a database of Fairway/);
  backup(path, beside("copy.db"));
  const newer = new DatabaseSync(beside("copy.db"));
  newer.exec("insert into schema_migrations values (999, 'from the future', 0)");
  newer.close();
  expect(() => restore(beside("copy.db"), beside("x.db"), T0)).toThrow(SchemaTooNew);
  expect(() => restore(beside("missing.db"), beside("x.db"), T0)).toThrow(/no database at/);
  expect(existsSync(beside("x.db"))).toBe(false);
});
