import { describe, expect, it } from "vitest";
import { appendText, EMPTY_LOG, joinText, toPlainText } from "./log-text.ts";

const lines = (from: number, count: number) => Array.from({ length: count }, (_, index) => `line ${from + index}\n`).join("");

describe("appendText", () => {
  it("holds the same text however it came", () => {
    const whole = lines(0, 1234);
    const pieces = [whole.slice(0, 5), whole.slice(5, 3001), whole.slice(3001)];
    expect(joinText(pieces.reduce((log, piece) => appendText(log, piece), EMPTY_LOG))).toBe(whole);
    expect(appendText(EMPTY_LOG, "")).toBe(EMPTY_LOG);
  });

  it("leaves full blocks as they were, so that only the last is drawn again", () => {
    const before = appendText(EMPTY_LOG, lines(0, 500));
    const after = appendText(before, lines(500, 10));
    expect(before.blocks.map(({ firstLine }) => firstLine)).toEqual([0, 200, 400]);
    expect(after.blocks.slice(0, 2)).toEqual(before.blocks.slice(0, 2));
    expect(after.blocks[0]).toBe(before.blocks[0]);
  });

  it("drops whole blocks from the beginning, and says so", () => {
    const log = appendText(EMPTY_LOG, lines(0, 1000), 4000);
    expect(log.isCut).toBe(true);
    expect(joinText(log)).toMatch(/^line \d*00\n/);
    expect(joinText(log).endsWith("line 999\n")).toBe(true);
    expect(appendText(log, "more\n", 4000).isCut).toBe(true);
  });
});

describe("toPlainText", () => {
  it("shows neither colour codes nor the earlier states of a progress bar", () => {
    expect(toPlainText("\x1b[1;31mfailed\x1b[0m\n")).toBe("failed\n");
    expect(toPlainText("\x1b]0;title\x07$ ls\n")).toBe("$ ls\n");
    expect(toPlainText("start\n 10%\r 50%\r100%\r\nend\n")).toBe("start\n100%\nend\n");
  });
});
