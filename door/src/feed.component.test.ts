import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { followFeed } from "./feed.ts";
import { Live } from "./live.ts";

test("a broken line of the hub's feed, which may hold secrets, is not quoted in the log", async () => {
  const dir = mkdtempSync(join(tmpdir(), "fairway-feed-"));
  const socketPath = join(dir, "feed.sock");
  const snapshot = JSON.stringify({ seq: 1, kind: "snapshot", state: { keys: [], routes: [], revocations: [] } });
  const hub = createServer((_request, response) => void response.end(`${snapshot}\nsesame-of-a-session\n`));
  hub.listen(socketPath);
  await once(hub, "listening");
  const log: string[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(line) });
  const ending = new AbortController();
  const limits = { feedSilenceMs: 20_000, feedRetryMaxMs: 10 };
  const following = followFeed({ socketPath, limits, logger, onReady: () => undefined }, new Live(Date.now), ending.signal);
  try {
    await expect.poll(() => log.join(""), { timeout: 20_000 }).toContain("the hub's feed is away");
    expect(log.join("")).toContain("a line that is not JSON");
    expect(log.join("")).not.toContain("sesame");
  } finally {
    ending.abort();
    await following;
    hub.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
