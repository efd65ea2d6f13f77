/** Which part of the edge answers a path. Pure; decides nothing about who may. */
import { PORTAL_PATHS } from "@fairway/contract/api.ts";
import { readTerminalSegment } from "@fairway/contract/names.ts";
import type { TerminalPlace } from "@fairway/contract/terminal-place.ts";

export type Place =
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "version" }
  | { readonly kind: "hub" }
  | { readonly kind: "asset"; readonly name: string }
  | { readonly kind: "portal" }
  /** `below` is the path below the base URL, with a leading slash. */
  | { readonly kind: "session"; readonly below: string }
  /** A page of the asker's own session; `rest` without a leading slash. */
  | { readonly kind: "own-session"; readonly rest: string }
  | { readonly kind: "nowhere" };

/** Which terminal a WebSocket is for; null when the path is another. */
export function findTerminal(path: string, baseUrl: string): TerminalPlace | null {
  const below = path.startsWith(baseUrl) ? path.slice(baseUrl.length) : "";
  return readTerminalSegment(/^terminal\/([^/]+)\/socket$/.exec(below)?.[1] ?? "");
}

const USER_REDIRECT = "/hub/user-redirect";

export function findPlace(path: string, baseUrl: string): Place {
  if (path === "/" && baseUrl !== "/") return { kind: "redirect", to: baseUrl };
  if (`${path}/` === baseUrl) return { kind: "redirect", to: baseUrl };
  if (!path.startsWith(baseUrl)) return { kind: "nowhere" };
  const below = path.slice(baseUrl.length - 1);

  if (below === "/" || below === "/hub" || below === "/hub/") return { kind: "redirect", to: `${baseUrl}hub/home` };
  if (below === "/hub/api" || below === "/hub/api/") return { kind: "version" };
  if (below.startsWith("/hub/api/") || below.startsWith("/api/")) return { kind: "hub" };
  if (below === USER_REDIRECT) return { kind: "own-session", rest: "" };
  if (below.startsWith(`${USER_REDIRECT}/`)) return { kind: "own-session", rest: below.slice(USER_REDIRECT.length + 1) };
  if (below.startsWith("/user/")) return { kind: "session", below };
  if (below.startsWith("/static/")) return { kind: "asset", name: below.slice(1) };
  if (PORTAL_PATHS.some((page) => below === page || below.startsWith(`${page}/`))) return { kind: "portal" };
  return { kind: "nowhere" };
}
