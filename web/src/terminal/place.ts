/** Where a terminal is, as its addresses say it. The contract's own words bring schemas, which stay on the server: a test holds these to them. */
import type { TerminalPlace } from "@fairway/contract/names.ts";
import { toHref } from "../base.ts";

const LOGIN = "login@";

/** `abcdefgh2345`, or `login@CLUSTER`. */
export const toSegment = (place: TerminalPlace) => (place.kind === "session" ? place.id : `${LOGIN}${place.cluster}`);

/** Takes any name: what there is not is told by who is asked for it. */
export function readPlace(segment: string): TerminalPlace {
  return segment.startsWith(LOGIN) ? { kind: "login-node", cluster: segment.slice(LOGIN.length) } : { kind: "session", id: segment };
}

/** `here`: the page's own address. */
export function toSocketUrl(place: TerminalPlace, base: string, here: string): string {
  const url = new URL(toHref(base, `/terminal/${toSegment(place)}/socket`), here);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
