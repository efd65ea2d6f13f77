/** What every route is given. */
import type { Site } from "@fairway/contract/accounts.ts";
import type { Logger } from "pino";
import type { OfferService } from "../clusters/types.ts";
import type { DeviceSignInService, IdentityService, SshAccessService } from "../identity/types.ts";
import type { LaunchService, LifetimeService, LogService, SessionService } from "../sessions/types.ts";
import type { EventStreams } from "./event-stream.ts";

export interface HttpContext {
  readonly identity: IdentityService;
  readonly sessions: SessionService;
  readonly launches: LaunchService;
  readonly lifetimes: LifetimeService;
  readonly logs: LogService;
  readonly offers: OfferService;
  readonly sshAccess: SshAccessService;
  readonly deviceSignIns: DeviceSignInService;
  /** The groups a person belongs to. */
  readonly groupsOf: (user: string) => Promise<readonly string[]>;
  readonly site: Site;
  /** With both slashes: "/" or "/jupyter/". */
  readonly baseUrl: string;
  readonly clock: { now(): number };
  readonly log: Logger;
  readonly streams: EventStreams;
}
