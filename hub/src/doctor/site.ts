/** What does not depend on a cluster: the account, folders, secrets, the portal, how browsers reach us. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Config } from "../config/load.ts";
import { sqlitePath } from "../database.ts";
import { builtPortal } from "../paths.ts";
import { type Finding, judge } from "./finding.ts";
import { checkNotify } from "./notify.ts";

export async function checkSite(config: Config): Promise<Finding[]> {
  const { username, uid } = userInfo();
  return [
    judge(uid !== 0, `runs as ${username}`, "fail", "runs as root", "Run Fairway as an account of its own (fairway); it needs no root."),
    checkFolder("state_dir", config.state_dir),
    checkFolder("runtime_dir", config.runtime_dir),
    checkDatabase(config),
    checkPortal(config),
    ...checkOrigin(config),
    ...checkSignIn(config),
    ...(await checkNotify(config)),
    ...config.listen.flatMap((listener) => ("port" in listener ? checkCertificate(listener) : [])),
  ];
}

function checkFolder(name: string, path: string): Finding {
  const nearest = existsSync(path) ? path : dirname(path);
  try {
    accessSync(nearest, constants.W_OK);
  } catch {
    // The exception says no more than "no".
    return {
      level: "fail",
      what: `${name} ${path} cannot be written`,
      next: `As root: install -d -o ${userInfo().username} -m 0700 ${path}`,
    };
  }
  const isOpen = existsSync(path) && (statSync(path).mode & 0o007) !== 0;
  return judge(
    !isOpen,
    `${name} ${path} can be written`,
    "warn",
    `${name} ${path} is open to everybody on this machine`,
    `chmod o-rwx ${path}`,
  );
}

function checkDatabase(config: Config): Finding {
  const file = config.database.postgres_url_file;
  if (file !== undefined)
    return judge(
      existsSync(file),
      `database: Postgres, as ${file} says`,
      "fail",
      `${file} does not exist`,
      "Write the connection URL into it, mode 0600.",
    );
  const path = sqlitePath(config);
  return { level: "ok", what: existsSync(path) ? `database: ${path}` : `database: ${path} (made at the first start)` };
}

function checkPortal(config: Config): Finding {
  const index = join(config.web_dir ?? builtPortal, "index.html");
  return judge(existsSync(index), "the portal is built", "fail", `the portal is missing (${index})`, "npm run build");
}

function checkOrigin(config: Config): Finding[] {
  const url = config.public_url;
  return [
    judge(
      url !== undefined,
      `people reach us at ${url}`,
      "warn",
      "public_url is not set",
      "Set it to what people type: links in messages and the check of a request's origin use it.",
    ),
    {
      level: "warn",
      what: "all people share one origin: a page that one person's app serves could act as another person who opens it",
      next: "Only share sessions between people who trust each other. Own subdomains for each person are planned.",
    },
  ];
}

function checkSignIn(config: Config): Finding[] {
  return config.demo ? [{ level: "warn", what: "demo mode: demo passwords work", next: "Never for a real site: set demo to false." }] : [];
}

function checkCertificate(listener: Extract<Config["listen"][number], { port: number }>): Finding[] {
  const { tls, port } = listener;
  if (tls === null || tls === "self_signed") return [];
  return [tls.cert_file, tls.key_file].map((file) =>
    judge(
      existsSync(file),
      `port ${port}: ${file} is there`,
      "fail",
      `port ${port}: ${file} does not exist`,
      "Put the certificate there, or set tls: self_signed.",
    ),
  );
}
