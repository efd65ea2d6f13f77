import { describe, expect, test } from "vitest";
import { canMove, END_REASONS, END_WORDS, isOpen, SESSION_STATES, STATE_WORDS, STOPPED_BY_STAFF, TRANSITIONS } from "./states.ts";

test("every state has its words and its ways on, and no word is for nothing", () => {
  expect(Object.keys(TRANSITIONS).sort()).toEqual([...SESSION_STATES].sort());
  expect(Object.keys(STATE_WORDS).sort()).toEqual([...SESSION_STATES].sort());
  for (const { label } of Object.values(STATE_WORDS)) expect(label).toMatch(/^[A-Z][a-z ]+$/);
});

test("every reason has a label, a sentence and a way out, and only placeholders that are filled in", () => {
  expect(Object.keys(END_WORDS).sort()).toEqual([...END_REASONS].sort());
  for (const [reason, { label, line, next }] of Object.entries({ ...END_WORDS, "by staff": STOPPED_BY_STAFF })) {
    expect(label, reason).toMatch(/^[A-Z]/);
    // A refusal ends with the scheduler's own sentence.
    if (reason !== "submit_failed") expect(line, reason).toMatch(/\.$/);
    expect(next, reason).toMatch(/^[A-Z].*\.$/);
    for (const [, name] of line.matchAll(/\{(\w+)\}/g))
      expect(["app", "cluster", "job", "node", "exit", "detail", "limit", "memory"], reason).toContain(name);
  }
});

describe("the ways on", () => {
  test("lead only to states that there are, never to the same, none twice", () => {
    for (const [from, ways] of Object.entries(TRANSITIONS)) {
      expect(new Set(ways).size, from).toBe(ways.length);
      expect(ways, from).not.toContain(from);
      for (const to of ways) expect(SESSION_STATES, from).toContain(to);
    }
  });
  test("the end is final, and can be reached from everywhere", () => {
    expect(TRANSITIONS.ended).toEqual([]);
    for (const state of SESSION_STATES) if (isOpen(state)) expect(canMove(state, "ended"), state).toBe(true);
  });
  test("who stops does nothing else any more; who is open can be stopped", () => {
    expect(TRANSITIONS.stopping).toEqual(["ended"]);
    for (const state of SESSION_STATES) if (isOpen(state) && state !== "stopping") expect(canMove(state, "stopping"), state).toBe(true);
  });
  test("whoever runs can be requeued: seen waiting, held, or running again already", () => {
    for (const state of ["starting", "ready", "unreachable", "suspended"] as const)
      for (const to of ["pending", "held", "starting"] as const)
        if (state !== to) expect(canMove(state, to), `${state} to ${to}`).toBe(true);
  });
  test("every state can be reached from a new session", () => {
    const reached = new Set<string>(["requested"]);
    for (const state of reached) for (const next of TRANSITIONS[state as "requested"]) reached.add(next);
    expect([...reached].sort()).toEqual([...SESSION_STATES].sort());
  });
});
