/** What the door asks the hub, over its internal Unix socket. Shapes are the contract's (`door.ts`). */
import {
  type DoorAudit,
  DoorCredential,
  type DoorEnter,
  DoorEntry,
  DoorKeys,
  type DoorLogin,
  DoorLoginEntry,
  type DoorSignIn,
  type DoorTunnel,
  DoorTunnelPaths,
} from "@fairway/contract/door.ts";
import { AppError, Problem } from "@fairway/contract/errors.ts";
import type { ActivityReport } from "@fairway/contract/feed.ts";
import { parseQuietly } from "@fairway/contract/quiet-json.ts";
import { Pool } from "undici";

export class HubClient {
  readonly #pool: Pool;
  readonly #timeoutMs: number;

  constructor(socketPath: string, timeoutMs: number) {
    this.#pool = new Pool("http://hub", { socketPath, connections: 16, connectTimeout: timeoutMs });
    this.#timeoutMs = timeoutMs;
  }

  /** All of them @throws {AppError} hub_away when it cannot be asked. */
  async keys(): Promise<DoorKeys> {
    return DoorKeys.parse(await this.#call("GET", "/door/keys", null, null));
  }

  /** Null: no. @throws {AppError} too_many */
  async signIn(request: DoorSignIn): Promise<DoorCredential | null> {
    const answer = await this.#call("POST", "/door/sign-in", request, 401);
    return answer === null ? null : DoorCredential.parse(answer);
  }

  async enter(request: DoorEnter): Promise<DoorEntry> {
    return DoorEntry.parse(await this.#call("POST", "/door/enter", request, null));
  }

  async enterLoginNode(request: DoorLogin): Promise<DoorLoginEntry> {
    return DoorLoginEntry.parse(await this.#call("POST", "/door/login-node", request, null));
  }

  /** Null: no. */
  async tunnel(request: DoorTunnel): Promise<DoorTunnelPaths | null> {
    const answer = await this.#call("POST", "/door/tunnel", request, 403);
    return answer === null ? null : DoorTunnelPaths.parse(answer);
  }

  async audit(entry: DoorAudit): Promise<void> {
    await this.#call("POST", "/door/audit", entry, null);
  }

  /** When each session was last used (epoch ms). */
  async reportActivity(sessions: Record<string, number>): Promise<void> {
    const report: ActivityReport = { via: "door", sessions };
    await this.#call("POST", "/activity", report, null);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #call(method: "GET" | "POST", path: string, body: object | null, noneStatus: number | null): Promise<unknown> {
    const { status, text } = await this.#ask(method, path, body);
    if (status === noneStatus) return null;
    if (status === 429) throw toTooMany(text);
    if (status >= 300) throw hubAway(new Error(`the hub answered ${status} to ${path}`));
    return text === "" ? null : parseAnswer(text);
  }

  async #ask(method: "GET" | "POST", path: string, body: object | null): Promise<{ status: number; text: string }> {
    try {
      const answer = await this.#pool.request({
        method,
        path,
        ...(body !== null && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (cause) {
      throw hubAway(cause);
    }
  }
}

function hubAway(cause: unknown): AppError {
  return new AppError("hub_away", "Fairway is restarting.", { next: "Try again in a moment.", retryAfterSeconds: 5, cause });
}

/** It may hold a key. */
function parseAnswer(text: string): unknown {
  try {
    return parseQuietly(text, "the hub sent an answer");
  } catch (cause) {
    throw hubAway(cause);
  }
}

function toTooMany(text: string): AppError {
  const problem = Problem.safeParse(parseAnswer(text));
  return new AppError("too_many", problem.success ? problem.data.detail : "Too many failed sign-ins.");
}
