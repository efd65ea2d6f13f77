/**
 * Patterns that an administrator writes for a text option, matched in time that grows with the text
 * alone. V8 matches by trying, which a nested repetition makes exponential; with a person's text one
 * such pattern would stop the hub for everybody. So the structure of a pattern (groups, alternatives,
 * repetitions) becomes a small automaton of our own, and only its single characters are V8's matter.
 */

/** What a pattern may not be, in words for the administrator. */
export class PatternProblem extends Error {
  override readonly name = "PatternProblem";
}

export interface Pattern {
  /** Does the whole text have this form? */
  matches(text: string): boolean;
}

/** A repetition is written out: this bounds what a short pattern can grow to. */
const MOST_STATES = 2000;

type Node =
  | { readonly kind: "character"; readonly test: RegExp }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "alternatives"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly least: number; readonly most: number | null };

/** @throws PatternProblem when it is no regular expression, or one that needs more than an automaton. */
export function compilePattern(source: string): Pattern {
  try {
    new RegExp(source, "u");
  } catch (cause) {
    throw new PatternProblem("is not a valid regular expression", { cause });
  }
  // A whole match is what we ask anyway.
  const automaton = new Automaton(new Reader(source.replace(/^\^/, "").replace(/(?<!\\)((?:\\\\)*)\$$/, "$1")).readAll());
  return { matches: (text) => automaton.matches(text) };
}

/** Reads what V8 has found valid; so it need not check the syntax, only refuse what goes beyond an automaton. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  readAll(): Node {
    const node = this.#readAlternatives();
    // Only when cutting the ends off has unbalanced it.
    if (this.#at < this.#source.length) throw new PatternProblem("is not a valid regular expression");
    return node;
  }

  #readAlternatives(): Node {
    const parts = [this.#readSequence()];
    while (this.#take("|")) parts.push(this.#readSequence());
    return { kind: "alternatives", parts };
  }

  #readSequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#peek())) parts.push(this.#readRepeat(this.#readAtom()));
    return { kind: "sequence", parts };
  }

  #readRepeat(part: Node): Node {
    const found = this.#match(/(?:([*+?])|\{(\d+)(,(\d*))?\})\??/uy);
    if (found === null) return part;
    const [, sign, least = "0", comma, most = ""] = found;
    if (sign !== undefined) return { kind: "repeat", part, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : null };
    return { kind: "repeat", part, least: Number(least), most: comma === undefined ? Number(least) : most === "" ? null : Number(most) };
  }

  #readAtom(): Node {
    if (this.#take("(")) {
      if (this.#take("?") && !this.#take(":")) throw new PatternProblem("uses (?…), which is not possible here, but for (?:…)");
      const inner = this.#readAlternatives();
      this.#take(")");
      return inner;
    }
    if (/[$^]/.test(this.#peek())) throw new PatternProblem("holds ^ or $ inside: it always matches the whole text");
    if (this.#match(/\\(?:[1-9]|k<|b|B)/uy) !== null) throw new PatternProblem("uses \\1, \\k, \\b or \\B, which is not possible here");
    const character = this.#match(/\[(?:\\.|[^\]\\])*\]|\\(?:u\{[^}]*\}|u[\da-f]{4}|x[\da-f]{2}|[pP]\{[^}]*\}|c.|.)|./isuy)?.[0];
    if (character === undefined) throw new PatternProblem("is not a valid regular expression");
    return { kind: "character", test: new RegExp(`^${character}$`, "u") };
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #take(sign: string): boolean {
    const isThere = this.#peek() === sign;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }
}

/** A state either reads a character that passes its test, or leads on without reading any. */
interface State {
  readonly test: RegExp | null;
  readonly next: number[];
}

const END: State = { test: null, next: [] };

/** Thompson's: all the states it can be in, side by side, character by character. */
class Automaton {
  readonly #states: State[] = [END];
  readonly #start: number;

  constructor(node: Node) {
    this.#start = this.#add(node, 0);
  }

  matches(text: string): boolean {
    let current = this.#reach([this.#start]);
    for (const character of text) {
      const passed = [...current].flatMap((index) => {
        const { test, next } = this.#at(index);
        return test?.test(character) === true ? next : [];
      });
      current = this.#reach(passed);
      if (current.size === 0) return false;
    }
    return current.has(0);
  }

  /** Adds the states of a node that goes on at `next`. @returns where it begins. */
  #add(node: Node, next: number): number {
    switch (node.kind) {
      case "character":
        return this.#push({ test: node.test, next: [next] });
      case "sequence":
        return node.parts.reduceRight((behind, part) => this.#add(part, behind), next);
      case "alternatives":
        return this.#push({ test: null, next: node.parts.map((part) => this.#add(part, next)) });
      case "repeat": {
        let begin = next;
        if (node.most === null) {
          const loop: State = { test: null, next: [next] };
          begin = this.#push(loop);
          loop.next.push(this.#add(node.part, begin));
        } else {
          for (let count = node.least; count < node.most; count += 1)
            begin = this.#push({ test: null, next: [next, this.#add(node.part, begin)] });
        }
        for (let count = 0; count < node.least; count += 1) begin = this.#add(node.part, begin);
        return begin;
      }
    }
  }

  #push(state: State): number {
    if (this.#states.length >= MOST_STATES) throw new PatternProblem("grows too large: use smaller repetitions");
    return this.#states.push(state) - 1;
  }

  #reach(from: readonly number[]): ReadonlySet<number> {
    const reached = new Set(from);
    // A set that grows while it is walked is walked to its end.
    for (const index of reached) {
      const { test, next } = this.#at(index);
      if (test === null) for (const each of next) reached.add(each);
    }
    return reached;
  }

  #at(index: number): State {
    return this.#states[index] ?? END;
  }
}
