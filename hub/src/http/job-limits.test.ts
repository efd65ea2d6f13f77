import { expect, it } from "vitest";
import { JobLimits } from "./job-limits.ts";

it("refills one call in two seconds, up to its burst", () => {
  const limits = new JobLimits();
  const take = (nowMs: number) => limits.take("s", "a", nowMs);
  for (let i = 0; i < 20; i += 1) take(0);
  expect(() => take(0)).toThrow(expect.objectContaining({ code: "too_many", retryAfterSeconds: 2 }));
  expect(() => take(1999)).toThrow();
  take(2000);
  expect(() => take(2000)).toThrow();
  for (let i = 0; i < 20; i += 1) take(1_000_000);
  expect(() => take(1_000_000)).toThrow();
});
