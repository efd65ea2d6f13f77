import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Credential } from "./credentials.ts";
import { LiveConnections } from "./live-connections.ts";
import { EdgeState } from "./state.ts";

const MONTH_MS = 30 * 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(credential: Credential) {
  const close = vi.fn();
  const live = new LiveConnections(new EdgeState(Date.now), Date.now);
  return { close, remove: live.add({ credential, sessionId: "s", close }) };
}

it("closes what a token opened when it expires, also later than a timer of Node's reaches", () => {
  const { close, remove } = open({ kind: "token", user: "alice", tokenId: "t", expiresAt: Date.now() + MONTH_MS });
  vi.advanceTimersByTime(MONTH_MS - 1);
  expect(close).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(close).toHaveBeenCalledOnce();
  remove();
});

it("waits for nothing once a connection is over, or where nothing expires", () => {
  const { remove } = open({ kind: "token", user: "alice", tokenId: "t", expiresAt: Date.now() + MONTH_MS });
  remove();
  open({ kind: "token", user: "alice", tokenId: "t", expiresAt: null });
  open({ kind: "cookie", user: "alice", loginId: "l" });
  expect(vi.getTimerCount()).toBe(0);
});
