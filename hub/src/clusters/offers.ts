/** What a cluster has, what of it a person may use, and what of that is free: all from caches that everybody shares. */
import { AppError } from "@fairway/contract/errors.ts";
import { FolderRefused, SchedulerUnavailable } from "../schedulers/types.ts";
import { ensureScope } from "../sessions/access.ts";
import { PersonalLine } from "../sessions/personal-line.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterKnowledge } from "./knowledge.ts";
import { toOffer } from "./offer-view.ts";
import type { Rulebook } from "./rulebook.ts";
import type { OfferService } from "./types.ts";

export interface OfferOptions {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly knowledge: ReadonlyMap<string, ClusterKnowledge>;
  readonly rulebook: Rulebook;
}

const NOTHING = { partitions: [], accounts: [], qos: [], reservations: [] };

export function createOfferService({ clusters, knowledge, rulebook }: OfferOptions): OfferService {
  const listings = new PersonalLine();
  const find = (name: string): Cluster => {
    const cluster = clusters.get(name);
    if (cluster !== undefined) return cluster;
    throw new AppError("not_found", `There is no cluster "${name}" here.`, { next: `There are: ${[...clusters.keys()].join(", ")}.` });
  };
  return {
    clusters: () => [...clusters.values()].map((cluster) => cluster.view()),

    async offer(actor, name) {
      ensureScope(actor, "read:hub");
      const cluster = find(name);
      const [entitled, present] = await Promise.all([rulebook.entitlements(name, actor.user), knowledge.get(name)?.present() ?? null]);
      return {
        cluster: cluster.view(),
        ...(entitled === null ? NOTHING : toOffer(entitled.value, present?.value ?? null)),
        rulesAsOf: entitled?.asOf ?? null,
        freeAsOf: present?.asOf ?? null,
      };
    },

    async files(actor, name, path) {
      ensureScope(actor, "start:servers");
      const { scheduler, transport, config, title } = find(name);
      if (path !== "" && !path.startsWith("/")) {
        throw new AppError("invalid_input", "The folder is not an absolute path.", {
          fields: [{ path: "path", message: "must start with /" }],
        });
      }
      try {
        return await listings.run(`${name} ${actor.user}`, () =>
          scheduler.listFiles(transport.actAs, actor.user, path, { timeoutMs: config.command_timeout }),
        );
      } catch (error) {
        if (error instanceof FolderRefused) {
          throw new AppError("not_found", `There is no folder ${path} on ${title} that you may read.`, {
            cause: error,
            next: "Choose another one.",
          });
        }
        if (!(error instanceof SchedulerUnavailable)) throw error;
        throw new AppError("cluster_away", "Your files cannot be listed at the moment.", { cause: error, next: "Try again in a moment." });
      }
    },
  };
}
