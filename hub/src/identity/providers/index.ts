/** The ways to sign in with a password that this site has, from its configuration. */
import type { Cluster } from "../../clusters/cluster.ts";
import type { Config } from "../../config/load.ts";
import type { PasswordProvider } from "../types.ts";
import { createDemoProvider } from "./demo.ts";
import { createLauncherProvider } from "./launcher.ts";

export function createProviders(config: Config, clusters: ReadonlyMap<string, Cluster>): PasswordProvider[] {
  const { demo_users: users, pam } = config.sign_in;
  const providers: PasswordProvider[] = [];
  if (users !== undefined) providers.push(createDemoProvider({ users: new Map(Object.entries(users)), isDemo: config.demo }));
  const cluster = pam === undefined ? undefined : clusters.get(pam.cluster);
  if (pam !== undefined && cluster !== undefined) {
    const { actAs, exec } = cluster.transport;
    providers.push(createLauncherProvider({ actAs, exec, label: pam.label, timeoutMs: cluster.config.command_timeout }));
  }
  return providers;
}
