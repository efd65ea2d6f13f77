/** How the gateway reaches a session. Plain data without a schema: the portal shows these words. */
export const ROUTES = ["direct", "ssh", "tunnel"] as const;
export type RouteKind = (typeof ROUTES)[number];

export const ROUTE_WORDS: Readonly<Record<RouteKind, { readonly label: string; readonly line: string }>> = {
  direct: { label: "direct", line: "straight to its port on the node" },
  ssh: { label: "ssh", line: "through the login node" },
  tunnel: { label: "tunnel", line: "through a tunnel that the job has opened" },
};
