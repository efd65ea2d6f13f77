import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { FeedMessage } from "./feed.ts";
import { feedBackoffMs, readFeedMessages } from "./feed-messages.ts";

const SNAPSHOT: FeedMessage = { seq: 7, kind: "snapshot", state: { keys: [], routes: [], revocations: [] } };
const GONE: FeedMessage = { seq: 8, kind: "route-gone", prefix: "/user/zoë/", sessionId: "abcdefgh2345" };
const PING: FeedMessage = { seq: 9, kind: "ping" };

const toText = (...messages: readonly unknown[]) => messages.map((message) => `${JSON.stringify(message)}\n`).join("");

async function* inChunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

/** What was read before it ended, and how it ended. */
async function read(text: string, size = 1000): Promise<{ messages: FeedMessage[]; error: unknown }> {
  const messages: FeedMessage[] = [];
  try {
    for await (const message of readFeedMessages(inChunks(text, size))) messages.push(message);
    return { messages, error: null };
  } catch (error) {
    return { messages, error };
  }
}

describe("the feed's messages", () => {
  test.each([1, 3, 64, 1000])("come whole out of chunks of %i characters", async (size) => {
    expect(await read(toText(SNAPSHOT, GONE, PING), size)).toEqual({ messages: [SNAPSHOT, GONE, PING], error: null });
  });

  test("are read as they come, and not first at the feed's end", async () => {
    const chunks = async function* () {
      yield toText(SNAPSHOT);
      throw new Error("the connection is reset");
    };
    const messages = readFeedMessages(chunks());
    expect(await messages.next()).toMatchObject({ value: SNAPSHOT });
    await expect(messages.next()).rejects.toThrow("the connection is reset");
  });

  test("are not there before their line's end", async () => {
    expect(await read(toText(SNAPSHOT) + JSON.stringify(GONE))).toEqual({ messages: [SNAPSHOT], error: null });
  });

  test.each([
    ["no snapshot first", [PING], [], "the feed did not begin with a snapshot"],
    ["a gap", [SNAPSHOT, PING], [SNAPSHOT], "the feed went from 7 to 9"],
    ["a number again", [SNAPSHOT, GONE, GONE], [SNAPSHOT, GONE], "the feed went from 8 to 8"],
  ])("end with %s", async (_, sent, messages, said) => {
    expect(await read(toText(...sent))).toEqual({ messages, error: new Error(said) });
  });
});

describe("a line that is no message ends the feed, and what it held is in no error", () => {
  const secret = "sesame-of-a-session";
  const route = { sessionId: secret, prefix: secret, owner: secret, inject: { header: secret, value: [secret] } };
  test.each([
    ["no JSON", secret, "the feed sent a line that is not JSON"],
    ["half a line", `{"seq":8,"value":"${secret}\n`, "the feed sent a line that is not JSON"],
    ["no object", JSON.stringify(secret), 'the feed sent a message that is not understood: invalid_type at ""'],
    ["of no kind that is known", JSON.stringify({ seq: 8, kind: secret }), /not understood: .* at "kind"$/],
    ["no number", JSON.stringify({ ...PING, seq: secret }), /not understood: .* at "seq"$/],
    ["half a route", JSON.stringify({ seq: 8, kind: "route", route }), /not understood: .* at "route\./],
  ])("%s", async (_, line, said) => {
    const { messages, error } = await read(`${toText(SNAPSHOT)}${line}\n`);
    expect(messages).toEqual([SNAPSHOT]);
    expect(() => {
      throw error;
    }).toThrow(said);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(secret.slice(0, 6));
  });
});

test("who comes back waits twice as long after each failure, up to a maximum, half of it by chance", () => {
  const longest = [1, 2, 3, 4, 50].map((failures) => feedBackoffMs(failures, 1000, 1));
  expect(longest).toEqual([200, 400, 800, 1000, 1000]);
  expect(feedBackoffMs(3, 1000, 0)).toBe(400);
});
