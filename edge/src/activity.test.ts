import { expect, it } from "vitest";
import { isLoneControlFrame } from "./activity.ts";

it.each([
  ["a ping", [0x89, 0x00]],
  ["a pong with a payload", [0x8a, 0x02, 1, 2]],
  ["a masked pong", [0x8a, 0x81, 1, 2, 3, 4, 5]],
])("%s is no activity", (_name, bytes) => {
  expect(isLoneControlFrame(Buffer.from(bytes))).toBe(true);
});

it.each([
  ["text", [0x81, 0x01, 65]],
  ["a close", [0x88, 0x00]],
  ["a ping with text behind it", [0x89, 0x00, 0x81, 0x01, 65]],
  ["half a ping", [0x89, 0x05, 1]],
  ["nothing", []],
])("%s is activity", (_name, bytes) => {
  expect(isLoneControlFrame(Buffer.from(bytes))).toBe(false);
});
