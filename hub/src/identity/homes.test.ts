import { expect, test } from "vitest";
import type { ExecResult } from "../transports/types.ts";
import { Homes } from "./homes.ts";

test("a home is asked for once at a time, however often a form wants it", async () => {
  const answer = Promise.withResolvers<ExecResult>();
  const asked: (readonly string[])[] = [];
  const homes = new Homes(() => {});
  const exec = async ({ argv }: { argv: readonly string[] }) => {
    asked.push(argv);
    return answer.promise;
  };
  const all = Promise.all(Array.from({ length: 50 }, () => homes.of("main", exec, "alice")));
  answer.resolve({ exitCode: 0, stdout: "alice:x:1001:1001::/home/alice:/bin/sh\n", stderr: "" });
  expect(new Set(await all)).toEqual(new Set(["/home/alice"]));
  expect(asked).toEqual([["getent", "passwd", "alice"]]);
  await homes.of("main", exec, "alice");
  expect(asked).toHaveLength(2); // and again when somebody asks later: it may have moved
});
