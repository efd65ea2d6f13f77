/** What the clusters offer to people. */
import type { Cluster } from "@fairway/contract/accounts.ts";
import type { ClusterOffer, FileList } from "@fairway/contract/clusters.ts";
import type { Actor } from "../sessions/types.ts";

export interface OfferService {
  clusters(): readonly Cluster[];
  /** @throws not_found */
  offer(actor: Actor, name: string): Promise<ClusterOffer>;
  /** One of the person's own folders there; "" is their home. @throws not_found, cluster_away */
  files(actor: Actor, name: string, path: string): Promise<FileList>;
}
