/** How a follower of the hub's feed reads it, and when it comes back. The feed holds sessions' secrets: no error quotes it. */
import { FeedMessage } from "./feed.ts";
import { parseQuietly } from "./quiet-json.ts";

/**
 * The messages of `GET /feed`, whose answer comes as text, in chunks of any size.
 * @throws when a line is no message, or one is missing before it: connect again, and be told all of it
 */
export async function* readFeedMessages(chunks: AsyncIterable<string>): AsyncGenerator<FeedMessage> {
  let last: number | null = null;
  for await (const line of readLines(chunks)) {
    const message = toMessage(line);
    ensureNext(message, last);
    last = message.seq;
    yield message;
  }
}

/** Doubles up to the maximum, half of it by chance (0 to 1): many followers must not come back at the same time. */
export function feedBackoffMs(failures: number, maxMs: number, chance: number): number {
  const full = Math.min(100 * 2 ** Math.min(failures, 10), maxMs);
  return full / 2 + (chance * full) / 2;
}

/** node:readline would swallow the stream's errors. */
async function* readLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = chunk.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function toMessage(line: string): FeedMessage {
  const { data, error } = FeedMessage.safeParse(parseQuietly(line, "the feed sent a line"));
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new Error(`the feed sent a message that is not understood: ${issue?.code} at "${issue?.path.join(".")}"`);
}

function ensureNext(message: FeedMessage, last: number | null): void {
  if (last === null && message.kind !== "snapshot") throw new Error("the feed did not begin with a snapshot");
  if (last !== null && message.seq !== last + 1) throw new Error(`the feed went from ${last} to ${message.seq}`);
}
