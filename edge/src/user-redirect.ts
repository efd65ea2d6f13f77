/**
 * JupyterHub's `/hub/user-redirect/PATH?query`: a link that teachers give to everybody, and that leads each
 * person to that page of their own session. It leads to no other place, whatever the path says.
 */
import { AppError } from "@fairway/contract/errors.ts";
import { OpenPath } from "@fairway/contract/sessions.ts";
import { type AccessRules, ensureSignedIn } from "./access.ts";
import { type Exchange, redirect } from "./exchange.ts";

/**
 * To the session if there is one (where it waits, its page goes on by itself once it is ready), else to the
 * portal, which keeps the path for what is launched there.
 * @throws {AppError} not_signed_in, bad_request for a path that could lead elsewhere, hub_away
 */
export async function redirectToOwnSession(exchange: Exchange, rest: string, rules: AccessRules, baseUrl: string): Promise<void> {
  const { req, visit } = exchange;
  const path = `${rest}${visit.query}`;
  if (req.method !== "GET" && req.method !== "HEAD") throw new AppError("bad_request", "This address can only be read.");
  if (!OpenPath.safeParse(path).success)
    throw new AppError("bad_request", "This link does not lead to a page of a session.", { next: "Ask whoever gave it to you." });
  const { user } = await ensureSignedIn(exchange, rules);
  const route = rules.state.findRoute(`/user/${user}/${rest}`);
  if (route !== null && route.owner === user && route.state !== "ended") redirect(exchange, `${baseUrl}user/${user}/${path}`);
  else redirect(exchange, `${baseUrl}hub/home${path === "" ? "" : `?next=${encodeURIComponent(path)}`}`);
}
