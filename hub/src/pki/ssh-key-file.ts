/** Private SSH keys in files that only this account can read, and the door's host key. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createOnce, ensurePrivate } from "../config/secrets.ts";
import { makeSshKey, readSshKey, type SshKeyPair } from "./ssh-ed25519.ts";

/** @throws when others could read or write it, or it is no Ed25519 key without passphrase */
export function readPrivateSshKey(file: string): SshKeyPair {
  ensurePrivate(file);
  const { uid } = statSync(file);
  const us = process.geteuid?.();
  if (uid !== us) throw new Error(`${file} belongs to another account (uid ${uid}; this is ${us}): it could be changed behind our back.`);
  try {
    return readSshKey(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} is no Ed25519 key that can be used: ${(error as Error).message}. Restore it from your backup.`, {
      cause: error,
    });
  }
}

/**
 * The key by which people's ssh knows the door. Made once in `STATE_DIR/door-host-key`, unless the site has its
 * own: another one is a warning on every screen.
 */
export function openDoorHostKey(stateDir: string, ownFile?: string): SshKeyPair {
  if (ownFile !== undefined) return readPrivateSshKey(ownFile);
  const file = join(stateDir, "door-host-key");
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) createOnce(file, makeSshKey("fairway-door").privateKey);
  return readPrivateSshKey(file);
}

/** Whole or not at all. Public halves: 0600 all the same, since nobody else needs them there. */
export function writePublic(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
  renameSync(draft, file);
}
