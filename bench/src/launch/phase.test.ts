import { expect, it } from "vitest";
import { msUntilPhase } from "./phase.ts";

it.each([
  [5000, 0.25, 250],
  [5250, 0.25, 0],
  [5251, 0.25, 999],
  [5999, 0, 1],
])("at %d ms it is phase %d of a second in %d ms", (now, phase, expected) => expect(msUntilPhase(now, phase)).toBe(expected));
