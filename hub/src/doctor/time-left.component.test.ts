/** The doctor on extensions, shells and messages: Slurm's programs are scripts of the test's, the mail server is real. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Config, parseConfig } from "../config/load.ts";
import { createExec } from "../transports/local/exec.ts";
import { checkExtend } from "./extend.ts";
import { checkNotify } from "./notify.ts";
import { checkShells } from "./shells.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fw-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, `${text}\n`);
  chmodSync(path, mode);
  return path;
}

function configure(changes: object, cluster: object = {}): Config {
  const main = {
    scheduler: "slurm",
    act_as: "sudo",
    callback_url: "https://hub.example",
    callback_ca: "system",
    slurm: { bin_dir: folder },
    ...cluster,
  };
  return parseConfig(
    stringify({
      listen: [{ address: "127.0.0.1", port: 8000 }],
      sign_in: { demo_users: { alice: "scrypt:x" } },
      clusters: { main },
      profiles: [{ name: "noop", title: "Nothing", app: "noop", cluster: "main" }],
      ...changes,
    }),
  );
}

async function examineExtend(maxMinutes: string, adminLevel: string): Promise<string[]> {
  put("sacctmgr", `#!/bin/sh\n[ "$5" = fw-op ] && echo ${adminLevel}`, 0o755);
  const script = put("operator", "#!/bin/sh", 0o777);
  const entry = configure({}, { extend: { operator: "fw-op", script, max_total: "8h" } }).clusters.main;
  if (entry === undefined) throw new Error("the cluster is called main");
  const findings = await checkExtend("main", entry, createExec(), put("operator.conf", maxMinutes, 0o644));
  return findings.map(({ level, what }) => `${level} ${what.replace("main: ", "")}`);
}

test("an operator without rights, a script that others may write, two maxima that differ", async () => {
  const findings = await examineExtend("MAX_MINUTES=60", "None");
  expect(findings).toContain("fail fw-op has no operator rights in Slurm (or accounting does not answer)");
  expect(findings).toContain("warn the operator script allows 60 minutes, extend.max_total 480");
  expect(findings.find((line) => line.includes("others than root"))).toMatch(/^fail/);
});

test("rights and maximum as they should be", async () => {
  const findings = await examineExtend("MAX_MINUTES=480", "Operator");
  expect(findings).toContain("ok fw-op is an operator of Slurm's");
  expect(findings).toContain("ok the operator script allows 480 minutes in all");
});

test("a missing script, or nothing promised", async () => {
  const entry = configure({}, { extend: { operator: "fw-op", script: join(folder, "none"), max_total: "8h" } }).clusters.main;
  const none = configure({}).clusters.main;
  if (entry === undefined || none === undefined) throw new Error("the cluster is called main");
  expect(await checkExtend("main", entry, createExec())).toMatchObject([
    { level: "fail", next: expect.stringContaining("--max-minutes 480") },
  ]);
  expect(await checkExtend("main", none, createExec())).toEqual([]);
});

test("a mail server is asked; one that is down is named", async () => {
  const server = new SMTPServer({ disabledCommands: ["STARTTLS"], authOptional: true, logger: false });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  const mail = { host: "127.0.0.1", port, security: "none", from: "f@x.example", to: "{user}@x.example" };
  const answers = configure({ notify: { mail } });
  expect(await checkNotify(answers)).toMatchObject([
    { level: "ok", what: `mail: 127.0.0.1:${port} takes mail from us` },
    { level: "warn" },
  ]);
  await new Promise<void>((resolve) => server.close(resolve));
  expect(await checkNotify(answers)).toMatchObject([{ level: "fail" }, { level: "warn" }]);
});

test("webhooks: their files, never their addresses", async () => {
  const [good, open] = [put("url", "https://chat.example/hook/s3cret"), put("open", "https://chat.example/hook/s3cret", 0o644)];
  const webhooks = [
    { url_file: good, secret_file: put("secret", "k3y") },
    { url_file: good },
    { url_file: open },
    { url_file: join(folder, "none") },
  ];
  const findings = await checkNotify(configure({ public_url: "https://hpc.example", notify: { webhooks } }));
  expect(findings.map(({ level }) => level)).toEqual(["ok", "warn", "fail", "fail", "ok"]);
  expect(JSON.stringify(findings)).not.toContain("s3cret");
});

test("shells on a login node: the script must be there, and its own settings allow them", async () => {
  const script = put("shells", "#!/bin/sh", 0o755);
  const configureShells = (shells: object) =>
    configure({ door: {} }, { ssh: { hosts: ["login"] }, shells: { script, ...shells } }).clusters.main;
  const look = async (shells: object, conf: string) => {
    const entry = configureShells(shells);
    if (entry === undefined) throw new Error("the cluster is called main");
    const findings = await checkShells("main", entry, createExec(), put("shells.conf", conf));
    return findings.find(({ what }) => /promised/.test(what))?.level;
  };
  expect([await look({ login: true }, "LOGIN=yes"), await look({ login: true }, "#LOGIN=yes\nJOBS=yes")]).toEqual(["ok", "fail"]);
  expect([await look({ jobs: true }, "JOBS=yes"), await look({ jobs: true }, "LOGIN=yes")]).toEqual(["ok", "fail"]);
  expect(await look({}, "")).toBeUndefined();
  const missing = configureShells({ login: true, script: join(folder, "none") });
  if (missing === undefined) throw new Error("the cluster is called main");
  expect(await checkShells("main", missing, createExec())).toMatchObject([
    { level: "fail", next: expect.stringContaining('--shells "login"') },
  ]);
});
