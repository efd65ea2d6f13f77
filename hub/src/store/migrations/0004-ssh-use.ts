/** Use over ssh, apart from all traffic: an app that tells of its own use knows nothing of it. */
import type { Kysely } from "kysely";

export async function sshUse<T>({ schema }: Kysely<T>): Promise<void> {
  await schema.alterTable("sessions").addColumn("ssh_activity_at", "bigint").execute();
}
