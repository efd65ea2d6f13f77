/**
 * Fairway on a testbed, as a site would install it: node files as root, a configuration, the account
 * `fairway` running `fairway serve`. Where the hub is outside the cluster, the node files are on the login node
 * (login-node.ts). Used by script/demo, by the system and browser tests and by the benches. It knows nothing of
 * what is tested.
 */
import { CALLBACK_PORT, demoPassword, findNode, PROXY_PORT, people, services, type Testbed } from "@fairway/testbed/index.ts";
import { stringify } from "yaml";
import { letHubIn, showShare, sshToLogin, trustAuthority } from "./login-node.ts";
import { demoProfiles } from "./profiles.ts";

export const HTTP_PORT = 8000;
export const DOOR_PORT = 8022;
/** Where the testbed shows the checkout to its hub node. */
const CHECKOUT = "/opt/fairway";
const CONFIG = "/etc/fairway/fairway.yaml";
const NODE = `${CHECKOUT}/node_modules/node-linux-${process.arch}/bin/node`;
const MAIN = `${CHECKOUT}/hub/src/main.ts`;
const PID_FILE = "/run/fairway/serve.pid";
export const LOG_FILE = "/var/lib/fairway/serve.log";

export interface SiteOptions {
  readonly baseUrl?: string;
  /** Merged over the configuration of the cluster. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Clusters beside it, by name, as the configuration has them. */
  readonly clusters?: Readonly<Record<string, unknown>>;
  /** Launchers of clusters whose Slurm commands are elsewhere. */
  readonly launchers?: readonly { readonly cluster: string; readonly binDir: string; readonly slurmConf: string }[];
  /** Merged over the configuration's top level. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The configuration that the demo runs with. */
export function demoConfig(
  testbed: Testbed,
  { baseUrl = "/", cluster = {}, clusters = {}, config = {} }: SiteOptions = {},
): Record<string, unknown> {
  return {
    site: { name: "Fairway demo" },
    demo: true,
    base_url: baseUrl,
    listen: [
      { address: "0.0.0.0", port: HTTP_PORT },
      { address: "0.0.0.0", port: CALLBACK_PORT, tls: "self_signed", ssh: true },
    ],
    door: { listen: [{ port: DOOR_PORT }], ...defaultProfile(config.profiles ?? demoProfiles) },
    // The testbed publishes the port on the host's loopback; it is the bridge's first address that connects.
    sign_in: { pam: { cluster: "testbed" }, demo_notes: demoNotes() },
    admins: ["admin"],
    clusters: {
      testbed: {
        title: `Testbed (Slurm ${testbed.layout.spec.slurm})`,
        scheduler: "slurm",
        act_as: "sudo",
        ...reach(testbed),
        extend: { operator: services.operator.name, step: "1h", max_total: "24h" },
        ...cluster,
      },
      ...clusters,
    },
    profiles: demoProfiles,
    groups: { teachers: ["teacher", "admin"] },
    limits: { sessions_per_user: 5, groups: { teachers: { sessions_per_user: 8 } } },
    ...config,
  };
}

/** For who comes by ssh and has no session: what starts at once, where it is offered. */
function defaultProfile(profiles: unknown): Record<string, unknown> {
  const has = Array.isArray(profiles) && profiles.some((profile: { name?: unknown }) => profile.name === "noop");
  return has ? { default_profile: "noop" } : {};
}

/** How hub and cluster come together in the testbed's network: for the demo's cluster, and for others on the same. */
export function reach(testbed: Testbed): Record<string, unknown> {
  const hub = findNode(testbed.layout, "hub");
  return {
    callback_url: `https://${hub.address}:${CALLBACK_PORT}`,
    // The port of the callback is the one that a job reaches in every network.
    tunnel_to: `${hub.address}:${CALLBACK_PORT}`,
    ...(hub.isOfCluster ? {} : { ssh: sshToLogin, shells: { login: true, jobs: true } }),
    ...(testbed.layout.spec.network === "proxied" ? { tunnel_proxy: `http://login:${PROXY_PORT}` } : {}),
  };
}

function demoNotes(): Record<string, string> {
  const shown = ["alice", "bob", "carol", "teacher", "admin"];
  const notes: Record<string, string> = {
    carol: "no Slurm account: launches are refused",
    teacher: "of a class of forty",
    admin: "administrator",
  };
  const toNote = (name: string) => [`password: ${demoPassword}`, notes[name]].filter((part) => part !== undefined).join("; ");
  return Object.fromEntries(people.filter(({ name }) => shown.includes(name)).map(({ name }) => [name, toNote(name)]));
}

/** Puts everything into place, on the hub node and where Slurm's commands are; may be repeated. */
export async function installFairway(testbed: Testbed, options: SiteOptions = {}): Promise<void> {
  const node = slurmNode(testbed);
  if (node !== "hub") await showShare(testbed, `${CHECKOUT}/hub`);
  await testbed.mustExec(node, ["mkdir", "-p", "/etc/fairway/apps"]);
  await writeFile(testbed, node, "/etc/fairway/apps/jupyterlab.prologue.sh", "PATH=/opt/jupyter/bin:$PATH\nexport PATH\n");
  const operator = ["--operator", services.operator.name, "--max-minutes", String(24 * 60)];
  await testbed.mustExec(node, ["sh", `${CHECKOUT}/hub/share/install-node-files`, "--shells", "login jobs", ...operator]);
  for (const { cluster, binDir, slurmConf } of options.launchers ?? []) {
    const own = ["--cluster", cluster, "--slurm-path", binDir, "--slurm-conf", slurmConf];
    await testbed.mustExec(node, ["sh", `${CHECKOUT}/hub/share/install-node-files`, ...own]);
  }
  await writeFile(testbed, "hub", CONFIG, stringify(demoConfig(testbed, options)));
  if (node === "hub") return;
  await letHubIn(testbed);
  await trustAuthority(testbed, await readLoginAuthority(testbed));
}

/** Where Slurm's commands run for Fairway: the hub node, or the login node of a cluster that it is not of. */
export function slurmNode(testbed: Testbed): "hub" | "login" {
  return findNode(testbed.layout, "hub").isOfCluster ? "hub" : "login";
}

async function writeFile(testbed: Testbed, node: string, path: string, text: string): Promise<void> {
  await testbed.mustExec(node, ["tee", path], { stdin: text });
}

/** The public key that signs certificates for login nodes (clusters with act_as: certificate). */
async function readLoginAuthority(testbed: Testbed): Promise<string> {
  const { code, stdout, stderr } = await runVerb(testbed, "ssh-ca", "show", "--json");
  if (code !== 0) throw new Error(`fairway ssh-ca show ended with ${code}: ${stderr}`);
  return (JSON.parse(stdout) as { login: { current: string } }).login.current;
}

/** Runs a verb of the operator's on the hub node, as the account fairway. */
export async function runVerb(testbed: Testbed, ...args: string[]): ReturnType<Testbed["exec"]> {
  return testbed.exec("hub", [NODE, MAIN, ...args, "--config", CONFIG], { user: "fairway" });
}

/** Starts `fairway serve` in the background and waits until it answers. */
export async function startFairway(testbed: Testbed, { baseUrl = "/" }: SiteOptions = {}): Promise<void> {
  const serve = `echo $$ >${PID_FILE}; exec ${NODE} ${MAIN} serve --config ${CONFIG} >>${LOG_FILE} 2>&1`;
  await testbed.mustExec("hub", ["setsid", "--fork", "sh", "-c", serve], { user: "fairway" });
  await waitForAnswer(testbed, `http://127.0.0.1:${HTTP_PORT}${baseUrl}api/v1/health`);
}

/** Asks the supervisor to end, and waits until it has. Sessions go on. */
export async function stopFairway(testbed: Testbed): Promise<void> {
  const end = `[ -f ${PID_FILE} ] || exit 0; pid=$(cat ${PID_FILE}); kill "$pid" 2>/dev/null || exit 0; for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; done; exit 1`;
  await testbed.mustExec("hub", ["sh", "-c", end]);
}

export async function isFairwayRunning(testbed: Testbed): Promise<boolean> {
  const { code } = await testbed.exec("hub", ["sh", "-c", `[ -f ${PID_FILE} ] && kill -0 "$(cat ${PID_FILE})"`]);
  return code === 0;
}

async function waitForAnswer(testbed: Testbed, url: string): Promise<void> {
  const wait = `for _ in $(seq 300); do curl -fsS -o /dev/null "$0" 2>/dev/null && exit 0; sleep 0.1; done; exit 1`;
  const { code } = await testbed.exec("hub", ["sh", "-c", wait, url]);
  if (code === 0) return;
  const { stdout } = await testbed.exec("hub", ["tail", "-n", "20", LOG_FILE]);
  throw new Error(`Fairway did not answer at ${url}. The end of its log:\n${stdout}`);
}
