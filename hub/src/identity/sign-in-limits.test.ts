import { describe, expect, it } from "vitest";
import { SignInLimits } from "./sign-in-limits.ts";

const T0 = 1_700_000_000_000;
const wrong = async () => false;
const right = async () => true;
const alice = { address: "192.0.2.1", user: "alice" };

async function failTimes(limits: SignInLimits, times: number, who = alice): Promise<void> {
  for (let i = 0; i < times; i += 1) expect(await limits.attempt(who, T0, wrong)).toBe(false);
}

describe("sign-in limits", () => {
  it("lets a person mistype a few times, then makes them wait, longer each time", async () => {
    const limits = new SignInLimits();
    await failTimes(limits, 5);
    await expect(limits.attempt(alice, T0, right)).rejects.toMatchObject({ code: "too_many", retryAfterSeconds: 1 });
    expect(await limits.attempt(alice, T0 + 1000, wrong)).toBe(false);
    await expect(limits.attempt(alice, T0 + 2000, right)).rejects.toMatchObject({ retryAfterSeconds: 1 });
    await expect(limits.attempt(alice, T0 + 1001, right)).rejects.toMatchObject({ retryAfterSeconds: 2 });
    expect(await limits.attempt(alice, T0 + 3000, right)).toBe(true);
  });

  it("counts failures only: signing in often is no offence", async () => {
    const limits = new SignInLimits();
    for (let i = 0; i < 100; i += 1) expect(await limits.attempt(alice, T0, right)).toBe(true);
  });

  it("does not count a check that could not be made", async () => {
    const limits = new SignInLimits();
    const away = () => Promise.reject(new Error("away"));
    for (let i = 0; i < 50; i += 1) await expect(limits.attempt(alice, T0, away)).rejects.toThrow("away");
    expect(await limits.attempt(alice, T0, right)).toBe(true);
  });

  it("counts guesses that were sent all at once", async () => {
    const limits = new SignInLimits();
    let checks = 0;
    const guess = async () => {
      checks += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return false;
    };
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => limits.attempt(alice, T0, guess)));
    expect(checks).toBe(5);
    expect(results.filter((result) => result.status === "rejected")).toHaveLength(95);
  });

  it("does not lock a person out for long because of strangers", async () => {
    const limits = new SignInLimits();
    for (let i = 0; i < 200; i += 1) await limits.attempt({ address: `2001:db8:${i}::1`, user: "alice" }, T0 + i * 60_000, wrong);
    expect(await limits.attempt(alice, T0 + 200 * 60_000, right)).toBe(true);
  });

  it("stops one address that tries many names, and a whole IPv6 network as one", async () => {
    for (const addressOf of [() => "192.0.2.9", (i: number) => `2001:db8:1:2::${i}`]) {
      const limits = new SignInLimits();
      for (let i = 0; i < 20; i += 1) await limits.attempt({ address: addressOf(i), user: `user${i}` }, T0, wrong);
      await expect(limits.attempt({ address: addressOf(77), user: "other" }, T0, right)).rejects.toMatchObject({ code: "too_many" });
      expect(await limits.attempt({ address: "2001:db8:1:3::1", user: "other" }, T0, right)).toBe(true);
    }
  });

  it("counts what cannot be guessed by address alone", async () => {
    const limits = new SignInLimits();
    for (let i = 0; i < 25; i += 1) expect(await limits.attempt({ address: `192.0.2.${i}`, user: null }, T0, wrong)).toBe(false);
    for (let i = 0; i < 20; i += 1) await limits.attempt({ address: "192.0.2.99", user: null }, T0, wrong);
    await expect(limits.attempt({ address: "192.0.2.99", user: null }, T0, right)).rejects.toMatchObject({ code: "too_many" });
    expect(await limits.attempt({ address: "192.0.2.98", user: null }, T0, right)).toBe(true);
  });

  it("forgets after half an hour without a failure", async () => {
    const limits = new SignInLimits();
    await failTimes(limits, 5);
    const later = T0 + 30 * 60_000;
    for (let i = 0; i < 5; i += 1) expect(await limits.attempt(alice, later, wrong)).toBe(false);
    await expect(limits.attempt(alice, later, right)).rejects.toMatchObject({ code: "too_many" });
  });

  it("never remembers more than it may: the longest unused go first", async () => {
    const limits = new SignInLimits({ maxEntries: 3 });
    await failTimes(limits, 5);
    for (const user of ["a", "b", "c"]) await limits.attempt({ address: "192.0.2.2", user }, T0, wrong);
    expect(await limits.attempt(alice, T0, wrong)).toBe(false);
  });

  it("checks only so many passwords at the same time: a class waits for its turn, and a flood is sent away", async () => {
    const limits = new SignInLimits();
    const gate = Promise.withResolvers<void>();
    let checking = 0;
    let most = 0;
    const check = async () => {
      checking += 1;
      most = Math.max(most, checking);
      await gate.promise;
      checking -= 1;
      return true;
    };
    const all = Array.from({ length: 216 }, (_, i) => limits.attempt({ address: "192.0.2.7", user: `student${i}` }, T0, check));
    await expect(limits.attempt(alice, T0, right)).rejects.toMatchObject({ code: "too_many" });
    gate.resolve();
    expect(await Promise.all(all)).not.toContain(false);
    expect(most).toBe(16);
    expect(await limits.attempt(alice, T0, right)).toBe(true);
  });

  it("looks again when somebody's turn has come: guesses by many names from one address do not hide in the line", async () => {
    const limits = new SignInLimits();
    let checks = 0;
    const guess = async () => {
      checks += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return false;
    };
    await Promise.allSettled(Array.from({ length: 200 }, (_, i) => limits.attempt({ address: "192.0.2.8", user: `user${i}` }, T0, guess)));
    expect(checks).toBe(20);
  });
});
