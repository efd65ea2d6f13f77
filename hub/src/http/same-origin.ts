/** Did a change come from our own page? Every check that can be made must pass; none replaces another. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "@fairway/contract/errors.ts";

/**
 * Browsers say where a request comes from, scripts cannot forge it; other clients say nothing.
 * Only the site counts: a "no-cors" mode is what an attack looks like, not an excuse (CVE-2026-40864).
 * @throws xsrf
 */
export function ensureSameOrigin(headers: IncomingHttpHeaders, ownOrigin: string): void {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") throw notOurs("It came from another site.");
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== ownOrigin) throw notOurs("Its Origin is not this site.");
}

/** @param expected the XSRF value of the sign-in. @throws xsrf */
export function ensureXsrf(headers: IncomingHttpHeaders, expected: string): void {
  const sent = Buffer.from(String(headers["x-xsrftoken"] ?? ""));
  const wanted = Buffer.from(expected);
  if (sent.length !== wanted.length || !timingSafeEqual(sent, wanted)) throw notOurs("The header X-XSRFToken is missing or wrong.");
}

function notOurs(why: string): AppError {
  return new AppError("xsrf", `The request was not carried out. ${why}`, { next: "Reload the page and try again." });
}
