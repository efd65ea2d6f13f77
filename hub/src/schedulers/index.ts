/** The schedulers that Fairway knows, by name. The only file that knows more than one of them. */
import { hostname } from "node:os";
import { createLocalScheduler } from "./local/index.ts";
import { toLocalDirectory } from "./local/launcher.ts";
import { createSlurmScheduler } from "./slurm/index.ts";
import type { Scheduler, SchedulerId } from "./types.ts";

export { createLocalLauncher } from "./local/launcher.ts";

export interface SchedulerSettings {
  /** Absolute path of what the transport runs: the launcher, or local-jobs for the local scheduler. */
  readonly launcher: string;
  /** The hub's own folder: local jobs are kept below it. */
  readonly stateDir: string;
  /** PATH for the scheduler's programs; the system's usual one unless told. */
  readonly path?: string;
  readonly slurmConf?: string;
}

export function createScheduler(id: SchedulerId, settings: SchedulerSettings): Scheduler {
  switch (id) {
    case "slurm":
      return createSlurmScheduler(settings);
    case "local":
      return createLocalScheduler({ program: settings.launcher, directory: toLocalDirectory(settings.stateDir), hostName: hostname() });
  }
}
