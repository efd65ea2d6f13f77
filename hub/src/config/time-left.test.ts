import { expect, test } from "vitest";
import { parseConfig } from "./load.ts";
import { ConfigError } from "./problems.ts";

function problemsOf({ cluster = "", profile = "", rest = "" }): string {
  const text = `
listen: [{ address: 127.0.0.1, port: 8000 }]
sign_in: { pam: { cluster: main } }
clusters: { main: { scheduler: slurm, act_as: sudo, callback_url: "https://hub.example", callback_ca: system${cluster} } }
profiles: [{ name: small, title: Small, app: noop, cluster: main${profile} }]
${rest}`;
  try {
    parseConfig(text);
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
  }
}

const mail = "host: mx, from: f@x.example, to: '{user}@x.example'";
const idle = ", idle: { after: 1h }";

test.each<[string, Parameters<typeof problemsOf>[0], string]>([
  [
    "a step that Slurm cannot count",
    { cluster: ", extend: { operator: op, step: 30s, max_total: 8h }" },
    "clusters.main.extend.step: is at least 1m",
  ],
  ["a maximum below one step", { cluster: ", extend: { operator: op, step: 2h, max_total: 1h }" }, "max_total: is less than one step"],
  ["an app that nobody can ask", { profile: idle }, "nobody can tell whether noop is used: set apps.noop.activity"],
  [
    "a warning longer than the whole",
    { profile: ", idle: { after: 5m }", rest: "apps: { noop: { activity: traffic } }" },
    "warn_before: must be shorter",
  ],
  ["a user without a password", { rest: `notify: { mail: { ${mail}, user: fairway } }` }, "notify.mail.password_file: is needed"],
  ["a password without a user", { rest: `notify: { mail: { ${mail}, password_file: /x } }` }, "notify.mail.user: is needed"],
])("%s is refused at the start", (_what, parts, expected) => {
  expect(problemsOf(parts)).toContain(expected);
});

test("what agrees passes", () => {
  const cluster = ", extend: { operator: op, max_total: 8h }";
  expect(problemsOf({ cluster, profile: idle, rest: `apps: { noop: { activity: traffic } }\nnotify: { mail: { ${mail} } }` })).toBe("");
});
