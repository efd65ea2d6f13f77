/** A hub in memory that speaks the feed's protocol over real Unix sockets. Its tokens and sign-ins are what a test says. */
import { hash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { FeedMessage, FeedState, Revocation, Route, TokenLookup, Upstream } from "@fairway/contract/feed.ts";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { makeTempDir } from "./temp-dir.ts";

type Unnumbered = FeedMessage extends infer M ? (M extends FeedMessage ? Omit<M, "seq"> : never) : never;

export interface CookieWishes {
  readonly login?: string;
  readonly issuedAt?: number;
  readonly lifeSeconds?: number;
}

export class TestHub {
  readonly dir = makeTempDir();
  readonly feedSocket = join(this.dir, "feed.sock");
  readonly hubSocket = join(this.dir, "hub.sock");
  readonly tokens = new Map<string, TokenLookup>();
  /** login cookie -> user */
  readonly logins = new Map<string, string>();
  readonly activity: Record<string, number>[] = [];
  /** Every internal call, by path. */
  readonly calls: string[] = [];
  state: FeedState = { keys: [], routes: [], revocations: [] };
  api: RequestListener = (_req, res) => res.end("hub");
  #seq = 100;
  #feeds = new Set<ServerResponse>();
  #servers: Server[] = [];
  #privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"] | null = null;

  async start(): Promise<void> {
    if (this.#privateKey === null) await this.newKey("k1");
    this.#servers = [createServer((req, res) => void this.#answer(req, res)), createServer((req, res) => this.api(req, res))];
    await Promise.all([listen(this.#servers[0]!, this.feedSocket), listen(this.#servers[1]!, this.hubSocket)]);
  }

  /** As when the process is killed: sockets cut, nothing said. */
  async stop(): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    this.#feeds.clear();
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async newKey(kid: string): Promise<void> {
    const pair = await generateKeyPair("EdDSA", { extractable: true });
    this.#privateKey = pair.privateKey;
    this.#kid = kid;
    this.state.keys = [{ kid, jwk: { ...(await exportJWK(pair.publicKey)) } }];
  }
  #kid = "";

  get feedCount(): number {
    return this.#feeds.size;
  }

  push(message: Unnumbered): void {
    this.#seq += 1;
    this.pushRaw({ ...message, seq: this.#seq });
  }

  pushRaw(message: unknown): void {
    for (const feed of this.#feeds) feed.write(`${JSON.stringify(message)}\n`);
  }

  setRoute(route: Route): void {
    this.state.routes = [...this.state.routes.filter((other) => other.prefix !== route.prefix), route];
    this.push({ kind: "route", route });
  }

  removeRoute(route: Route): void {
    this.state.routes = this.state.routes.filter((other) => other.prefix !== route.prefix);
    this.push({ kind: "route-gone", prefix: route.prefix, sessionId: route.sessionId });
  }

  revoke(revocation: Revocation): void {
    this.state.revocations.push(revocation);
    this.push({ kind: "revoked", revocation });
  }

  newToken(user: string, wishes: Partial<TokenLookup> = {}): string {
    const token = `fwt_${hash("sha256", randomUUID(), "base64url")}`;
    this.tokens.set(hash("sha256", token), { id: randomUUID(), user, scopes: ["access:servers"], expiresAt: null, ...wishes });
    return token;
  }

  async signCookie(user: string, wishes: CookieWishes = {}): Promise<string> {
    const issuedAt = wishes.issuedAt ?? Math.floor(Date.now() / 1000);
    if (this.#privateKey === null) throw new Error("the hub has no key yet");
    return new SignJWT({ sid: wishes.login ?? `login-of-${user}` })
      .setProtectedHeader({ alg: "EdDSA", kid: this.#kid, typ: "JWT" })
      .setSubject(user)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + (wishes.lifeSeconds ?? 600))
      .sign(this.#privateKey);
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    this.calls.push(req.url ?? "");
    if (req.url === "/feed") {
      this.#feeds.add(res);
      res.once("close", () => this.#feeds.delete(res));
      res.write(`${JSON.stringify({ seq: this.#seq, kind: "snapshot", state: this.state })}\n`);
      return;
    }
    const body = JSON.parse(await readText(req)) as Record<string, unknown>;
    if (req.url === "/tokens/lookup") this.#json(res, this.tokens.get(String(body.sha256)), 404);
    else if (req.url === "/logins/renew") await this.#renew(res, String(body.login));
    else if (req.url === "/activity") {
      this.activity.push(body.sessions as Record<string, number>);
      res.writeHead(204).end();
    } else res.writeHead(404).end();
  }

  async #renew(res: ServerResponse, login: string): Promise<void> {
    const user = this.logins.get(login);
    const renewed =
      user === undefined ? undefined : { user, cookie: await this.signCookie(user, { login: `id-${login}` }), maxAgeSeconds: 600 };
    this.#json(res, renewed, 401);
  }

  #json(res: ServerResponse, value: unknown, noneStatus: number): void {
    if (value === undefined) res.writeHead(noneStatus).end();
    else res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  }
}

let sessions = 0;

/** A running session of a user; what a test does not say is ordinary. */
export function toRoute(owner: string, upstream: Upstream | null, wishes: Partial<Route> = {}): Route {
  sessions += 1;
  return {
    // No 0 and no 1, as in real ones.
    sessionId: `session${sessions.toString(8).replaceAll("0", "8").replaceAll("1", "9").padStart(5, "a")}`,
    prefix: `/user/${owner}/`,
    owner,
    appTitle: "JupyterLab",
    state: upstream === null ? "starting" : "ready",
    stateSince: Date.now(),
    label: upstream === null ? "Starting" : "Ready",
    line: "JupyterLab is starting on c1.",
    next: null,
    upstream,
    inject: upstream === null ? null : { header: "X-Session-Secret", value: `secret-of-${owner}` },
    ...wishes,
  };
}

export async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}
