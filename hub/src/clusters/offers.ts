/** What a cluster has, what of it a person may use, and what of that is free: all from caches that everybody shares. */
import { AppError } from "@fairway/contract/errors.ts";
import type { Cluster } from "./cluster.ts";
import type { OfferService } from "./types.ts";

export function createOfferService(clusters: ReadonlyMap<string, Cluster>): OfferService {
  const notYet = () => Promise.reject(new AppError("not_found", "This is not built yet."));
  return {
    clusters: () => [...clusters.values()].map((cluster) => cluster.view()),
    offer: notYet,
    files: notYet,
  };
}
