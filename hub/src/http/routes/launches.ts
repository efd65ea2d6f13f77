/** What can be launched and where, and everything that can be asked before. */
import type { HttpContext } from "../context.ts";
import type { Handlers } from "../operations.ts";

export function launchHandlers({
  launches,
  offers,
}: HttpContext): Pick<
  Handlers,
  "profiles" | "clusters" | "cluster" | "files" | "checkLaunch" | "previewLaunch" | "alternatives" | "startInstead"
> {
  return {
    profiles: async ({ actor }) => ({ profiles: [...(await launches.profiles(actor))] }),
    clusters: async () => ({ clusters: [...offers.clusters()] }),
    cluster: ({ actor, params }) => offers.offer(actor, params.name),
    files: ({ actor, params, query }) => offers.files(actor, params.name, query.path),
    checkLaunch: ({ actor, body }) => launches.check(actor, body),
    previewLaunch: ({ actor, body, visit }) => launches.preview(actor, body, visit.origin),
    alternatives: ({ actor, params }) => launches.alternatives(actor, params.id),
    startInstead: ({ actor, params, body }) => launches.startInstead(actor, params.id, body.options),
  };
}
