import { expect, test } from "vitest";
import { parseJobLog } from "./job-log.ts";
import { SchedulerUnavailable } from "./types.ts";

const answer = (bytes: Uint8Array, size: number) => `SIZE ${size}\n${Buffer.from(bytes).toString("base64")}\n`;

test("a piece of the log, and where the next begins", () => {
  expect(parseJobLog(answer(Buffer.from("hello"), 20), 10)).toEqual({ text: "hello", nextOffset: 15, sizeBytes: 20, exists: true });
});

test("no log is no text", () => {
  expect(parseJobLog("SIZE -\n", 10)).toEqual({ text: "", nextOffset: 0, sizeBytes: 0, exists: false });
});

test("whatever a log is cut into, its characters stay whole", () => {
  const whole = Buffer.from("Größe: 12 €, 🎉 fertig – naïve ".repeat(3));
  for (const slice of [5, 6, 7, 11, 64]) {
    let [text, offset] = ["", 0];
    while (offset < whole.length) {
      const piece = parseJobLog(answer(whole.subarray(offset, offset + slice), whole.length), offset);
      expect(piece.nextOffset).toBeGreaterThan(offset);
      text += piece.text;
      offset = piece.nextOffset;
    }
    expect(text).toBe(whole.toString());
  }
});

test("bytes that are no text do not stop it", () => {
  const piece = parseJobLog(answer(Buffer.from([0xff, 0xfe, 0xc3]), 3), 0);
  expect(piece.nextOffset).toBe(3);
});

test.each(["", "SIZE 12", "SIZE x\n", "SIZE 3\n$$$\n", "hello\nSIZE 3\nYWJj\n"])("an answer that is none is refused: %j", (stdout) => {
  expect(() => parseJobLog(stdout, 0)).toThrow(SchedulerUnavailable);
});
