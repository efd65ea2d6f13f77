import { describe, expect, test } from "vitest";
import { compilePattern, PatternProblem } from "./pattern.ts";

/** The same every time, so that a failure can be looked at. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <T>(random: (below: number) => number, list: readonly T[]) => list[random(list.length)] as T;

function makePattern(random: (below: number) => number, depth: number): string {
  const atom = () => pick(random, ["a", "b", "é", ".", "[ab]", "[^a]", "\\d", "[\\]a-]", "\\.", "\\x61", "\\u{1F600}", "\\p{L}"]);
  const sign = () => pick(random, ["", "", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{0,1}", "{1,}"]);
  if (depth === 0) return atom() + sign();
  const part = () => makePattern(random, depth - 1);
  return pick(random, [
    () => part() + part(),
    () => `(${part()}|${part()})${sign()}`,
    () => `(?:${part()})${sign()}`,
    () => `${part()}|`,
  ])();
}

test("says what V8 says, of any pattern it takes", () => {
  const random = makeRandom(7);
  let matched = 0;
  for (let round = 0; round < 600; round += 1) {
    const source = makePattern(random, 3);
    const ours = compilePattern(source);
    const theirs = new RegExp(`^(?:${source})$`, "u");
    for (let each = 0; each < 12; each += 1) {
      const text = Array.from({ length: random(5) }, () => pick(random, ["a", "b", "é", "1", ".", "]", "-", "😀", "\n"])).join("");
      expect(ours.matches(text), `${source} on ${JSON.stringify(text)}`).toBe(theirs.test(text));
      if (theirs.test(text)) matched += 1;
    }
  }
  expect(matched).toBeGreaterThan(500);
});

test.each(["^a+$", "^a|b$", "a\\$", "a\\\\$", "\\^a", "[(|)]+", "a{0}", "", "()", "x{2,3}y"])(
  "%s: anchors, brackets and nothing at all",
  (source) => {
    for (const text of ["", "a", "b", "aa", "a$", "a\\", "^a", "(|)", "xxy", "xxxxy"]) {
      // Ours always means the whole text, so alternatives are bound together first.
      const plain = source.replace(/^\^/, "").replace(/(?<!\\)((?:\\\\)*)\$$/, "$1");
      expect(compilePattern(source).matches(text), text).toBe(new RegExp(`^(?:${plain})$`, "u").test(text));
    }
  },
);

describe("what makes V8 try for ever", () => {
  test.each(["(a+)+", "(a|a)*", "(a|aa)+", "([a-z]+)*x", "(.*)*(.*)*y", `${"a*".repeat(99)}b`, "(x+x+)+y"])(
    "%s: is answered all the same",
    (source) => {
      expect(compilePattern(source).matches(`${"a".repeat(199)}!`)).toBe(false);
    },
  );
});

test.each([
  ["(", /not a valid/],
  ["a)", /not a valid/],
  ["[z-a]", /not a valid/],
  ["(?=a)a", /\(\?:/],
  ["(?<!a)b", /\(\?:/],
  ["(?<name>a)", /\(\?:/],
  ["(a)\\1", /\\1/],
  ["\\bword", /\\b/],
  ["a^b", /\^ or \$/],
  ["(^a)", /\^ or \$/],
  ["((a{99}){99}){99}", /too large/],
])("%s is refused, with the reason", (source, message) => {
  expect(() => compilePattern(source)).toThrow(PatternProblem);
  expect(() => compilePattern(source)).toThrow(message);
});
