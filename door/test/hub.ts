/** The hub's internal API in memory, on a real Unix socket: the feed, and what the door asks. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { DoorAudit, DoorEnter, DoorEntry, DoorKeys, DoorSignIn, DoorTunnel, DoorTunnelPaths } from "@fairway/contract/door.ts";
import { ActivityReport, type FeedMessage, type FeedState } from "@fairway/contract/feed.ts";

type Message = FeedMessage extends infer M ? (M extends FeedMessage ? Omit<M, "seq"> : never) : never;

export class TestHub {
  readonly socketPath: string;
  readonly audit: DoorAudit[] = [];
  readonly entered: DoorEnter[] = [];
  /** By session. */
  readonly activity: Record<string, number> = {};
  /** By which way it was told that sessions are in use. */
  readonly vias = new Set<string>();
  keys: DoorKeys;
  signIn: (request: DoorSignIn) => object | null | "too_many" = () => null;
  enter: (request: DoorEnter) => DoorEntry = () => ({ kind: "refused", line: "No.", next: null });
  tunnel: (request: DoorTunnel) => DoorTunnelPaths | null = () => null;
  state: FeedState = { keys: [], routes: [], revocations: [] };
  readonly #feeds = new Map<ServerResponse, number>();
  #server = createServer();

  constructor(dir: string, keys: DoorKeys) {
    this.socketPath = join(dir, "feed.sock");
    this.keys = keys;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(this.socketPath);
    await once(this.#server, "listening");
  }

  /** As a hub that is killed. */
  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  tell(message: Message): void {
    for (const feed of this.#feeds.keys()) this.#send(feed, message);
  }

  get followers(): number {
    return this.#feeds.size;
  }

  #send(feed: ServerResponse, message: Message): void {
    const seq = (this.#feeds.get(feed) ?? 0) + 1;
    this.#feeds.set(feed, seq);
    feed.write(`${JSON.stringify({ seq, ...message })}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/feed") {
      this.#feeds.set(response, 0);
      response.once("close", () => this.#feeds.delete(response));
      this.#send(response, { kind: "snapshot", state: this.state });
      return;
    }
    const body = request.method === "POST" ? await json(request) : null;
    const [status, answer] = this.#decide(request.url ?? "", body);
    response.writeHead(status, { "content-type": "application/json" }).end(answer === null ? "" : JSON.stringify(answer));
  }

  #decide(path: string, body: unknown): [number, object | null] {
    switch (path) {
      case "/door/keys":
        return [200, this.keys];
      case "/door/sign-in": {
        const found = this.signIn(body as DoorSignIn);
        if (found !== "too_many") return found === null ? [401, null] : [200, found];
        return [429, { type: "t", title: "t", status: 429, code: "too_many", detail: "Too many failed sign-ins. Try again in 7 s." }];
      }
      case "/door/enter":
        this.entered.push(body as DoorEnter);
        return [200, this.enter(body as DoorEnter)];
      case "/door/tunnel": {
        const paths = this.tunnel(body as DoorTunnel);
        return paths === null ? [403, null] : [200, paths];
      }
      case "/activity": {
        const { via, sessions } = ActivityReport.parse(body);
        this.vias.add(via);
        Object.assign(this.activity, sessions);
        return [204, null];
      }
      case "/door/audit":
        this.audit.push(body as DoorAudit);
        return [204, null];
      default:
        return [404, null];
    }
  }
}
