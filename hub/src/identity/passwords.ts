/** Hashes of passwords that Fairway itself keeps (the demo's): scrypt, its cost written beside it. */
import { createHash, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
/** OWASP's recommendation (2^17, 8, 1 costs 128 MiB a check) at half the memory and twice the passes. */
const COST = { N: 2 ** 16, r: 8, p: 2 };
const MAX_N = 2 ** 18;
const HASH_BYTES = 32;
const PATTERN = /^scrypt:(\d{1,7}):(\d{1,2}):(\d{1,2}):([A-Za-z0-9_-]{22,}):([A-Za-z0-9_-]{43})$/;

/** `scrypt:N:r:p:SALT:HASH`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), hash.toString("base64url")].join(":");
}

export function isPasswordHash(stored: string): boolean {
  return PATTERN.test(stored);
}

/** Takes the same time for a wrong password as for a right one. @throws RangeError when `stored` is no hash of ours. */
export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  const [, n, r, p, salt = "", hash = ""] = PATTERN.exec(stored) ?? [];
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  if (n === undefined || cost.N > MAX_N) throw new RangeError("this is no password hash of Fairway's");
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64url"), cost), Buffer.from(hash, "base64url"));
}

/** Equality of two texts, in a time that tells nothing of where they differ. */
export function isSameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(a), digest(b));
}

async function derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  // Node refuses more than 32 MiB unless told; scrypt needs 128·N·r and a little.
  return scryptAsync(password.normalize("NFC"), salt, HASH_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r });
}
