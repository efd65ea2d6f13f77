/** What a transport needs to run the launcher's verbs as jobs of this machine: hub/share/local-jobs. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export function toLocalDirectory(stateDir: string): string {
  return join(stateDir, "local-jobs");
}

export interface LocalLauncher {
  readonly launcher: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * @param env what the jobs get besides the session's values: PATH and HOME of the account.
 * @param siteApps folder of the site's prologues and apps; /etc/fairway/apps unless told.
 */
export function createLocalLauncher(stateDir: string, env: Readonly<Record<string, string>>, siteApps?: string): LocalLauncher {
  const apps = siteApps === undefined ? {} : { FAIRWAY_SITE_APPS: siteApps };
  return {
    launcher: fileURLToPath(new URL("../../../share/local-jobs", import.meta.url)),
    env: { ...env, ...apps, FAIRWAY_LOCAL_DIR: toLocalDirectory(stateDir) },
  };
}
