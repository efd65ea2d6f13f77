/** The last of a shell's output, each byte under its number, in memory of one fixed size. */
export class Output {
  readonly #ring: Buffer;
  #end = 0;

  constructor(maxBytes: number) {
    this.#ring = Buffer.alloc(maxBytes);
  }

  /** The number that the next byte will have. */
  get end(): number {
    return this.#end;
  }

  append(bytes: Buffer): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.#ring.length));
    const at = (this.#end + bytes.length - kept.length) % this.#ring.length;
    const first = Math.min(kept.length, this.#ring.length - at);
    kept.copy(this.#ring, at, 0, first);
    kept.copy(this.#ring, 0, first);
    this.#end += bytes.length;
  }

  /**
   * What follows `offset`, as a copy. Where its beginning is gone, it begins with the next whole line that there is:
   * half a character or half a colour would spoil what comes after it.
   */
  readFrom(offset: number): { readonly offset: number; readonly bytes: Buffer } {
    const start = Math.max(0, this.#end - this.#ring.length);
    if (offset >= start && offset <= this.#end) return { offset, bytes: this.#copy(offset) };
    const bytes = this.#copy(start);
    const line = start === 0 ? 0 : bytes.indexOf("\n") + 1;
    return { offset: start + line, bytes: bytes.subarray(line) };
  }

  #copy(offset: number): Buffer {
    const bytes = Buffer.allocUnsafe(this.#end - offset);
    const at = offset % this.#ring.length;
    const first = this.#ring.copy(bytes, 0, at, Math.min(at + bytes.length, this.#ring.length));
    this.#ring.copy(bytes, first, 0, bytes.length - first);
    return bytes;
  }
}
