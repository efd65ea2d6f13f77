import { expect, it } from "vitest";
import { PersonalLine } from "./personal-line.ts";

it("asks one thing at a time for each person, and refuses a flood of one of them alone", async () => {
  const line = new PersonalLine();
  const gate = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await gate.promise;
    running -= 1;
  };
  const flood = Array.from({ length: 100 }, () => line.run("alice", work));
  const settled = Promise.allSettled(flood);
  await expect(line.run("bob", async () => "at once")).resolves.toBe("at once");
  gate.resolve();
  const refused = (await settled).filter((each) => each.status === "rejected");
  expect(refused).toHaveLength(80);
  expect(refused[0]?.reason).toMatchObject({ code: "too_many" });
  expect(most).toBe(1);
  await expect(line.run("alice", async () => "again")).resolves.toBe("again");
});

it("goes on after what failed", async () => {
  const line = new PersonalLine();
  const failing = line.run("alice", () => Promise.reject(new Error("no")));
  const next = line.run("alice", async () => "yes");
  await expect(failing).rejects.toThrow("no");
  await expect(next).resolves.toBe("yes");
});
