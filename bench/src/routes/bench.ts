// routes: what Fairway's ways through a login node and through a job's tunnel carry, beside a plain `ssh -L` to the
// same app on the same node. The hub reaches nothing but the login node, so all of them have to go the long way.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Session } from "@fairway/contract/sessions.ts";
import { services, type Testbed, upTestbed } from "@fairway/testbed/index.ts";
import { sshToLogin } from "../../../deploy/demo/login-node.ts";
import { HTTP_PORT, installFairway, reach, startFairway } from "../../../deploy/demo/site.ts";
import { addressOf, alone, type BenchContext, CLUSTER_NAME, HUB_NODE_PROGRAM, runOnHub } from "../cluster.ts";
import { makeToken } from "../fairway/site.ts";
import { call } from "../http.ts";
import type { Report } from "../report.ts";
import { type RoutesPlan, type Way, WayLine } from "./plan.ts";
import { ratio, summarize } from "./summary.ts";

const USER = "alice";
const SECONDS_EACH = 4;
const CONNECTIONS = 32;
const NODE = "c1";
const FOLDER = "/home/bench";
/** Where the app also listens in the clear, and our ends of the plain forwards. */
const PLAIN_PORT = 18_500;
const [TLS_FORWARD, PLAIN_FORWARD] = [18_501, 18_502];
const READY_WITHIN_MS = 120_000;

export async function benchRoutes(context: BenchContext, { rounds }: { readonly rounds: number }): Promise<Report> {
  return alone(context, async () => {
    const { say, signal } = context;
    say("a cluster of which the hub reaches only the login node");
    const testbed = await upTestbed({ name: CLUSTER_NAME, network: "login-only", computeNodes: 1, report: say, signal });
    await installApp(testbed);
    const site = { url: `http://${addressOf(testbed, "hub")}:${HTTP_PORT}/` };
    await installFairway(testbed, toSite(testbed));
    await startFairway(testbed);
    const token = await makeToken(site, USER, signal);
    const viaSsh = await launch(site.url, token, "ssh", signal);
    const viaTunnel = await launch(site.url, token, "tunnel", signal);
    const lines: WayLine[] = [];
    const onLine = (line: string) => {
      if (!line.startsWith("{")) return say(`  ${line}`);
      const each = WayLine.parse(JSON.parse(line));
      lines.push(each);
      say(`  ${each.name}: ${each.requestsPerS.toFixed(0)} requests/s, ${each.downloadMbPerS.toFixed(0)} MB/s`);
    };
    const port = await portOf(testbed, viaSsh);
    const plan = await toPlan(testbed, { viaSsh, viaTunnel, token, port, rounds });
    await runOnHub(new URL("./measure.ts", import.meta.url), { stdin: JSON.stringify(plan), onLine, signal });
    return toReport(lines);
  });
}

function toReport(lines: readonly WayLine[]): Report {
  const ways = summarize(lines);
  const figures: Record<string, number> = {};
  for (const [route, peer] of [
    ["ssh_route", "ssh_l"],
    ["tunnel_route", "ssh_l_plain"],
  ] as const) {
    for (const [word, of] of [
      ["small", "requestsPerS"],
      ["download", "downloadMbPerS"],
      ["echo", "echoesPerS"],
    ] as const) {
      const found = ratio(lines, route, peer, of);
      if (found !== null) figures[`${route}_${word}_x_ssh_l`] = found;
    }
  }
  if (ways.tunnel_route.new_request_ms !== undefined) figures.tunnel_new_request_ms = ways.tunnel_route.new_request_ms;
  for (const name of ["ssh_route", "tunnel_route", "edge_ssh", "edge_tunnel"] as const) {
    for (const [key, value] of Object.entries(ways[name])) figures[`${name}_${key}`] = value;
  }
  return {
    bench: "routes",
    figures,
    peers: { ssh_l: ways.ssh_l, ssh_l_plain: ways.ssh_l_plain },
    targets: {
      ssh_route_small_x_ssh_l: { op: ">=", value: 0.9 },
      ssh_route_download_x_ssh_l: { op: ">=", value: 0.9 },
      tunnel_route_small_x_ssh_l: { op: ">=", value: 0.8 },
      tunnel_route_download_x_ssh_l: { op: ">=", value: 0.8 },
      tunnel_new_request_ms: { op: "<=", value: 3 },
    },
    missing: [],
    notes: ["edge_…: the same, through the edge as people come, with sign-in, headers and the pinned key"],
  };
}

/** Two clusters that are one, reached by the one route and by the other. */
function toSite(testbed: Testbed) {
  const shared = { ...reach(testbed), ports: "20000-20999" };
  const profile = (name: string, cluster: string) => ({
    name,
    title: name,
    app: "bench",
    cluster,
    resources: { cpus: 1, memory: "500M", time: "1h" },
  });
  return {
    cluster: { ...shared, route: "ssh" },
    clusters: { tunnelled: { scheduler: "slurm", act_as: "sudo", ...shared, route: "tunnel" } },
    config: {
      profiles: [profile("ssh", "testbed"), profile("tunnel", "tunnelled")],
      apps: { bench: { title: "Bench", probe_path: "small" } },
    },
  };
}

/** The app and a Node for it in the homes that all nodes share; its fragment where install-node-files looks. */
async function installApp(testbed: Testbed): Promise<void> {
  const program = HUB_NODE_PROGRAM.replace("/opt/fairway/", new URL("../../../", import.meta.url).pathname);
  const write = 'umask 022; mkdir -p "$(dirname "$0")"; cat >"$0"; chmod 755 "$0"';
  await testbed.mustExec("login", ["sh", "-c", write, `${FOLDER}/node`], { stdin: readFileSync(program) });
  await testbed.mustExec("login", ["sh", "-c", write, `${FOLDER}/app.mjs`], { stdin: readFileSync(new URL("app.mjs", import.meta.url)) });
  const fragment = `app_listens_on_socket() { :; }
app_run() {
  export SOCKET BIND PORT KEY_FILE CERT_FILE
  [ -z "\${SOCKET:-}" ] || export PLAIN_PORT=${PLAIN_PORT}
  exec ${FOLDER}/node ${FOLDER}/app.mjs
}
`;
  await testbed.mustExec("login", ["sh", "-c", write, "/etc/fairway/apps/bench.app.sh"], { stdin: fragment });
}

async function launch(url: string, token: string, profile: string, signal: AbortSignal): Promise<Session> {
  const ask = async (method: "GET" | "POST", path: string, status: number, body?: unknown) =>
    Session.parse(JSON.parse((await call({ method, url: `${url}api/v1/sessions${path}`, token, body, signal }, status)).text));
  let session = await ask("POST", "", 201, { profile, name: profile });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (session.state !== "ready") {
    const isLate = performance.now() > deadline;
    if (session.state === "ended" || isLate)
      throw new Error(`The session by ${profile} is ${session.label}: ${session.line} ${session.next ?? ""}`);
    await sleep(300, undefined, { signal });
    session = await ask("GET", `/${session.id}`, 200);
  }
  if (session.route !== profile) throw new Error(`The session is reached by ${session.route}, not by ${profile}.`);
  return session;
}

/** Where the app of that session listens on its node: its log says so. */
async function portOf(testbed: Testbed, { id }: Session): Promise<number> {
  const log = `/home/${USER}/.fairway/sessions/${id}/job.log`;
  const found = await testbed.mustExec("login", ["sh", "-c", `until grep -m1 -o ' listens on .*' "$0"; do sleep 0.2; done`, log], {
    timeoutMs: 30_000,
  });
  const port = Number(/:(\d+)\.?\s*$/.exec(found.trim())?.[1]);
  if (!Number.isInteger(port)) throw new Error(`The log does not tell the port: ${found}`);
  return port;
}

interface Measured {
  readonly viaSsh: Session;
  readonly viaTunnel: Session;
  readonly token: string;
  readonly port: number;
  readonly rounds: number;
}

async function toPlan(testbed: Testbed, { viaSsh, viaTunnel, token, port, rounds }: Measured): Promise<RoutesPlan> {
  const { name, uid, home } = services.fairway;
  const tcp = (to: number) => ({ kind: "tcp", host: "127.0.0.1", port: to }) as const;
  const unix = (path: string) => ({ kind: "unix", path }) as const;
  const way = (each: Pick<Way, "name" | "where" | "path"> & Partial<Way>): Way => ({ isTls: false, authorization: null, ...each });
  const [sshPath, tunnelPath] = [viaSsh.url, viaTunnel.url];
  const authorization = `token ${token}`;
  const gid = Number((await testbed.mustExec("hub", ["id", "-g", name])).trim());
  const { hosts, user, identity_file: key, known_hosts_file: known } = sshToLogin;
  return {
    ways: [
      way({ name: "ssh_l", where: tcp(TLS_FORWARD), isTls: true, path: sshPath }),
      way({ name: "ssh_route", where: unix(`/run/fairway/routes/${viaSsh.id}.sock`), isTls: true, path: sshPath }),
      way({ name: "ssh_l_plain", where: tcp(PLAIN_FORWARD), path: tunnelPath }),
      way({ name: "tunnel_route", where: unix(`/run/fairway/tunnels/${viaTunnel.id}.sock`), path: tunnelPath }),
      way({ name: "edge_ssh", where: tcp(HTTP_PORT), path: sshPath, authorization }),
      way({ name: "edge_tunnel", where: tcp(HTTP_PORT), path: tunnelPath, authorization }),
    ],
    forwards: [
      { port: TLS_FORWARD, host: NODE, hostPort: port },
      { port: PLAIN_FORWARD, host: NODE, hostPort: PLAIN_PORT },
    ],
    ssh: { uid, gid, home, login: hosts[0], options: ["-l", user, "-i", key, "-o", `UserKnownHostsFile=${known}`] },
    rounds,
    secondsEach: SECONDS_EACH,
    connections: CONNECTIONS,
  };
}
