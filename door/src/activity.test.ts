import { pino } from "pino";
import { expect, test } from "vitest";
import { Activity } from "./activity.ts";

const EVERY_MS = 3_600_000;

test("a forwarded connection's own signs of life are no use of the session; what somebody does there is", async () => {
  const told: Record<string, number>[] = [];
  const hub = { reportActivity: async (sessions: Record<string, number>) => void told.push(sessions) };
  const activity = new Activity(hub, EVERY_MS, () => 7, pino({ level: "silent" }));
  // Of VS Code's protocol, in a masked WebSocket frame: kind, number, acknowledgement, length.
  activity.notePiece("forgotten", Buffer.alloc(6 + 13));
  activity.notePiece("edited", Buffer.from("GET /api/contents/notebook.ipynb HTTP/1.1\r\nHost: localhost:8888\r\n\r\n"));
  activity.note("typed");
  await activity.close();
  expect(told).toEqual([{ edited: 7, typed: 7 }]);
});
