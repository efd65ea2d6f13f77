import { expect, test } from "vitest";
import { Serial } from "./serial.ts";

const pause = () => new Promise(setImmediate);

test("one after the other for each key, side by side for different ones", async () => {
  const serial = new Serial();
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await pause();
    order.push(`${name} ends`);
  };
  await Promise.all([serial.run("a", work("a1")), serial.run("a", work("a2")), serial.run("b", work("b1"))]);
  expect(order.filter((line) => line.startsWith("a"))).toEqual(["a1 begins", "a1 ends", "a2 begins", "a2 ends"]);
  expect(order.indexOf("b1 begins")).toBeLessThan(order.indexOf("a1 ends"));
});

test("a failure is its own caller's, and does not stop the next", async () => {
  const serial = new Serial();
  const failing = serial.run("a", () => Promise.reject(new Error("boom")));
  const next = serial.run("a", async () => "fine");
  await expect(failing).rejects.toThrow("boom");
  expect(await next).toBe("fine");
  expect(await serial.run("a", async () => "later")).toBe("later");
});
