import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { QueueDisplay } from "./queue-display.ts";
import { openChannel, openPair } from "./testing/pair.ts";

test("of what is typed while it waits the first 4096 bytes are kept, in however many pieces they come", async () => {
  const pair = await openPair();
  const { far, near } = await openChannel(pair);
  const display = new QueueDisplay(far, { cols: 80 }, () => expect.unreachable());
  let came = 0;
  far.on("data", (chunk: Buffer) => (came += chunk.length));
  // Without Ctrl-C.
  const typed = randomBytes(9000).map((byte) => byte | 0x80);
  for (let at = 0; at < typed.length; at += 1500) near.write(typed.subarray(at, at + 1500));
  await expect.poll(() => came).toBe(typed.length);
  expect(display.open().equals(typed.subarray(0, 4096))).toBe(true);
  pair.close();
});
