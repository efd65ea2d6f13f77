/**
 * Where the portal is: the base URL that the edge wrote into index.html, and addresses below it.
 *
 * Pure. A base always begins and ends with a slash: "/" or "/jupyter/".
 */

/** The base from the page's `fairway-base`; "/" where no edge has filled it in. */
export function readBase(content: string | null): string {
  if (content === null || !content.startsWith("/") || content.startsWith("//")) return "/";
  return content.endsWith("/") ? content : `${content}/`;
}

/** "/api/v1/me" below "/jupyter/" is "/jupyter/api/v1/me". */
export function toHref(base: string, path: string): string {
  return base + path.replace(/^\/+/, "");
}

/**
 * Where to go after sign-in, or null. Only a path on this origin and below our base passes: anything
 * else would let a link send people who just typed their password to a page of somebody else's.
 */
export function toSafeNext(next: string | undefined, base: string, origin: string): string | null {
  if (next === undefined || !next.startsWith("/")) return null;
  let url: URL;
  try {
    url = new URL(next, origin);
  } catch {
    return null; // not an address at all
  }
  if (url.origin !== origin || !url.pathname.startsWith(base)) return null;
  if (url.pathname === toHref(base, "/hub/login")) return null;
  return url.pathname + url.search + url.hash;
}
