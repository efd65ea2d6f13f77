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

test("shells on a login node need a login node, people of its own, and a door", () => {
  const toSite = (cluster: string) => site(`listen: [{ address: 127.0.0.1, port: 8000 }]`).replace("act_as: sudo", cluster);
  const ssh = "ssh: { hosts: [login], user: fairway }";
  const shells = "shells: { login: true, jobs: true }";
  expect(() => parseConfig(toSite(`act_as: sudo, ${ssh}, ${shells}`))).toThrow("clusters.main.shells");
  for (const cluster of [`act_as: service, ${ssh}, ${shells}`, `act_as: sudo, ${shells}`])
    expect(() => parseConfig(`${toSite(cluster)}\ndoor: {}`)).toThrow("as the person");
  expect(parseConfig(`${toSite(`act_as: sudo, ${ssh}, ${shells}`)}\ndoor: {}`).clusters.main?.shells).toMatchObject({
    login: true,
    jobs: true,
  });
});

test.each([
  ["listen: [{ address: 127.0.0.1, port: 8000, ssh: true }]\ndoor: { listen: [], default_profile: small }"],
  ["listen: [{ address: 127.0.0.1, port: 8000 }]\ndoor: {}"],
])("taken: %s", (more) => {
  expect(parseConfig(site(more)).door).toBeDefined();
});
