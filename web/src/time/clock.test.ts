import { afterEach, describe, expect, it, vi } from "vitest";
import { Clock } from "./clock.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("Clock", () => {
  it("follows the server's time, but not the network's delay", () => {
    const clock = new Clock(() => 1_000_000);
    clock.setServerTime(1_001_500);
    expect(clock.now()).toBe(1_000_000);
    clock.setServerTime(1_300_000);
    expect(clock.now()).toBe(1_300_000);
  });

  it("ticks once a second while anybody listens, and not longer", () => {
    vi.useFakeTimers();
    const clock = new Clock(Date.now);
    const ticks: number[] = [];
    const stop = clock.subscribe(() => ticks.push(clock.lastTick()));
    vi.advanceTimersByTime(3000);
    expect(ticks).toHaveLength(3);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
