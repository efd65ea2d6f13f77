import { expect, test } from "vitest";
import { parseFolder } from "./folders.ts";
import { SchedulerUnavailable } from "./types.ts";

const answer = (path: string, records: string, end = "END\n") =>
  `PATH ${path}\n${records === "" ? "" : `${Buffer.from(records).toString("base64")}\n`}${end}`;

test("entries with kind, size and time", () => {
  expect(parseFolder(answer("/home/alice", "a b.ipynb/f/5/1795266476.1234567890\0sub/d/4096/1.0\0pipe/p/0/1.0\0"))).toEqual({
    path: "/home/alice",
    parent: "/home",
    entries: [
      { name: "a b.ipynb", kind: "file", sizeBytes: 5, modifiedAt: 1_795_266_476_123 },
      { name: "sub", kind: "folder", sizeBytes: null, modifiedAt: 1000 },
    ],
    isCut: false,
  });
});

test("an empty folder", () => expect(parseFolder(answer("/", ""))).toEqual({ path: "/", parent: null, entries: [], isCut: false }));

test.each([answer("/x", "a/f/1/1\0", ""), "", "PATH x\nEND\n", `hello\n${answer("/x", "")}`])("%j is no answer", (stdout) => {
  expect(() => parseFolder(stdout)).toThrow(SchedulerUnavailable);
});
