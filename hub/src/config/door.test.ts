import { expect, test } from "vitest";
import { parseConfig } from "./load.ts";

const site = (more: string) => `
sign_in: { pam: { cluster: main } }
clusters: { main: { scheduler: slurm, act_as: sudo, callback_url: "https://hub.example", callback_ca: system } }
profiles: [{ name: small, title: Small, app: noop, cluster: main }]
${more}`;

test.each([
  ["listen: [{ address: 127.0.0.1, port: 8000, ssh: true }]", "listen.0.ssh"],
  ["listen: [{ address: 127.0.0.1, port: 8000 }]\ndoor: { default_profile: smal }", 'did you mean "small"'],
  ["listen: [{ address: 127.0.0.1, port: 8000 }]\ndoor: { listen: [] }", "nobody could come in"],
])("refused: %s", (more, problem) => {
  expect(() => parseConfig(site(more))).toThrow(problem);
});

test("terminals on a login node need a door, and jobs that run as the person", () => {
  const toSite = (clusters: string) => site(`listen: [{ address: 127.0.0.1, port: 8000 }]`).replace("act_as: sudo", clusters);
  expect(() => parseConfig(toSite("act_as: sudo, login_terminals: true"))).toThrow("clusters.main.login_terminals");
  expect(() => parseConfig(`${toSite("act_as: service, login_terminals: true")}\ndoor: {}`)).toThrow("the service account's");
  expect(parseConfig(`${toSite("act_as: sudo, login_terminals: true")}\ndoor: {}`).clusters.main?.login_terminals).toBe(true);
});

test.each([
  ["listen: [{ address: 127.0.0.1, port: 8000, ssh: true }]\ndoor: { listen: [], default_profile: small }"],
  ["listen: [{ address: 127.0.0.1, port: 8000 }]\ndoor: {}"],
])("taken: %s", (more) => {
  expect(parseConfig(site(more)).door).toBeDefined();
});
