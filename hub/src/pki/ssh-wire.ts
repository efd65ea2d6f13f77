/**
 * SSH's own notation (RFC 4251 §5) and what is written in it: public keys as one line, their fingerprints.
 * Pure; knows no file. Whatever it reads comes from outside: it throws `SshFormatError` and nothing else.
 */
import { createHash } from "node:crypto";

export class SshFormatError extends Error {
  override readonly name = "SshFormatError";
}

export interface SshPublicKey {
  /** As its line begins: `ssh-ed25519`. The blob says the same. */
  readonly type: string;
  readonly blob: Buffer;
  readonly comment: string;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

export function sshString(data: Buffer | string): Buffer {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** Reads one field after the other. @throws SshFormatError where there is less than promised */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.#take(this.uint32());
  }

  text(): string {
    return this.string().toString("utf8");
  }

  rest(): Buffer {
    return this.#take(this.#bytes.length - this.#at);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new SshFormatError("it ends too early");
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}

/** One line of `authorized_keys` without options. @throws SshFormatError */
export function parsePublicKeyLine(line: string): SshPublicKey {
  const [type = "", base64 = "", ...comment] = line.trim().split(/ +/);
  const blob = Buffer.from(base64, "base64");
  // Node skips what is no base64: only what comes out again as it went in is a key.
  if (blob.toString("base64").replace(/=+$/, "") !== base64.replace(/=+$/, "")) throw new SshFormatError("its second word is no base64");
  if (new SshReader(blob).text() !== type) throw new SshFormatError("it is of another type than it says");
  return { type, blob, comment: comment.join(" ") };
}

export function formatPublicKeyLine({ type, blob, comment }: SshPublicKey): string {
  return `${type} ${blob.toString("base64")}${comment === "" ? "" : ` ${comment}`}`;
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
