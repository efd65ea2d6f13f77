/** The edge's calls to the hub's internal API, over its Unix socket. Shapes are the contract's. */
import { AppError } from "@fairway/contract/errors.ts";
import { type ActivityReport, Renewed, TokenLookup } from "@fairway/contract/feed.ts";
import { parseQuietly } from "@fairway/contract/quiet-json.ts";
import { Pool } from "undici";

export class HubClient {
  readonly #pool: Pool;
  readonly #timeoutMs: number;

  constructor(socketPath: string, timeoutMs: number) {
    this.#pool = new Pool("http://hub", { socketPath, connections: 4, connectTimeout: timeoutMs });
    this.#timeoutMs = timeoutMs;
  }

  /** Who a token belongs to, by its hash; null when there is no such token. @throws {AppError} hub_away */
  async lookupToken(sha256: string): Promise<TokenLookup | null> {
    const answer = await this.#post("/tokens/lookup", { sha256 }, 404);
    return answer === null ? null : TokenLookup.parse(answer);
  }

  /** A fresh short cookie for a sign-in; null when that is void. @throws {AppError} hub_away */
  async renewLogin(login: string): Promise<Renewed | null> {
    const answer = await this.#post("/logins/renew", { login }, 401);
    return answer === null ? null : Renewed.parse(answer);
  }

  /** When each session last saw traffic (epoch ms). @throws {AppError} hub_away */
  async reportActivity(sessions: Record<string, number>): Promise<void> {
    const report: ActivityReport = { via: "edge", sessions };
    await this.#post("/activity", report, null);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #post(path: string, body: unknown, noneStatus: number | null): Promise<unknown> {
    try {
      const answer = await this.#pool.request({
        method: "POST",
        path,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      const text = await answer.body.text();
      if (answer.statusCode === noneStatus) return null;
      if (answer.statusCode >= 300) throw new Error(`the hub answered ${answer.statusCode} to ${path}`);
      return text === "" ? null : parseQuietly(text, "the hub sent an answer");
    } catch (cause) {
      throw new AppError("hub_away", "Fairway cannot check who you are while it restarts.", {
        next: "Try again in a few seconds.",
        retryAfterSeconds: 5,
        cause,
      });
    }
  }
}
