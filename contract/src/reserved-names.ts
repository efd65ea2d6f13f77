/** What a session may not be called. Without schemas: the portal takes it, too. */

/** The first path segments that Jupyter's own pages use. */
export const RESERVED_SESSION_NAMES = [
  "api",
  "doc",
  "edit",
  "files",
  "hub",
  "kernelspecs",
  "lab",
  "lsp",
  "metrics",
  "nbconvert",
  "nbextensions",
  "notebooks",
  "oauth-callback",
  "proxy",
  "retro",
  "static",
  "terminals",
  "tree",
  "user",
  "view",
  "voila",
] as const;

export function isReservedSessionName(name: string): boolean {
  return (RESERVED_SESSION_NAMES as readonly string[]).includes(name);
}
