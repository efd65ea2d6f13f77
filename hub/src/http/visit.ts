/**
 * Where a request comes from, in the words of our edge. These headers are believed because only the
 * edge can reach the hub's socket, and it writes them anew for every request.
 */
import type { IncomingHttpHeaders } from "node:http";

export interface Visit {
  readonly isSecure: boolean;
  /** Our own origin as this browser knows it. */
  readonly origin: string;
  readonly clientAddress: string;
}

export function readVisit(headers: IncomingHttpHeaders): Visit {
  const isSecure = lastOf(headers["x-forwarded-proto"]) === "https";
  const host = lastOf(headers["x-forwarded-host"]) ?? headers.host ?? "";
  return {
    isSecure,
    origin: `${isSecure ? "https" : "http"}://${host.toLowerCase()}`,
    clientAddress: lastOf(headers["x-forwarded-for"]) ?? "unknown",
  };
}

function lastOf(value: string | string[] | undefined): string | null {
  const last = String(value ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return last === undefined || last === "" ? null : last;
}
