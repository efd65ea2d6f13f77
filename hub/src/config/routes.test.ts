import { expect, test } from "vitest";
import { parseConfig } from "./load.ts";

const parse =
  (cluster: string, more = "") =>
  () =>
    parseConfig(`
listen: [{ address: 127.0.0.1, port: 8000 }]
sign_in: { pam: { cluster: main } }
clusters:
  main: { scheduler: slurm, act_as: sudo, callback_url: "https://hub.example", callback_ca: system, ${cluster} }
profiles: [{ name: small, title: Small, app: noop, cluster: main }]
${more}`);

test("a tunnel needs a door", () => {
  expect(parse("route: tunnel")).toThrow(/door/);
  expect(parse("route: tunnel", "door: {}")).not.toThrow();
});

test.each(["tunnel_proxy: %", "outbound: { http_proxy: % }", "outbound: { https_proxy: % }"])("%s holds no password", (entry) => {
  expect(parse(entry.replace("%", '"http://proxy.example:3128"'))).not.toThrow();
  expect(parse(entry.replace("%", '"http://me:secret@proxy.example:3128"'))).toThrow(/no secret/);
  expect(parse(entry.replace("%", '"http://proxy.example:3128/a/path"'))).toThrow(/no secret/);
});
