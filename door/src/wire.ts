/** SSH's own notation (RFC 4251, section 5), read with every length checked: what it reads comes from strangers. */

/** What was read is not what it says it is. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  uint64(): bigint {
    return this.#take(8).readBigUInt64BE();
  }

  string(): Buffer {
    return this.#take(this.uint32());
  }

  /** As ASCII: names of types and options. */
  text(): string {
    const bytes = this.string();
    if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) throw new Malformed("a name holds what no name holds");
    return bytes.toString("latin1");
  }

  /** A number that is not negative, without its leading zero. */
  mpint(): Buffer {
    const bytes = this.string();
    if (bytes.length > 0 && (bytes[0] ?? 0) >= 0x80) throw new Malformed("a number is negative");
    const first = bytes.findIndex((byte) => byte !== 0);
    return first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
  }

  /** Each string in a string. @throws {Malformed} when there are more than `most` */
  strings(most: number): Buffer[] {
    const inner = new Reader(this.string());
    const all: Buffer[] = [];
    while (!inner.isAtEnd) {
      if (all.length === most) throw new Malformed("a list is too long");
      all.push(inner.string());
    }
    return all;
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new Malformed("it ends too early");
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
