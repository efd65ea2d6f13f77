/** What a migration is. */
import type { Kysely } from "kysely";

export type StoreKind = "sqlite" | "postgres";

export interface Migration {
  readonly version: number;
  readonly name: string;
  up<T>(database: Kysely<T>, kind: StoreKind): Promise<void>;
}
