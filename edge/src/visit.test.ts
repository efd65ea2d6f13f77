import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { readVisit, TrustedProxies } from "./visit.ts";

/** The few fields that are read of a request. */
const request = (remoteAddress: string | undefined, headers: IncomingMessage["headers"], url = "/a?b=1") =>
  ({ url, headers: { host: "hub.example.org", ...headers }, socket: { remoteAddress } }) as IncomingMessage;

describe("where a request comes from", () => {
  const trusted = new TrustedProxies(["10.0.0.0/8", "2001:db8::1"]);
  const address = (peer: string | undefined, chain?: string) =>
    readVisit(request(peer, chain === undefined ? {} : { "x-forwarded-for": chain }), trusted).clientAddress;

  it.each([
    ["a stranger is who connects", "192.0.2.1", "1.1.1.1", "192.0.2.1"],
    ["a proxy says who", "10.1.2.3", "192.0.2.7", "192.0.2.7"],
    ["what stands left of a stranger is hearsay", "10.1.2.3", "1.1.1.1, 192.0.2.7", "192.0.2.7"],
    ["a chain of proxies", "10.1.2.3", "192.0.2.7, 10.9.9.9", "192.0.2.7"],
    ["proxies all the way", "10.1.2.3", "10.0.0.1, 10.9.9.9", "10.0.0.1"],
    ["nonsense ends the chain", "10.1.2.3", "192.0.2.7, evil", "10.1.2.3"],
    ["IPv4 in IPv6", "::ffff:10.1.2.3", "192.0.2.7", "192.0.2.7"],
    ["IPv6", "2001:db8::1", "2001:db8::7", "2001:db8::7"],
    ["a Unix socket", undefined, "192.0.2.7", "192.0.2.7"],
  ])("%s", (_name, peer, chain, expected) => {
    expect(address(peer, chain)).toBe(expected);
  });

  it("is one path and one query", () => {
    const visit = readVisit(request("192.0.2.1", {}, "/user/alice/?a=/b?c"), trusted);
    expect([visit.path, visit.query]).toEqual(["/user/alice/", "?a=/b?c"]);
  });
  it("has an origin without regard to case", () => {
    expect(readVisit(request("192.0.2.1", { host: "Hub.Example.org:8000" }), trusted)).toMatchObject({
      origin: "http://hub.example.org:8000",
      port: "8000",
    });
  });
  it.each(["", "a b", "a/b", "a@b", "a,b", "a:b"])("has no host %j", (host) => {
    expect(() => readVisit(request("192.0.2.1", { host }), trusted)).toThrow("Host header");
  });
  it.each(["nonsense", "10.0.0.0/33", "example.org"])("trusts no %j", (network) => {
    expect(() => new TrustedProxies([network])).toThrow();
  });
});
