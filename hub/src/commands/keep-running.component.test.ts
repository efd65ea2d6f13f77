/** The supervisor's one duty, on real processes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepRunning } from "./keep-running.ts";

let folder: string;
let lines: string[];
let ending: AbortController;
let running: Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fw-keep-"));
  lines = [];
  ending = new AbortController();
});
afterEach(async () => {
  ending.abort();
  await running;
  rmSync(folder, { recursive: true, force: true });
});

function keep(program: string, ...args: string[]): void {
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  running = keepRunning({ name: "child", program, args, log, signal: ending.signal });
}
const births = () => readFileSync(join(folder, "births"), "utf8").trim().split("\n");
const BORN = 'echo $$ >>"$0/births"';

test("who dies is started again, and it is said how", async () => {
  writeFileSync(join(folder, "births"), "");
  keep("/bin/sh", "-c", `${BORN}; exit 3`, folder);
  await vi.waitFor(() => expect(births().length).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ child: "child", code: 3 });
});

test("what cannot be started at all is tried again, too: the sibling must not be left alone for it", async () => {
  const program = join(folder, "not-yet");
  writeFileSync(join(folder, "births"), "");
  keep(program, "x");
  await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(1), { timeout: 10_000 });
  expect(lines[0]).toContain("ENOENT");
  writeFileSync(program, `#!/bin/sh\necho $$ >>"${folder}/births"; exec sleep 600\n`, { mode: 0o755 });
  await vi.waitFor(() => expect(births()[0]).toMatch(/^\d+$/), { timeout: 10_000 });
});

test("told to end it tells its child, and waits for it", async () => {
  writeFileSync(join(folder, "births"), "");
  keep("/bin/sh", "-c", `trap 'echo saved >"$0/saved"; exit 0' TERM; ${BORN}; while :; do sleep 0.05; done`, folder);
  await vi.waitFor(() => expect(births()[0]).toMatch(/^\d+$/), { timeout: 10_000 });
  ending.abort();
  await running;
  expect(readFileSync(join(folder, "saved"), "utf8")).toBe("saved\n");
  expect(lines).toEqual([]);
});
