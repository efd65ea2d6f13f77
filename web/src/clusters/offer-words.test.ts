import { expect, it } from "vitest";
import { toGpuText, toMemoryText, toTimeText } from "./offer-words.ts";

const GB = 1024 ** 3;

it("counts what is free in units that people compare", () => {
  expect(toMemoryText({ freeBytes: 120.7 * GB, totalBytes: 512 * GB, freeOnOneNodeBytes: 0 })).toBe("120 of 512 GB");
  expect(toMemoryText({ freeBytes: GB / 4, totalBytes: GB / 2, freeOnOneNodeBytes: 0 })).toBe("256 MB of 512 MB");
  expect(toTimeText({ maxTimeSeconds: 1800 })).toBe("30 min");
  expect(toTimeText({ maxTimeSeconds: null })).toBe("no limit");
});

it("names each kind of GPU, and none where there is none", () => {
  expect(toGpuText([])).toBe("");
  expect(
    toGpuText([
      { type: "a100", total: 4, free: 3 },
      { type: null, total: 2, free: 0 },
    ]),
  ).toBe("3 of 4 a100, 0 of 2");
});
