/** The ssh agent of whoever is connected, passed on into the session: each use opens a channel to their client. */
import type { Connection, GetStreamCallback } from "ssh2";
import { BaseAgent, openAgentChannel } from "./ssh2.ts";

export class ForwardedAgent extends BaseAgent {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  /** Never asked by us: we sign in to sessions with our own key. */
  override getIdentities(done: (error: Error) => void): void {
    done(new Error("the agent is only passed on"));
  }

  override sign(): void {
    throw new Error("the agent is only passed on");
  }

  override getStream(done: GetStreamCallback): void {
    openAgentChannel(this.#connection, (error, channel) => {
      // The client's end of it may go at any time; "close" tells the same.
      channel?.on("error", () => {});
      done(error, channel);
    });
  }
}
