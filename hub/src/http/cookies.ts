/** Our two cookies on the wire (RFC 6265). */
import { AppError } from "@fairway/contract/errors.ts";
import { cookieNames } from "@fairway/contract/feed.ts";

export interface CookieScope {
  readonly baseUrl: string;
  readonly isSecure: boolean;
}

export interface OurCookies {
  readonly session: string | null;
  readonly login: string | null;
}

/**
 * @throws not_signed_in when one of ours is there twice with different values: a page below our own
 * path, or a neighbouring host, can add a second one ("cookie tossing"), and which is ours nobody knows.
 */
export function readOurCookies(header: string | undefined, scope: CookieScope): OurCookies {
  const names = cookieNames(scope.baseUrl, scope.isSecure);
  return { session: readOne(header, names.session), login: readOne(header, names.login) };
}

function readOne(header: string | undefined, name: string): string | null {
  const prefix = `${name}=`;
  const pairs = (header ?? "").split(";").map((pair) => pair.trim());
  const values = new Set(pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length)));
  if (values.size > 1) {
    throw new AppError("not_signed_in", "Your browser sent two different sign-ins.", {
      next: "Delete this site's cookies in your browser, then sign in again.",
    });
  }
  const [value = ""] = values;
  return value === "" ? null : value;
}

/** `Set-Cookie` lines. An empty value with age 0 deletes. */
export function writeCookies(
  cookies: { session?: { value: string; maxAgeSeconds: number }; login?: { value: string; maxAgeSeconds: number } },
  scope: CookieScope,
): string[] {
  const names = cookieNames(scope.baseUrl, scope.isSecure);
  const attributes = `Path=${scope.baseUrl}; HttpOnly; SameSite=Lax${scope.isSecure ? "; Secure" : ""}`;
  return (["session", "login"] as const).flatMap((kind) => {
    const cookie = cookies[kind];
    return cookie === undefined ? [] : [`${names[kind]}=${cookie.value}; Max-Age=${cookie.maxAgeSeconds}; ${attributes}`];
  });
}

const DELETED = { value: "", maxAgeSeconds: 0 };

export function deleteCookies(scope: CookieScope): string[] {
  return writeCookies({ session: DELETED, login: DELETED }, scope);
}
