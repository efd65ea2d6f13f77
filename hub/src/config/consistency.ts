/** What no single field can tell: references that lead nowhere, bounds that cross, secrets too weak to start with. */
import { checkDoor } from "./door.ts";
import { checkGroupNames } from "./group-names.ts";
import { checkOptions } from "./options.ts";
import type { ConfigProblem } from "./problems.ts";
import { checkRoutes } from "./routes.ts";
import type { ConfigFile } from "./schema.ts";
import { suggest } from "./suggest.ts";
import { checkTimeLeft } from "./time-left.ts";

export function ensureConsistent(config: ConfigFile): ConfigProblem[] {
  return [
    ...checkReferences(config),
    ...checkOptions(config),
    ...checkGroupNames(config),
    ...checkSignIn(config),
    ...checkPam(config),
    ...checkListeners(config),
    ...checkCallbacks(config),
    ...checkAddresses(config),
    ...checkRoutes(config),
    ...checkDoor(config),
    ...checkTimeLeft(config),
  ];
}

/** Apps that need no entry under `apps:`. */
export const BUILT_IN_APPS = ["jupyterlab", "noop"] as const;

function checkReferences(config: ConfigFile): ConfigProblem[] {
  const clusters = Object.keys(config.clusters);
  const apps = [...BUILT_IN_APPS, ...Object.keys(config.apps)];
  const problems: ConfigProblem[] = [];
  const names = new Set<string>();
  for (const [index, profile] of config.profiles.entries()) {
    const path = `profiles.${index}`;
    if (names.has(profile.name)) problems.push({ path: `${path}.name`, message: `another profile is called "${profile.name}" already` });
    names.add(profile.name);
    if (!clusters.includes(profile.cluster))
      problems.push({ path: `${path}.cluster`, message: unknownName("cluster", profile.cluster, clusters) });
    if (!apps.includes(profile.app)) problems.push({ path: `${path}.app`, message: unknownName("app", profile.app, apps) });
  }
  return problems;
}

/** A launcher that runs as the service account would check that account's password alone; local jobs check none. */
function checkPam({ sign_in: { pam }, clusters }: ConfigFile): ConfigProblem[] {
  if (pam === undefined) return [];
  const path = "sign_in.pam.cluster";
  const names = Object.keys(clusters);
  if (!names.includes(pam.cluster)) return [{ path, message: unknownName("cluster", pam.cluster, names) }];
  if (clusters[pam.cluster]?.act_as !== "service") return [];
  const why = `"${pam.cluster}" has act_as: service, and a password is checked as the person`;
  const next = "name a cluster with act_as: sudo or certificate, or use demo_users";
  return [{ path, message: `nobody could sign in by it: ${why}; ${next}` }];
}

function unknownName(kind: string, name: string, known: readonly string[]): string {
  const near = suggest(name, known);
  return `there is no ${kind} "${name}"${near === null ? ` (known: ${known.join(", ")})` : `; did you mean "${near}"?`}`;
}

function checkSignIn(config: ConfigFile): ConfigProblem[] {
  const { demo_users: users, pam } = config.sign_in;
  if (users === undefined && pam === undefined) return [{ path: "sign_in", message: "nobody could sign in: set pam or demo_users" }];
  if (users === undefined || config.demo) return [];
  return Object.entries(users)
    .filter(([, password]) => !password.startsWith("scrypt:"))
    .map(([name]) => ({
      path: `sign_in.demo_users.${name}`,
      message: "a plain password is accepted in demo mode only; write a scrypt hash (see docs/configuration.md)",
    }));
}

/** Plain HTTP beyond this machine is for a proxy that we were told to trust. */
function checkListeners(config: ConfigFile): ConfigProblem[] {
  return config.listen.flatMap((listener, index) => {
    const isPlain = "port" in listener && listener.tls === null;
    const isLoopback = "port" in listener && (listener.address === "127.0.0.1" || listener.address === "::1");
    return isPlain && !isLoopback && config.trusted_proxies.length === 0 && !config.demo
      ? [
          {
            path: `listen.${index}`,
            message: "passwords would cross the network in clear: set tls, or trusted_proxies if a proxy of yours stands in front",
          },
        ]
      : [];
  });
}

/**
 * Origins alone: the base URL has a key of its own. And without a pinned key nothing proves who answers,
 * so the node must be known by the cluster's own word for it, never by the job's.
 */
function checkAddresses(config: ConfigFile): ConfigProblem[] {
  const clusters = Object.entries(config.clusters);
  const urls = [
    ["public_url", config.public_url],
    ...clusters.map(([name, { callback_url: url }]) => [`clusters.${name}.callback_url`, url]),
  ];
  return [
    ...urls.flatMap(([path = "", url]) =>
      url === undefined || new URL(url).href === `${new URL(url).origin}/`
        ? []
        : [{ path, message: "holds more than scheme, host and port: a path belongs into base_url" }],
    ),
    ...clusters
      .filter(([, { scheduler, pinned_tls: isPinned, node_address: form }]) => scheduler !== "local" && !isPinned && form !== "hostname")
      .map(([name]) => ({
        path: `clusters.${name}.node_address`,
        message: "must be hostname when pinned_tls is off: a job could else send everybody's requests anywhere",
      })),
  ];
}

function checkCallbacks(config: ConfigFile): ConfigProblem[] {
  return [...checkPublicUrl(config), ...checkCallbackUrls(config)];
}

/** The path is base_url's matter: said in both, it would be said twice in every address. */
function checkPublicUrl({ public_url: url, base_url: baseUrl }: ConfigFile): ConfigProblem[] {
  if (url === undefined || new URL(url).pathname === "/") return [];
  return [{ path: "public_url", message: `leave its path to base_url (which is "${baseUrl}"): write ${new URL(url).origin}` }];
}

function checkCallbackUrls(config: ConfigFile): ConfigProblem[] {
  return Object.entries(config.clusters).flatMap(([name, cluster]) => {
    const url = cluster.callback_url ?? config.public_url;
    const path = `clusters.${name}.callback_url`;
    if (url === undefined) return [{ path, message: "is needed (or public_url): how does a compute node reach Fairway?" }];
    const isPlain = new URL(url).protocol === "http:";
    return isPlain && cluster.scheduler !== "local" ? [{ path, message: "must be https: the job's secrets travel here" }] : [];
  });
}
