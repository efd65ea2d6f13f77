/** Something that gets a person a JupyterLab on a compute node. */
import type { LauncherName } from "./plan.ts";

export interface Launched {
  /** A request that only the running app can answer; throws when it does not. */
  verify(): Promise<void>;
  /** Asks for its end; the caller looks whether the job is gone. */
  stop(): Promise<void>;
}

export interface Launcher {
  readonly name: LauncherName;
  /** Resolves at the moment of "ready". `mark` notes when something on the way was heard. */
  launch(mark: (what: string) => void, signal: AbortSignal): Promise<Launched>;
}
