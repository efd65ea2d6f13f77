/**
 * Which jobs are this Fairway's: their names begin with a prefix of its own, so that a second one on
 * the same cluster (a test installation) never takes the first one's jobs for its own.
 */
import { randomBytes } from "node:crypto";
import type { SettingStore } from "../store/settings.ts";

const KEY = "instance";

/** "fw-3fa9c1-": made at the first start, kept with the database and its backups. */
export async function instancePrefix(settings: SettingStore): Promise<string> {
  const known = await settings.get(KEY);
  if (known !== null) return `fw-${known}-`;
  const made = randomBytes(3).toString("hex");
  await settings.set(KEY, made);
  return `fw-${made}-`;
}
