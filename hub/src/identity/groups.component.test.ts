/** Whose groups are known how: from the configuration, from a host that is asked sparingly, and from this machine's own `id`. */
import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { createExec } from "../transports/local/exec.ts";
import { type Command, type Exec, ExecError, type ExecResult } from "../transports/types.ts";
import { createGroups } from "./groups.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A host whose answer a test sets; it counts the questions. */
class Host {
  now = 1_700_000_000_000;
  answer: () => Partial<ExecResult> = () => ({ stdout: "alice\0users\0" });
  readonly asked: Command[] = [];
  readonly errors: unknown[] = [];
  readonly exec: Exec = async (command) => {
    this.asked.push(command);
    return { exitCode: 0, stdout: "", stderr: "", ...this.answer() };
  };

  away(): never {
    throw new ExecError("timeout", ["id"]);
  }

  groups(groups: Record<string, string[]> = {}) {
    return createGroups({ groups, exec: this.exec, now: () => this.now, onError: (error) => this.errors.push(error) });
  }
}

test("the configuration's and the account's, each once", async () => {
  const host = new Host();
  const { of: groupsOf } = host.groups({ users: ["alice"], class: ["bob", "alice"], staff: ["bob"] });
  expect(await groupsOf("alice")).toEqual(["alice", "class", "users"]);
  expect(host.asked.map(({ argv }) => argv)).toEqual([["id", "-Gnz", "--", "alice"]]);
});

test("a cluster's rules go by the account's groups alone", async () => {
  const host = new Host();
  expect(await host.groups({ class: ["alice"] }).unixOf("alice")).toEqual(["alice", "users"]);
});

test("a group with a space in its name is not two groups", async () => {
  const host = new Host();
  host.answer = () => ({ stdout: "domain users\0research staff\0" });
  expect(await host.groups().of("alice")).toEqual(["domain users", "research staff"]);
});

test("is asked once for everybody who wants to know, and again after five minutes", async () => {
  const host = new Host();
  const { of: groupsOf } = host.groups();
  await Promise.all(Array.from({ length: 50 }, () => groupsOf("alice")));
  expect(host.asked).toHaveLength(1);
  host.now += 5 * MINUTE_MS - 1;
  await groupsOf("alice");
  expect(host.asked).toHaveLength(1);
  host.now += 1;
  host.answer = () => ({ stdout: "alice\0" });
  expect(await groupsOf("alice")).toEqual(["alice"]);
  expect(await groupsOf("bob")).toEqual(["alice"]);
  expect(host.asked).toHaveLength(3);
});

test("a host that cannot be asked: the last answer for a day, then none; asked again soon, but not each time", async () => {
  const host = new Host();
  const { of: groupsOf } = host.groups({ class: ["alice"] });
  await groupsOf("alice");
  host.answer = () => host.away();
  host.now += HOUR_MS;
  for (let n = 0; n < 3; n += 1) expect(await groupsOf("alice")).toEqual(["alice", "class", "users"]);
  expect(host.asked).toHaveLength(2);
  expect(host.errors).toHaveLength(1);
  host.now += 24 * HOUR_MS;
  expect(await groupsOf("alice")).toEqual(["class"]);
  host.answer = () => ({ stdout: "alice\0" });
  host.now += MINUTE_MS;
  expect(await groupsOf("alice")).toEqual(["alice", "class"]);
});

test.each<[string, Partial<ExecResult>, string[], number]>([
  ["nobody of that name", { exitCode: 1, stderr: "id: 'alice': no such user\n" }, [], 0],
  [
    "a group without a name",
    { exitCode: 1, stdout: "users\x005000\0", stderr: "id: cannot find name for group ID 5000\n" },
    ["5000", "users"],
    0,
  ],
  ["an id that broke", { exitCode: 127, stderr: "not found" }, [], 1],
])("%s", async (_, answer, expected, errors) => {
  const host = new Host();
  host.answer = () => answer;
  expect(await host.groups().of("alice")).toEqual(expected);
  expect(host.errors).toHaveLength(errors);
});

test("where no job runs as the person, an account of their name proves nothing", async () => {
  const { of: groupsOf } = createGroups({ groups: { class: ["root"] }, exec: null, now: Date.now, onError: () => {} });
  expect(await groupsOf("root")).toEqual(["class"]);
});

test("this machine's own id says what it says", async () => {
  const { username } = userInfo();
  const { of: groupsOf } = createGroups({
    groups: {},
    exec: createExec(),
    now: Date.now,
    onError: (error) => expect.unreachable(String(error)),
  });
  const expected = execFileSync("id", ["-Gn", username], { encoding: "utf8" }).trim().split(" ").sort();
  expect(await groupsOf(username)).toEqual(expected);
  expect(await groupsOf("nobody-has-this-name")).toEqual([]);
});
