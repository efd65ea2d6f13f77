import { afterEach, expect, test, vi } from "vitest";
import { Delivery, type DeliveryOptions, NeverTaken } from "./delivery.ts";

const open: Delivery<string>[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((delivery) => delivery.close()));
});

/** `failures`: what each try of an item throws, in order; afterwards it is taken. */
function start(failures: Record<string, Error[]> = {}, options: Partial<DeliveryOptions<string>> = {}) {
  const sent: string[] = [];
  const complaints: string[] = [];
  const dropped: string[] = [];
  const send = async (item: string) => {
    const failure = failures[item]?.shift();
    if (failure !== undefined) throw failure;
    sent.push(item);
  };
  const onFailure = (_error: unknown, next: string) => void complaints.push(next);
  const onDropped = (items: readonly string[]) => void dropped.push(...items);
  const delivery = new Delivery<string>({ send, now: Date.now, onFailure, onDropped, retryAfterMs: [1, 1, 1], ...options });
  open.push(delivery);
  return { delivery, sent, complaints, dropped };
}

test("what fails is tried again, and holds up nothing else", async () => {
  const { delivery, sent, complaints } = start({ first: [new Error("down"), new Error("down")] });
  delivery.put("first", null);
  delivery.put("second", null);
  await vi.waitFor(() => expect(sent).toEqual(["second", "first"]), { timeout: 20_000 });
  expect(complaints).toEqual(["retry", "retry"]);
});

test("not for ever, and not at all when it is useless", async () => {
  const down = Array.from({ length: 10 }, () => new Error("down"));
  const { delivery, sent, complaints } = start({ never: down, refused: [new NeverTaken("no such address")] });
  delivery.put("never", null);
  await vi.waitFor(() => expect(complaints).toEqual(["retry", "retry", "retry", "give up"]), { timeout: 20_000 });
  delivery.put("refused", null);
  await vi.waitFor(() => expect(complaints).toHaveLength(5), { timeout: 20_000 });
  expect(complaints.at(-1)).toBe("give up");
  expect(sent).toEqual([]);
});

test("a warning of what has happened since is not sent", async () => {
  const { delivery, sent } = start();
  delivery.put("late", Date.now() - 1);
  delivery.put("in time", Date.now() + 60_000);
  await vi.waitFor(() => expect(sent).toEqual(["in time"]), { timeout: 20_000 });
});

test("a server that is down costs memory for a bounded number", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { delivery, complaints } = start({}, { send: () => promise, capacity: 10, atOnce: 1 });
  for (let index = 0; index < 100; index += 1) delivery.put(String(index), null);
  expect(complaints.filter((next) => next === "give up")).toHaveLength(89);
  resolve();
});

test("only so many at a time", async () => {
  let [now, most] = [0, 0];
  const send = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
  };
  const { delivery } = start({}, { send, atOnce: 3 });
  for (let index = 0; index < 20; index += 1) delivery.put(String(index), null);
  await delivery.close();
  expect(most).toBe(3);
});

test("closing sends what was not tried yet, and says what is given up", async () => {
  const { delivery, sent, complaints, dropped } = start({ failed: [new Error("down")] }, { atOnce: 1, retryAfterMs: [3_600_000] });
  delivery.put("failed", null);
  await vi.waitFor(() => expect(complaints).toEqual(["retry"]), { timeout: 20_000 });
  for (const item of ["first", "second", "third"]) delivery.put(item, null);
  await delivery.close();
  expect(sent).toEqual(["first", "second", "third"]);
  expect(dropped).toEqual(["failed"]);
});

test("closing does not wait for who does not heed that", async () => {
  const { promise: never } = Promise.withResolvers<void>();
  const { delivery, complaints } = start({}, { send: () => never });
  delivery.put("hangs", null);
  await delivery.close();
  expect(complaints).toEqual(["give up"]);
});

test("closing aborts who never answers, and sends nothing afterwards", async () => {
  let seen: AbortSignal | null = null;
  const send = (_item: string, signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      seen = signal;
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  const { delivery, complaints, dropped } = start({}, { send, atOnce: 1 });
  delivery.put("hangs", null);
  delivery.put("behind it", null);
  await delivery.close();
  expect(dropped).toEqual(["behind it"]);
  expect(seen).toMatchObject({ aborted: true });
  expect(complaints).toEqual(["give up"]);
  delivery.put("after the end", null);
  expect(complaints).toEqual(["give up"]);
});
