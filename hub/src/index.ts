/** The hub: Fairway's control plane. Other workspaces start it as a process; only tests import it. */
export type { SessionService } from "./sessions/types.ts";
