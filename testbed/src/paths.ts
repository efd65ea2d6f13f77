// Where a testbed keeps its things on the host. The only reader of the environment.
import { dirname, join } from "node:path";

export interface Paths {
  /** Root file systems and layers, made once; only `purge` removes them. */
  readonly cache: string;
  /** One folder per testbed that is up. */
  readonly state: string;
  /** The workspace, which the hub node shows at /opt/fairway. */
  readonly checkout: string;
  /** The shell recipes beside this code. */
  readonly recipes: string;
}

export function readPaths(env: NodeJS.ProcessEnv): Paths {
  const workspace = dirname(import.meta.dirname);
  return {
    cache: env.FAIRWAY_TESTBED_CACHE ?? "/var/cache/fairway-testbed",
    state: env.FAIRWAY_TESTBED_STATE ?? "/var/lib/fairway-testbed",
    checkout: dirname(workspace),
    recipes: join(workspace, "recipes"),
  };
}

export function testbedDir(paths: Paths, name: string): string {
  return join(paths.state, name);
}

export function nodeDir(paths: Paths, name: string, node: string): string {
  return join(testbedDir(paths, name), "nodes", node);
}
