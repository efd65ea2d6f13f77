/** How sessions are reached: a tunnel needs a door, and what every job is told holds no secret. */
import type { ConfigProblem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

export function checkRoutes({ clusters, door }: Pick<ConfigFile, "clusters" | "door">): ConfigProblem[] {
  return Object.entries(clusters).flatMap(([name, { route, tunnel_proxy: tunnelProxy, outbound }]) => {
    const path = `clusters.${name}`;
    const proxies = [
      ["tunnel_proxy", tunnelProxy],
      ["outbound.http_proxy", outbound.http_proxy],
      ["outbound.https_proxy", outbound.https_proxy],
    ] as const;
    return [
      ...(route === "tunnel" && door === undefined
        ? [{ path: `${path}.route`, message: "tunnel needs a door, which is where jobs dial to" }]
        : []),
      ...proxies.flatMap(([key, url]) => (url === undefined || isPlain(url) ? [] : [{ path: `${path}.${key}`, message: PLAIN }])),
    ];
  });
}

const PLAIN = "must be scheme, host and port alone: every job is told of it, so a name and password would be no secret";

function isPlain(text: string): boolean {
  const url = new URL(text);
  return url.href === `${url.origin}/`;
}
