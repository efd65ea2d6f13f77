/** People's public SSH keys. One that was removed stays a while, so that a door that was away hears of it. */
import type { Kysely } from "kysely";
import type { Database, SshKeyRow } from "./schema.ts";

export class SshKeyStore {
  readonly #database: Kysely<Database>;

  constructor(database: Kysely<Database>) {
    this.#database = database;
  }

  /** @returns false when somebody has this key already (an index says so, whoever else comes at the same moment). */
  async insert(key: SshKeyRow): Promise<boolean> {
    const query = this.#database.insertInto("sshKeys").values(key);
    return ((await query.onConflict((conflict) => conflict.doNothing()).executeTakeFirst()).numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /** Newest first. */
  async ofUser(user: string): Promise<readonly SshKeyRow[]> {
    const query = this.#database.selectFrom("sshKeys").selectAll().where("user", "=", user).where("removedAt", "is", null);
    return query.orderBy("createdAt", "desc").orderBy("id").execute();
  }

  async byFingerprint(fingerprint: string): Promise<SshKeyRow | null> {
    const query = this.#database.selectFrom("sshKeys").selectAll().where("fingerprint", "=", fingerprint).where("removedAt", "is", null);
    return (await query.executeTakeFirst()) ?? null;
  }

  /** One that counts, else the one that was removed last. */
  async lastByFingerprint(fingerprint: string): Promise<SshKeyRow | null> {
    const query = this.#database
      .selectFrom("sshKeys")
      .selectAll()
      .where("fingerprint", "=", fingerprint)
      .where("removedAt", "is not", null);
    return (await this.byFingerprint(fingerprint)) ?? (await query.orderBy("removedAt", "desc").executeTakeFirst()) ?? null;
  }

  async touch(id: string, at: number): Promise<void> {
    await this.#database.updateTable("sshKeys").set({ lastUsedAt: at }).where("id", "=", id).execute();
  }

  /** @returns false when this person has no such key (any more). */
  async remove(user: string, id: string, at: number): Promise<boolean> {
    const query = this.#database.updateTable("sshKeys").set({ removedAt: at }).where("id", "=", id).where("user", "=", user);
    return (await query.where("removedAt", "is", null).executeTakeFirst()).numUpdatedRows > 0n;
  }

  async removedSince(sinceMs: number): Promise<readonly SshKeyRow[]> {
    return this.#database.selectFrom("sshKeys").selectAll().where("removedAt", ">=", sinceMs).execute();
  }

  /** Forgets keys that were removed before then. */
  async prune(beforeMs: number): Promise<void> {
    await this.#database.deleteFrom("sshKeys").where("removedAt", "<", beforeMs).execute();
  }
}
