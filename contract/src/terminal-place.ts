/** Where a browser's terminal is, as its addresses and the audit log say it. Without schemas: the portal takes it, too. */

/** In a session, or on a cluster's login node. */
export type TerminalPlace = { readonly kind: "session"; readonly id: string } | { readonly kind: "login-node"; readonly cluster: string };

const LOGIN = "login@";

/** One segment of a URL: `abcdefgh2345`, or `login@CLUSTER`. */
export const toTerminalSegment = (place: TerminalPlace) => (place.kind === "session" ? place.id : `${LOGIN}${place.cluster}`);

/** Takes any name; whether it can be one at all, `readTerminalSegment` (names.ts) says. */
export function splitTerminalSegment(segment: string): TerminalPlace {
  return segment.startsWith(LOGIN) ? { kind: "login-node", cluster: segment.slice(LOGIN.length) } : { kind: "session", id: segment };
}
