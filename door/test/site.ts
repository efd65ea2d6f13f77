/** A door with all around it: a hub in memory, a session's real sshd, and stock OpenSSH clients to come with. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { DoorCredential, DoorSignIn } from "@fairway/contract/door.ts";
import { pino } from "pino";
import { expect, vi } from "vitest";
import { type Door, startDoor } from "../src/door.ts";
import type { Limits } from "../src/limits.ts";
import { fingerprintOf } from "../src/public-key.ts";
import { makeKey, startSshd, type TestSshd } from "../src/testing/sshd.ts";
import { TestHub } from "./hub.ts";

export const TOKEN = `fwt_${"a".repeat(43)}`;
export const SESSION = "abcdefgh2345";

export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SiteOptions {
  readonly limits?: Partial<Limits>;
  readonly agentForwarding?: boolean;
  readonly connectionsPerUser?: number;
  readonly banner?: string;
}

export class Site {
  readonly dir = mkdtempSync(join(tmpdir(), "fairway-door-"));
  readonly hub: TestHub;
  readonly log: string[] = [];
  sshd!: TestSshd;
  door!: Door;
  readonly #options: SiteOptions;
  readonly #children = new Set<ChildProcess>();

  static async open(options: SiteOptions = {}): Promise<Site> {
    const site = new Site(options);
    site.sshd = await startSshd();
    site.letIn();
    await site.hub.start();
    await site.startDoor();
    return site;
  }

  private constructor(options: SiteOptions) {
    this.#options = options;
    for (const name of ["host", "ca", "alice", "tunnel", "stranger"]) makeKey(join(this.dir, name));
    const read = (name: string) => readFileSync(join(this.dir, name), "utf8");
    this.hub = new TestHub(this.dir, { hostKey: read("host"), certificateAuthorities: [read("ca.pub").trim()] });
  }

  async startDoor(): Promise<void> {
    const config = {
      siteName: "Test",
      listen: [{ address: "127.0.0.1", port: 0 }],
      socket: join(this.dir, "door.sock"),
      feedSocket: this.hub.socketPath,
      terminalsSocket: join(this.dir, "terminals.sock"),
      tunnelsDir: join(this.dir, "tunnels"),
      banner: this.#options.banner ?? null,
      agentForwarding: this.#options.agentForwarding ?? false,
      connectionsPerUser: this.#options.connectionsPerUser ?? 20,
    };
    const logger = pino({ level: "debug" }, { write: (line: string) => void this.log.push(line) });
    const limits = { waitMs: 30, feedRetryMaxMs: 50, ...this.#options.limits };
    this.door = await startDoor(config, { logger, limits }, new AbortController().signal);
    const [type, key] = readFileSync(join(this.dir, "host.pub"), "utf8").split(" ");
    writeFileSync(join(this.dir, "known_hosts"), `[127.0.0.1]:${this.port} ${type} ${key}\n`);
    await vi.waitFor(() => expect(this.hub.followers).toBe(1), { timeout: 20_000 });
  }

  get port(): number {
    return this.door.ports[0] ?? 0;
  }

  /** The usual case: alice, her key, her token, her certificate, one open session; and what a hub says of it. */
  letIn(): void {
    const blob = Buffer.from(readFileSync(join(this.dir, "alice.pub"), "utf8").split(" ")[1] ?? "", "base64");
    const known: Readonly<Record<DoorSignIn["proof"]["kind"], string>> = {
      token: hash("sha256", TOKEN),
      "ssh-key": fingerprintOf(blob),
      certificate: "cert-1",
    };
    this.hub.signIn = ({ user, proof }) => {
      const shown = proof.kind === "token" ? proof.sha256 : proof.kind === "ssh-key" ? proof.fingerprint : proof.id;
      return user === "alice" && known[proof.kind] === shown ? credential(proof.kind) : null;
    };
    this.hub.enter = ({ credential: { user } }) =>
      user === "alice"
        ? { kind: "open", sessionId: SESSION, sessionName: "", target: this.sshd.target }
        : { kind: "refused", line: "You have no session open.", next: null };
    this.hub.state = { ...this.hub.state, routes: [openRoute()] };
  }

  /** A stock client's options: our files, nobody else's configuration. */
  sshOptions(identity: string | null = "alice"): string[] {
    const set = (name: string, value: string) => ["-o", `${name}=${value}`];
    return [
      ...["-F", "/dev/null"],
      ...set("UserKnownHostsFile", join(this.dir, "known_hosts")),
      ...set("StrictHostKeyChecking", "yes"),
      ...set("IdentitiesOnly", "yes"),
      ...set("IdentityAgent", "none"),
      ...set("PreferredAuthentications", identity === null ? "password" : "publickey"),
      ...(identity === null ? set("NumberOfPasswordPrompts", "1") : ["-i", join(this.dir, identity)]),
    ];
  }

  ssh(
    args: readonly string[],
    options: { input?: string | Buffer; identity?: string | null; user?: string; env?: Record<string, string> } = {},
  ) {
    const { identity = "alice", user = "alice" } = options;
    return this.run("ssh", [...this.sshOptions(identity), "-p", String(this.port), `${user}@127.0.0.1`, ...args], options);
  }

  /** Runs a program to its end. */
  async run(
    program: string,
    args: readonly string[],
    { input = "", env = {} }: { input?: string | Buffer; env?: Record<string, string> } = {},
  ): Promise<Ran> {
    const child = this.start(program, args, env);
    // It may have ended without reading.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const ended = new Promise<[number | null, string | null]>((resolve) => child.once("close", (...how) => resolve(how)));
    const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, signal, stdout, stderr };
  }

  /** Starts one that goes on; ended with the site. */
  start(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
    const child = spawn(program, args, { env: { ...process.env, ...env } });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    return child;
  }

  /** Gives a stock client a password, where it would ask for one. */
  passwordEnv(password: string): Record<string, string> {
    const script = join(this.dir, "askpass");
    writeFileSync(script, `#!/bin/sh\necho '${password}'\n`, { mode: 0o755 });
    return { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: "force", DISPLAY: ":0" };
  }

  folder(name: string): string {
    const path = join(this.dir, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  auditOf(action: string) {
    return this.hub.audit.filter((entry) => entry.action === action);
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await this.door.close();
    await this.hub.stop().catch(() => {});
    await this.sshd.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function credential(kind: DoorCredential["kind"], expiresAt: number | null = null): DoorCredential {
  return { kind, id: `${kind}-1`, user: "alice", expiresAt };
}

export function openRoute() {
  return {
    sessionId: SESSION,
    prefix: "/user/alice/",
    owner: "alice",
    appTitle: "JupyterLab",
    state: "ready" as const,
    stateSince: 0,
    label: "Ready",
    line: "Running.",
    next: null,
    upstream: null,
    inject: null,
  };
}
