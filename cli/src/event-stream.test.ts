import { describe, expect, it } from "vitest";
import { readEventData } from "./event-stream.ts";

async function read(...chunks: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const encoder = new TextEncoder();
  const body = ReadableStream.from(chunks.map((chunk) => (typeof chunk === "string" ? encoder.encode(chunk) : chunk)));
  const events: string[] = [];
  for await (const data of readEventData(body)) events.push(data);
  return events;
}

describe("reading server-sent events", () => {
  it("takes the data of each event, whatever else it carries", async () => {
    expect(await read('event: session\nid: 7\nretry: 10\ndata: {"a":1}\n\n: still here\n\ndata:two\n\n')).toEqual(['{"a":1}', "two"]);
  });

  it("joins the lines of one event", async () => {
    expect(await read("data: one\ndata: two\n\n")).toEqual(["one\ntwo"]);
  });

  it("does not mind where the network cuts", async () => {
    const bytes = new TextEncoder().encode("data: é1\r\n\r\ndata: 2\r\r");
    expect(await read(...[...bytes].map((byte) => Uint8Array.of(byte)), "\n")).toEqual(["é1", "2"]);
  });

  it("drops an event that was cut off", async () => {
    expect(await read("data: whole\n\ndata: ha")).toEqual(["whole"]);
  });
});
