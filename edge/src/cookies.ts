/**
 * Our cookies in other people's headers: found, and taken out so that no app ever sees one. What is
 * not ours passes byte for byte.
 */
import { cookieNames } from "@fairway/contract/feed.ts";

const OURS: ReadonlySet<string> = new Set(
  [cookieNames("/", true), cookieNames("/x/", true), cookieNames("/", false)].flatMap((names) => [names.session, names.login]),
);
/** Browsers compare the `__Host-` of a name without regard to case. */
const OURS_IN_LOWER_CASE: ReadonlySet<string> = new Set([...OURS].map((name) => name.toLowerCase()));

/** All values under one name: a page of another path can plant a second cookie beside ours. */
export function readCookies(header: string | undefined, name: string): string[] {
  const values: string[] = [];
  for (const part of (header ?? "").split(";")) {
    const mark = part.indexOf("=");
    if (mark !== -1 && part.slice(0, mark).trim() === name) values.push(part.slice(mark + 1).trim());
  }
  return values;
}

/** A Cookie header without ours; null when nothing is left. */
export function withoutOurCookies(header: string): string | null {
  const parts = header.split(";");
  const kept = parts.filter((part) => !OURS.has(part.split("=", 1)[0]?.trim() ?? ""));
  if (kept.length === parts.length) return header;
  return kept.length === 0 ? null : kept.join(";").trimStart();
}

/** True for a Set-Cookie of an app that a browser could take for one of ours. */
export function setsOurCookie(setCookie: string): boolean {
  // "=fairway=x" is a cookie without a name, which browsers send back as "fairway=x".
  const pair = (setCookie.split(";", 1)[0] ?? "").replace(/^[\s=]+/, "");
  const name = (pair.split("=", 1)[0] ?? "").trim().toLowerCase();
  return OURS_IN_LOWER_CASE.has(name);
}

/** The short cookie as the edge sets it after a renewal (the hub sets the same at sign-in). */
export function toSetCookie(name: string, value: string, maxAgeSeconds: number, baseUrl: string, isSecure: boolean): string {
  const attributes = [`${name}=${value}`, `Path=${baseUrl}`, `Max-Age=${maxAgeSeconds}`, "HttpOnly", "SameSite=Lax"];
  return [...attributes, ...(isSecure ? ["Secure"] : [])].join("; ");
}
