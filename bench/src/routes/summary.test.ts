import { expect, test } from "vitest";
import type { WayLine } from "./plan.ts";
import { ratio, summarize } from "./summary.ts";

const line = (name: WayLine["name"], round: number, requestsPerS: number): WayLine => ({
  name,
  round,
  requestsPerS,
  latenciesMs: [1, 2, 3],
  downloadMbPerS: 100,
  echoesPerS: 10,
  echoP50Ms: 100,
  newRequestsMs: [2, 2, 2],
});

test("a route is compared with its peer round by round", () => {
  const lines = [line("ssh_l", 0, 1000), line("ssh_route", 0, 500), line("ssh_l", 1, 100), line("ssh_route", 1, 100)];
  expect(ratio([...lines, line("ssh_l", 2, 100), line("ssh_route", 2, 95)], "ssh_route", "ssh_l", "requestsPerS")).toBe(0.95);
  expect(ratio(lines, "tunnel_route", "ssh_l_plain", "requestsPerS")).toBeNull();
  // A round that only one of both has done is not compared.
  expect(ratio([line("ssh_route", 0, 5), line("ssh_l", 1, 5)], "ssh_route", "ssh_l", "requestsPerS")).toBeNull();
});

test("the figures of a way are medians of its rounds; latencies of all of them together", () => {
  const { ssh_l, edge_ssh } = summarize([line("ssh_l", 0, 10), line("ssh_l", 1, 30), line("ssh_l", 2, 20)]);
  expect(ssh_l).toMatchObject({ small_per_s: 20, small_p50_ms: 2, small_p99_ms: 3, new_request_ms: 2 });
  expect(edge_ssh).toEqual({});
});
