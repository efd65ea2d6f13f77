/**
 * What a request says about where it comes from: address, scheme and host as the browser knows
 * them. X-Forwarded-* is believed from the site's own proxies alone; others' is ignored.
 */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { TLSSocket } from "node:tls";
import { AppError } from "@fairway/contract/errors.ts";

export interface Visit {
  /** As sent: not decoded, without the query. */
  readonly path: string;
  /** With its question mark, or "". */
  readonly query: string;
  readonly clientAddress: string;
  readonly host: string;
  readonly isSecure: boolean;
  /** Our own origin as this browser sees it. */
  readonly origin: string;
  readonly port: string;
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

export class TrustedProxies {
  readonly #list = new BlockList();

  /** @throws {Error} when an entry is no address and no network. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const version = isIP(address);
      if (version === 0) throw new Error(`trustedProxies: "${network}" is neither an address nor a network like 10.0.0.0/8`);
      const family = version === 4 ? "ipv4" : "ipv6";
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? "ipv4" : "ipv6");
  }
}

/**
 * Reads a request's origin, before anything is decided about it.
 * @throws {AppError} bad_request for a target or host that no browser of ours would send.
 */
export function readVisit(req: IncomingMessage, trusted: TrustedProxies): Visit {
  const url = req.url ?? "";
  if (!url.startsWith("/")) throw new AppError("bad_request", "The request target must be a path.");
  const mark = url.indexOf("?");

  const peer = withoutV4Prefix(req.socket.remoteAddress);
  // A Unix socket has no address: who may connect is what its file mode says, so it is a proxy.
  const isProxy = peer === null || trusted.has(peer);
  const forwarded = (name: string) => (isProxy ? lastOf(req.headers[name]) : null);

  const forwardedProto = forwarded("x-forwarded-proto");
  const isSecure = forwardedProto === null ? req.socket instanceof TLSSocket : forwardedProto === "https";
  const host = forwarded("x-forwarded-host") ?? req.headers.host ?? "";
  const match = HOST.exec(host);
  if (match === null) throw new AppError("bad_request", "The Host header is missing or malformed.");

  return {
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? "" : url.slice(mark),
    clientAddress: clientAddress(peer, isProxy ? req.headers["x-forwarded-for"] : undefined, trusted),
    host,
    isSecure,
    origin: `${isSecure ? "https" : "http"}://${host.toLowerCase()}`,
    port: match[1] ?? (isSecure ? "443" : "80"),
  };
}

/** The right-most address in the chain that is not one of our own proxies: further left is hearsay. */
function clientAddress(peer: string | null, chain: string | string[] | undefined, trusted: TrustedProxies): string {
  // Who comes over a Unix socket is on this machine.
  let client = peer ?? "127.0.0.1";
  for (const entry of String(chain ?? "")
    .split(",")
    .reverse()) {
    const address = withoutV4Prefix(entry.trim());
    if (address === null || isIP(address) === 0) break;
    client = address;
    if (!trusted.has(address)) break;
  }
  return client;
}

/** With several values, the last is what the proxy next to us wrote. */
function lastOf(value: string | string[] | undefined): string | null {
  const last = String(value ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return last === undefined || last === "" ? null : last;
}

function withoutV4Prefix(address: string | undefined): string | null {
  if (address === undefined || address === "") return null;
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
