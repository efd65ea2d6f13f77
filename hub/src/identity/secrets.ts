/** Random ids and secrets, and the only form in which a secret is stored: its SHA-256. */
import { createHash, randomBytes, randomInt } from "node:crypto";

/** 34 characters without `0`, `1` and capitals, as the contract's ids have it. */
const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz23456789";

/** 12 characters of a-z and 2-9 (61 random bits): unguessable enough for an id, no secret. */
export function newId(): string {
  return Array.from({ length: 12 }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join("");
}

/** 256 random bits as 43 characters of base64url. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** An API token: recognisable by its prefix (`TOKEN_PATTERN` in the contract). */
export function newToken(): string {
  return `fwt_${newSecret()}`;
}

/** Lower-case hex. Without salt: what is hashed has 256 random bits already, and is looked up by it. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
