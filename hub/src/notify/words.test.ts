import { expect, test } from "vitest";
import type { Notice } from "./types.ts";
import { toWords } from "./words.ts";

const session = { id: "abcdefgh2345", user: "alice", name: "", title: "JupyterLab", cluster: { name: "main", title: "Main" }, jobId: "7" };
const AT = Date.UTC(2026, 6, 1, 12, 0);
const words = (notice: Omit<Extract<Notice, { kind: "ends-soon" }>, "at" | "session">, name = "") =>
  toWords({ ...notice, at: AT, session: { ...session, name } }, "Europe/Berlin");

test("a warning says how long, and when by the site's clock, with its zone", () => {
  const { subject, line, next } = words({ kind: "ends-soon", endsAt: AT + 10 * 60_000, canExtend: true });
  expect(subject).toBe("JupyterLab ends in 10 min");
  expect(line).toMatch(/ends at its time limit in 10 min, at Wed,? 1 Jul,? 14:10 (CEST|GMT\+2)\.$/);
  expect(next).toContain("extend");
});

test("extending is not offered where it is not possible", () => {
  expect(words({ kind: "ends-soon", endsAt: AT + 95 * 60_000, canExtend: false })).toMatchObject({
    subject: "JupyterLab ends in 1 h 35 min",
    next: expect.not.stringContaining("extend"),
  });
});

test("a named session is called by its name, too", () => {
  expect(words({ kind: "ends-soon", endsAt: AT + 60_000, canExtend: false }, "thesis").subject).toBe("JupyterLab (thesis) ends in 1 min");
});
