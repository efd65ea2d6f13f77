/** Sends the launch, and leads to the new session's page. */
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { applySession } from "../api/live-cache.ts";
import { useApp } from "../app.ts";
import type { LaunchRequest } from "./use-check.ts";

export function useLaunch() {
  const { api, cache, changes } = useApp();
  const router = useRouter();
  return useMutation({
    mutationFn: async (request: LaunchRequest) => {
      const mark = changes.mark();
      return changes.newest(await api.launch(request), mark);
    },
    onSuccess: async (session) => {
      applySession(cache, session);
      void cache.invalidateQueries({ queryKey: ["profiles"] }); // what is remembered of it has changed
      await router.navigate({ to: "/sessions/$id", params: { id: session.id } });
    },
  });
}
