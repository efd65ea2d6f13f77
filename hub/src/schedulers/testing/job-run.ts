/** A job script as sh runs it on a node, in a folder of its own, and what a test sees of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createExec } from "../../transports/local/exec.ts";
import { type Gateway, startGateway } from "./gateway.ts";

const share = fileURLToPath(new URL("../../../share", import.meta.url));
/** What a bare node has; the HTTP client is added by each test. */
const TOOLS = "sh cat cut date uname mkdir mktemp rm base64 od tr grep tail sed sleep id hostname getent python3 env".split(" ");

export class JobRun {
  readonly session: string;
  readonly token: string;
  readonly folder = mkdtempSync(join(tmpdir(), "fairway-job-"));
  readonly gateway: Gateway;
  readonly #squatters: Server[] = [];
  #job: ChildProcess | null = null;
  #log = "";

  static async open(session = "abcdefgh2345"): Promise<JobRun> {
    const token = randomBytes(32).toString("base64url");
    return new JobRun(session, token, await startGateway({ session, token }));
  }

  private constructor(session: string, token: string, gateway: Gateway) {
    this.session = session;
    this.token = token;
    this.gateway = gateway;
  }

  async close(): Promise<void> {
    // First as Slurm does: what came in by its sshd is in no group of the job's.
    await Promise.race([this.stop(), sleep(10_000, null, { ref: false })]);
    if (this.#job?.exitCode === null) process.kill(-(this.#job.pid ?? 0), "SIGKILL");
    for (const squatter of this.#squatters.splice(0)) squatter.close();
    await this.gateway.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A PATH with the bare tools and those named, so that the script has no other choice. */
  async makePath(...programs: string[]): Promise<string> {
    const bin = mkdtempSync(join(this.folder, "bin-"));
    const { stdout } = await createExec()(
      { argv: ["sh", "-c", `command -v ${[...new Set([...TOOLS, ...programs])].join(" ; command -v ")}`] },
      { timeoutMs: 5000 },
    );
    for (const program of stdout.trim().split("\n"))
      if (program.startsWith("/")) symlinkSync(program, join(bin, program.slice(program.lastIndexOf("/") + 1)));
    return bin;
  }

  async squat(port = 0): Promise<number> {
    const server = createTcpServer().listen(port, "0.0.0.0");
    this.#squatters.push(server);
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async freePorts(count: number): Promise<number[]> {
    const ports = await Promise.all(Array.from({ length: count }, () => this.squat()));
    await Promise.all(this.#squatters.splice(-count).map((server) => once(server.close(), "close")));
    return ports;
  }

  async start(values: Readonly<Record<string, string>>, path: string, app = "noop"): Promise<ChildProcess> {
    const script = await createExec()(
      { argv: [join(share, "make-app-script"), app], env: { FAIRWAY_SITE_APPS: join(this.folder, "site") } },
      { timeoutMs: 5000 },
    );
    writeFileSync(join(this.folder, "script"), script.stdout);
    mkdirSync(join(this.folder, "tmp"), { recursive: true });
    const env = {
      PATH: path,
      TMPDIR: join(this.folder, "tmp"),
      HOME: this.folder,
      SLURM_JOB_ID: "4711",
      FAIRWAY_SESSION: this.session,
      FAIRWAY_APP: app,
      FAIRWAY_ENROL_TOKEN: this.token,
      FAIRWAY_ENROL_URL: this.gateway.url,
      FAIRWAY_CA: this.gateway.ca,
      FAIRWAY_BASE_URL: "/user/alice/",
      FAIRWAY_ADDRESS: "loopback",
      FAIRWAY_TLS: "1",
      ...values,
    };
    this.#job = spawn("/bin/sh", [join(this.folder, "script")], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#job.stdout, this.#job.stderr]) stream?.on("data", (chunk: Buffer) => (this.#log += chunk.toString()));
    return this.#job;
  }

  readLog(): string {
    return this.#log;
  }

  async untilLogged(text: string): Promise<void> {
    const deadline = Date.now() + 50_000;
    while (!this.readLog().includes(text)) {
      if (Date.now() > deadline) throw new Error(`"${text}" does not stand in the log: ${this.readLog()}`);
      await sleep(50);
    }
  }

  untilListening(): Promise<void> {
    return this.untilLogged(" listens on ");
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<void> {
    this.#job?.kill("SIGTERM");
    if (this.#job !== null) await exitOf(this.#job);
  }

  /** The job's private folder, while it runs. */
  runtimeDir(): string {
    const [name = ""] = readdirSync(join(this.folder, "tmp")).filter((each) => each.startsWith("fairway-"));
    return join(this.folder, "tmp", name);
  }

  /** The TCP ports that processes of the job listen on. */
  listeningPorts(): number[] {
    const sockets = new Set(this.processes().flatMap(({ pid }) => socketsOf(pid)));
    return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state, , , , , , socket]) => state === "0A" && sockets.has(socket ?? ""))
        .map(([, local]) => Number.parseInt(local?.split(":").at(-1) ?? "", 16)),
    );
  }

  /** Every process of the job but its own shell: by its process group, or its folder in its argv (sshd leaves the group). */
  processes(): { pid: string; argv: string; environment: string }[] {
    return (
      readdirSync("/proc")
        // One that has ended may wait for whoever took it over.
        .filter((name) => /^\d+$/.test(name) && Number(name) !== this.#job?.pid && !/^.*\) Z/.test(readProc(name, "stat")))
        .map((pid) => ({
          pid,
          argv: readProc(pid, "cmdline"),
          environment: readProc(pid, "comm").trim() === "sh" ? "" : readProc(pid, "environ"),
        }))
        .filter(({ pid, argv }) => groupOf(pid) === this.#job?.pid || argv.includes(this.folder))
    );
  }
}

/** What /proc calls the sockets that a process holds. */
function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []);
  } catch {
    return []; // it has ended
  }
}

export async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, "close");
  return child.exitCode;
}

const groupOf = (pid: string) =>
  Number(
    readProc(pid, "stat")
      .replace(/^.*\) /, "")
      .split(" ")[2],
  );

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
