/**
 * The one secret that everything else is derived from, and the random that makes it. It lives in
 * `STATE_DIR/secrets/master.key` (0600) and nowhere else: not in the database, not in its backups.
 */
import { createHmac, randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const MASTER_KEY_BYTES = 32;

/** Loads the master key, making it on the first start. @throws when others could read it, or it is damaged. */
export function loadMasterKey(stateDir: string): Buffer {
  const directory = join(stateDir, "secrets");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const file = join(directory, "master.key");
  if (!existsSync(file)) createOnce(file, `${randomBytes(MASTER_KEY_BYTES).toString("base64url")}\n`);
  ensurePrivate(file);
  const key = Buffer.from(readFileSync(file, "utf8").trim(), "base64url");
  if (key.length !== MASTER_KEY_BYTES) {
    throw new Error(
      `${file} is damaged: it should hold ${MASTER_KEY_BYTES} bytes. Restore it from your backup; a new one ends every sign-in and running session's route.`,
    );
  }
  return key;
}

/**
 * A private file (0600) that is there whole or not at all, also after a power cut. Written aside and
 * linked into place: of two first starts at once the first one's counts, for both.
 */
export function createOnce(file: string, text: string): void {
  // Not the process id: in a container it is the same at every start, and a draft may have been left behind.
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
    linkSync(draft, file);
  } catch (error) {
    // Somebody else made it in the same moment.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

export function ensurePrivate(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o077) !== 0) throw new Error(`${file} can be read by others (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${file}`);
}

/** 32 bytes for one purpose. Labels never repeat between purposes (HMAC-SHA-256 as a PRF). */
export function derive(masterKey: Buffer, ...label: readonly string[]): Buffer {
  return createHmac("sha256", masterKey).update(label.join("\0")).digest();
}
