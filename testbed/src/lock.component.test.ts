import { expect, test } from "vitest";
import { withLock } from "./lock.ts";

test("the second holder starts only when the first has ended, and is told that it waits", async () => {
  const name = `test-${process.pid}`;
  const seen: string[] = [];
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let hasFirst = () => {};
  const firstHolds = new Promise<void>((resolve) => {
    hasFirst = resolve;
  });
  const first = withLock(
    name,
    () => seen.push("first waits"),
    async () => {
      hasFirst();
      await ended;
      seen.push("first");
    },
  );
  await firstHolds;
  const second = withLock(
    name,
    () => {
      seen.push("second waits");
      end();
    },
    async () => seen.push("second"),
  );
  await Promise.all([first, second]);
  expect(seen).toEqual(["second waits", "first", "second"]);
});

test("work that fails gives the lock back", async () => {
  const name = `test-fail-${process.pid}`;
  await expect(
    withLock(
      name,
      () => {},
      () => Promise.reject(new Error("broken")),
    ),
  ).rejects.toThrow("broken");
  expect(
    await withLock(
      name,
      () => {},
      async () => "free",
    ),
  ).toBe("free");
});
