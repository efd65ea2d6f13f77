/** A session's log for the people who may see it: its owner and administrators. It runs nothing but the reading of it. */
import { AppError } from "@fairway/contract/errors.ts";
import { SchedulerUnavailable } from "../schedulers/types.ts";
import { ensureOwn, ensureScope } from "./access.ts";
import { LogFollowers, type LogFollowOptions } from "./log-follow.ts";
import { PersonalLine } from "./personal-line.ts";
import type { LogService } from "./types.ts";

export function createLogService(options: LogFollowOptions): LogService {
  const followers = new LogFollowers(options);
  const readings = new PersonalLine();
  const { store, clusters } = options;
  return {
    async read(actor, id, offset) {
      ensureScope(actor, "read:servers");
      const row = await ensureOwn(store, actor, id, "admin:servers");
      const cluster = clusters.get(row.cluster);
      if (cluster === undefined) throw new AppError("cluster_away", `The cluster ${row.cluster} is no longer configured.`);
      try {
        const call = { timeoutMs: cluster.config.command_timeout };
        const slice = await readings.run(`${cluster.name} ${actor.user}`, () =>
          cluster.scheduler.readLog(cluster.transport.actAs, row.user, row.id, offset, call),
        );
        // Also where there is none: nothing will be added.
        const state = row.state === "ended" ? "complete" : slice.exists ? "growing" : "none";
        return { text: slice.text, offset, nextOffset: slice.nextOffset, sizeBytes: slice.sizeBytes, state };
      } catch (error) {
        if (!(error instanceof SchedulerUnavailable)) throw error;
        throw new AppError("cluster_away", "The log cannot be read at the moment.", { cause: error, next: "Try again in a moment." });
      }
    },

    async follow(actor, id, offset) {
      ensureScope(actor, "read:servers");
      await ensureOwn(store, actor, id, "admin:servers");
      return (listener) => followers.follow(id, offset, listener);
    },
  };
}
