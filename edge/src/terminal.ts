/**
 * A browser's terminal: the same guards as a session's own WebSocket, then spliced to the door, which
 * is told who was let in. The door asks the hub again what that person may.
 */
import { type DoorCredential, TERMINAL_CREDENTIAL_HEADER } from "@fairway/contract/door.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { Route } from "@fairway/contract/feed.ts";
import { type TerminalPlace, toTerminalSegment } from "@fairway/contract/terminal-place.ts";
import { type AccessRules, ensureSignedIn } from "./access.ts";
import type { Credential } from "./credentials.ts";
import type { SessionProxy } from "./proxy-request.ts";
import { proxyUpgrade, type UpgradeExchange } from "./proxy-upgrade.ts";

interface TerminalSite {
  readonly rules: AccessRules;
  readonly proxy: SessionProxy;
  readonly terminalsSocket: string | null;
}

/**
 * Somebody else's session and none at all are refused alike. Which login nodes give shells to whom, the hub decides.
 * @throws {AppError} not_signed_in, xsrf, not_allowed, not_found, hub_away
 */
export async function enterTerminal(exchange: UpgradeExchange, place: TerminalPlace, site: TerminalSite): Promise<void> {
  const credential = await ensureSignedIn(exchange, site.rules);
  const route = place.kind === "session" ? site.rules.state.findRouteOf(place.id) : toLoginNodeRoute(place, credential);
  if (route === null || route.owner !== credential.user || site.terminalsSocket === null) {
    throw new AppError("not_found", "No session of yours with this id has a terminal.", { next: "Start from your sessions." });
  }
  const inject = { header: TERMINAL_CREDENTIAL_HEADER, value: JSON.stringify(toDoorCredential(credential)) };
  const upstream = { kind: "unix", path: site.terminalsSocket, pin: null } as const;
  const proxy = place.kind === "session" ? site.proxy : { ...site.proxy, activity: NO_ACTIVITY };
  // The door's header takes the place of the app's secret, and a client's own is left out like that one's.
  await proxyUpgrade(exchange, { route: { ...route, inject }, upstream, credential }, proxy);
}

/** It is no session's: nothing of it is said about any. */
const NO_ACTIVITY = { touch: () => {}, touchByChunk: () => {} };

function toLoginNodeRoute(place: TerminalPlace, { user }: Credential): Route {
  const sessionId = toTerminalSegment(place);
  const words = { appTitle: "The terminal", label: "Ready", line: "", next: null };
  return {
    sessionId,
    prefix: `/terminal/${sessionId}/`,
    owner: user,
    state: "ready",
    stateSince: 0,
    upstream: null,
    inject: null,
    ...words,
  };
}

/** A cookie's own end cuts no open WebSocket; that of a token does. */
function toDoorCredential(credential: Credential): DoorCredential {
  if (credential.kind === "cookie") return { kind: "login", id: credential.loginId, user: credential.user, expiresAt: null };
  return { kind: "token", id: credential.tokenId, user: credential.user, expiresAt: credential.expiresAt };
}
