/**
 * Names and ids: what may be called how, and where it then lives.
 *
 * A name that passes here is safe as a URL segment, a file name and a job name. It is never safe to
 * skip these checks because "it came from our own database".
 */
import { z } from "zod";
import { isReservedSessionName } from "./reserved-names.ts";
import { splitTerminalSegment, type TerminalPlace } from "./terminal-place.ts";

/** A POSIX account name, normalised once at the edge of the system (lower case, no dots-only names). */
export const UserName = z
  .string()
  .max(32)
  .regex(/^[a-z_][a-z0-9_.-]*$/, "a user name starts with a letter and holds a-z, 0-9, '_', '-' and '.'");

/** JupyterHub 6's rule for server names (single hyphens, 1-30 characters); "" is the default session. */
export const SessionName = z
  .string()
  .max(30)
  .regex(/^$|^[a-z](?:-?[a-z0-9])*$/, "a session name starts with a letter and holds a-z, 0-9 and single hyphens")
  .refine((name) => !isReservedSessionName(name), "this name is taken by a page of Jupyter's own");

/** One run of a session. 60 random bits in an alphabet without look-alikes. */
export const SessionId = z.string().regex(/^[a-z2-9]{12}$/, "a session id is 12 characters of a-z and 2-9");

/** Names in the administrator's configuration: clusters, apps, profiles, options. */
export const ConfigName = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9_-]*$/, "lower-case letters, digits, '-' and '_'");

/** What a terminal's address names; null for what can be no session and no cluster. */
export function readTerminalSegment(text: string): TerminalPlace | null {
  const place = splitTerminalSegment(text);
  const { success } = place.kind === "session" ? SessionId.safeParse(place.id) : ConfigName.safeParse(place.cluster);
  return success ? place : null;
}

/** Path of a session below the base URL, always with both slashes: `/user/alice/` or `/user/alice/second/`. */
export function toSessionPath(user: string, name: string): string {
  return name === "" ? `/user/${user}/` : `/user/${user}/${name}/`;
}

/** A personal token, recognisable (by us and by secret scanners) before it is looked up. */
export const TOKEN_PATTERN = /^fwt_[A-Za-z0-9_-]{43}$/;
