import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { API } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "./testing/run-cli.ts";
import { ME, noDoor, PROFILE, sampleSession } from "./testing/sample.ts";
import { type Answers, startSite, type TestSite } from "./testing/site.ts";

const info = {
  id: "k3x9qa2mw4tz",
  note: "ci",
  scopes: ["self"],
  createdAt: 1_790_000_000_000,
  expiresAt: 1_792_592_000_000,
  lastUsedAt: null,
};

let home = "";
let sites: TestSite[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fairway-cli-"));
});
afterEach(async () => {
  for (const site of sites) await site.close();
  sites = [];
  rmSync(home, { recursive: true, force: true });
});

async function openSite(answers: Answers = {}, options: Parameters<typeof startSite>[1] = {}): Promise<TestSite> {
  const site = await startSite({ me: () => ME, sshAccess: noDoor, ...answers }, options);
  sites.push(site);
  return site;
}
const stored = (): string => join(home, ".config/fairway/credentials.json");

describe("signing in", () => {
  it("keeps a token from standard input for its owner alone, once it has been tried", async () => {
    const site = await openSite();
    const login = await runCli(["login", "--url", site.url], { HOME: home }, "right");
    expect([login.code, login.stderr]).toEqual([0, `Signed in to ${site.url} as alice.\n`]);
    expect(statSync(stored()).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, ".config/fairway")).mode & 0o777).toBe(0o700);
    const whoami = await runCli(["whoami", "--json"], { HOME: home });
    expect(JSON.parse(whoami.stdout)).toEqual({ site: site.url, ...ME });
  });

  it("keeps nothing when the token is wrong: 3", async () => {
    const site = await openSite();
    const { code } = await runCli(["login", "--url", site.url], { HOME: home, FAIRWAY_TOKEN: "wrong" });
    expect(code).toBe(3);
    expect(() => statSync(stored())).toThrow("ENOENT");
  });

  it("never sends a token to another site than its own", async () => {
    const [own, other] = [await openSite(), await openSite()];
    await runCli(["login", "--url", own.url], { HOME: home }, "right\n");
    const { code, stderr } = await runCli(["whoami", "--url", other.url], { HOME: home });
    expect(code).toBe(3);
    expect(stderr).toContain(`Not signed in to ${other.url}`);
    expect(other.asked).toEqual([]);
  });

  it("keeps several sites apart, and the last is the one that is meant", async () => {
    const [one, two] = [await openSite({}, { base: "/jupyter/" }), await openSite()];
    for (const { url } of [one, two]) await runCli(["login", "--url", url.replace(/\/$/, "")], { HOME: home }, "right\n");
    expect((await runCli(["whoami"], { HOME: home })).stdout).toContain(two.url);
    expect((await runCli(["whoami"], { HOME: home, FAIRWAY_URL: one.url })).stdout).toContain(one.url);
    await runCli(["logout"], { HOME: home });
    expect((await runCli(["whoami"], { HOME: home })).code).toBe(3);
    expect((await runCli(["whoami", "--url", one.url], { HOME: home })).code).toBe(0);
  });

  it.each([
    [["whoami"], 3],
    [["login"], 2],
    [["login", "--url", "ftp://site/"], 2],
    [["login", "--url", "https://alice:secret@site/"], 2],
    [["login", "--url", "http://127.0.0.1:9/"], 2],
  ])("answers %j without a site or a token with %i", async (argv, code) => {
    expect((await runCli(argv, { HOME: home })).code).toBe(code);
  });

  it("does not overwrite a file that it cannot understand", async () => {
    const site = await openSite();
    await runCli(["login", "--url", site.url], { HOME: home }, "right\n");
    writeFileSync(stored(), "{ half");
    const { code, stderr } = await runCli(["login", "--url", site.url], { HOME: home }, "right\n");
    expect(code).toBe(1);
    expect(stderr).toContain("Mend or remove it");
    expect(readFileSync(stored(), "utf8")).toBe("{ half");
  });

  it("quotes nothing of a file that it cannot understand", async () => {
    const site = await openSite();
    await runCli(["login", "--url", site.url], { HOME: home }, "right\n");
    writeFileSync(stored(), "fwt_0123456789");
    const { code, stderr } = await runCli(["whoami"], { HOME: home });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("credentials.json could not be read: it holds something that is not JSON."),
    ]);
    expect(stderr).not.toContain("fwt_");
  });
});

describe("what the site answers", () => {
  it.each([
    ["not_allowed", 4],
    ["not_found", 5],
    ["cluster_away", 6],
    ["hub_away", 1],
    ["internal", 1],
  ] as const)("%s becomes exit code %i", async (error, code) => {
    const site = await openSite({
      me: () => {
        throw new AppError(error, "So it is.");
      },
    });
    expect((await runCli(["whoami"], { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: home })).code).toBe(code);
  });

  it("is named when nobody is there", async () => {
    const site = await openSite();
    await site.close();
    sites = [];
    const { code, stderr } = await runCli(["whoami"], { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: home });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Could not reach .*ECONNREFUSED/);
  });

  it("is no Fairway's when the base URL is missing", async () => {
    const site = await openSite({}, { base: "/jupyter/" });
    const url = site.url.replace("jupyter/", "");
    expect((await runCli(["whoami"], { FAIRWAY_URL: url, FAIRWAY_TOKEN: "right", HOME: home })).code).toBe(5);
  });
});

describe("a site with an authority of its own", () => {
  it("is trusted with --ca, from then on, and not before", async () => {
    const [key, cert] = [join(home, "key.pem"), join(home, "cert.pem")];
    execFileSync(
      "openssl",
      [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=site".split(" "),
        ..."-addext subjectAltName=IP:127.0.0.1 -keyout".split(" "),
        key,
        "-out",
        cert,
      ],
      { stdio: "ignore" },
    );
    const tls = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
    const site = await openSite({}, { tls });
    const refused = await runCli(["login", "--url", site.url], { HOME: home }, "right\n");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("--ca FILE");
    expect(site.asked).toEqual([]);
    expect((await runCli(["login", "--url", site.url, "--ca", cert], { HOME: home }, "right\n")).code).toBe(0);
    expect((await runCli(["whoami"], { HOME: home })).stdout).toContain("alice (user)");
    expect((await runCli(["whoami"], { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", NODE_EXTRA_CA_CERTS: cert })).code).toBe(0);
  });
});

describe("tokens", () => {
  it("are made with what was asked for; the value alone is on standard output", async () => {
    const site = await openSite({ createToken: () => ({ token: "fwt_secret", info }) });
    const env = { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: home };
    const { code, stdout, stderr } = await runCli(
      "token create --note ci --scope read:servers --scope start:servers --expires 12h".split(" "),
      env,
    );
    expect([code, stdout]).toEqual([0, "fwt_secret\n"]);
    expect(stderr).toContain("shown this once");
    expect(site.asked[0]?.body).toEqual({ note: "ci", scopes: ["read:servers", "start:servers"], expiresInSeconds: 43_200 });
  });

  it("as the help has them are enough to launch with", async () => {
    const help = (await runCli(["token", "create", "--help"], { HOME: home })).stdout;
    const granted = [...help.matchAll(/--scope ([a-z]+:[a-z]+)/g)].map(([, scope]) => scope);
    const ready = sampleSession({ state: "ready" });
    const site = await openSite({ profiles: () => ({ profiles: [PROFILE] }), launch: () => ready, session: () => ready });
    const { code } = await runCli(["launch", "jupyterlab"], { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: home });
    expect(code).toBe(0);
    expect(granted).toEqual(expect.arrayContaining(site.asked.map(({ name }) => API[name].scope)));
  });

  it("are listed and revoked", async () => {
    const site = await openSite({ listTokens: () => ({ tokens: [info] }), revokeToken: () => undefined });
    const env = { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: home };
    expect((await runCli(["token", "list"], env)).stdout).toMatch(/k3x9qa2mw4tz {2}ci {4}self {4}2026-09-21 {2}never {6}2026-10-21/);
    const { code } = await runCli(["token", "revoke", info.id], env);
    expect(code).toBe(0);
    expect(site.asked.at(-1)).toMatchObject({ name: "revokeToken", params: { id: info.id } });
  });
});

describe("help", () => {
  const COMMANDS = [
    ...["", "launch", "ls", "show", "open", "logs", "extend", "keep", "stop", "relaunch", "start-instead", "profiles", "clusters"],
    ...["login", "logout", "whoami", "token create", "ssh", "ssh-config", "ssh-key add", "certificate renew"],
  ];
  it.each(COMMANDS)("of %j fits a screen and has two examples", async (command) => {
    const { code, stdout } = await runCli([...command.split(" ").filter(Boolean), "--help"], { HOME: home });
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines.length).toBeLessThanOrEqual(command === "" ? 44 : 40); // the list of all commands is long
    expect(lines.slice(lines.indexOf("Examples:")).filter((line) => line.startsWith("  fairway"))).toHaveLength(2);
  });
});
