/** What the clusters offer to people. */
import type { Cluster } from "@fairway/contract/accounts.ts";
import type { ClusterOffer, FileList } from "@fairway/contract/clusters.ts";
import type { Actor } from "../sessions/types.ts";

export interface OfferService {
  clusters(): readonly Cluster[];
  /** @throws not_found */
  offer(actor: Actor, name: string): Promise<ClusterOffer>;
  /** One of the person's own folders there; "" is their home. @throws not_found, cluster_away, too_many */
  files(actor: Actor, name: string, path: string): Promise<FileList>;
}

/** Something a cluster would refuse, or take and never start. */
export interface Refusal {
  /** "person": whatever is asked for, it is they who are refused. */
  readonly field: "person" | "cpus" | "memory" | "gpus" | "gpu_type" | "time" | "partition" | "account" | "qos" | "reservation";
  /** Names the limit, who sets it and what was asked for. */
  readonly line: string;
}
