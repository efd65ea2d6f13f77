import { describe, expect, it } from "vitest";
import { Output } from "./output.ts";

function outputOf(size: number, ...texts: string[]): Output {
  const output = new Output(size);
  for (const text of texts) output.append(Buffer.from(text));
  return output;
}
const read = (output: Output, offset: number) => {
  const { offset: from, bytes } = output.readFrom(offset);
  return [from, bytes.toString()];
};

describe("a shell's output", () => {
  it("is read from any byte that is still there", () => {
    const output = outputOf(10, "abc", "def");
    expect(output.end).toBe(6);
    expect(read(output, 0)).toEqual([0, "abcdef"]);
    expect(read(output, 4)).toEqual([4, "ef"]);
    expect(read(output, 6)).toEqual([6, ""]);
  });

  it("keeps its last bytes, over the end of its memory and back", () => {
    const output = outputOf(10, "0123456", "789abcd");
    expect(read(output, 4)).toEqual([4, "456789abcd"]);
    expect(read(output, 12)).toEqual([12, "cd"]);
  });

  it("takes more at once than it can keep", () => {
    const output = outputOf(4, "xx", "0123456789");
    expect(output.end).toBe(12);
    expect(read(output, 8)).toEqual([8, "6789"]);
  });

  it("begins with a whole line where the beginning is gone, and with all there is where there is no line", () => {
    expect(read(outputOf(10, "first line\nsecond"), 0)).toEqual([11, "second"]);
    expect(read(outputOf(4, "no line at all"), 3)).toEqual([10, " all"]);
  });

  it("gives all to whoever names a byte that is yet to come", () => {
    expect(read(outputOf(10, "abc"), 99)).toEqual([0, "abc"]);
  });

  it("gives copies: what is written later does not change them", () => {
    const output = outputOf(4, "abcd");
    const { bytes } = output.readFrom(0);
    output.append(Buffer.from("wxyz"));
    expect(bytes.toString()).toBe("abcd");
  });

  it("tells each byte once, however it came and whenever it was read", () => {
    const output = new Output(64);
    let written = "";
    let seen = "";
    for (let round = 0; round < 200; round += 1) {
      const text = String(round).repeat((round * 7) % 13);
      output.append(Buffer.from(text));
      written += text;
      if (round % 2 === 0) seen += output.readFrom(seen.length).bytes.toString();
    }
    seen += output.readFrom(seen.length).bytes.toString();
    expect(seen).toBe(written);
  });
});
