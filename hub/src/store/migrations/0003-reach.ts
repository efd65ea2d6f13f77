/** How sessions are reached: routes, people's SSH keys and certificates, sign-ins of programs without a browser. */
import { type Kysely, type SqlBool, sql } from "kysely";

export async function reach<T>({ schema }: Kysely<T>): Promise<void> {
  await schema.alterTable("sessions").addColumn("route", "text").execute();
  await schema.alterTable("sessions").addColumn("sshd_port", "bigint").execute();
  await schema
    .createTable("ssh_keys")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user", "text", (column) => column.notNull())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .addColumn("public_key", "text", (column) => column.notNull())
    .addColumn("note", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("last_used_at", "bigint")
    .addColumn("removed_at", "bigint")
    .execute();
  // A key that opens two people's sessions would open neither for sure.
  await schema
    .createIndex("ssh_keys_fingerprint")
    .unique()
    .on("ssh_keys")
    .column("fingerprint")
    .where(sql<SqlBool>`removed_at is null`)
    .execute();
  await schema
    .createTable("certificates")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user", "text", (column) => column.notNull())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .addColumn("token_id", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("revoked_at", "bigint")
    .execute();
  await schema.createIndex("certificates_user").on("certificates").columns(["user", "expires_at"]).execute();
  await schema
    .createTable("device_sign_ins")
    .addColumn("device_hash", "text", (column) => column.primaryKey())
    .addColumn("user_code", "text", (column) => column.notNull().unique())
    .addColumn("note", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("user", "text")
    .addColumn("verdict", "text")
    .addColumn("taken_at", "bigint")
    .execute();
  await schema
    .createTable("routes")
    .addColumn("cluster", "text", (column) => column.notNull())
    .addColumn("partition", "text", (column) => column.notNull())
    .addColumn("route", "text", (column) => column.notNull())
    .addColumn("found_at", "bigint", (column) => column.notNull())
    .addColumn("detail", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("routes_key", ["cluster", "partition"])
    .execute();
}
