/** What every route is given. */
import type { Site } from "@fairway/contract/accounts.ts";
import type { Logger } from "pino";
import type { IdentityService } from "../identity/types.ts";
import type { SessionService } from "../sessions/types.ts";
import type { EventStreams } from "./event-stream.ts";

export interface HttpContext {
  readonly identity: IdentityService;
  readonly sessions: SessionService;
  readonly site: Site;
  /** With both slashes: "/" or "/jupyter/". */
  readonly baseUrl: string;
  readonly clock: { now(): number };
  readonly log: Logger;
  readonly streams: EventStreams;
}
