/** The composition root of the door: builds each part once, and ends each in the right order. */
import { setTimeout as delay } from "node:timers/promises";
import type { DoorAudit } from "@fairway/contract/door.ts";
import type { Logger } from "pino";
import { Activity } from "./activity.ts";
import type { DoorConfig } from "./config.ts";
import { DoorKeys } from "./door-keys.ts";
import { followFeed } from "./feed.ts";
import { Front } from "./front.ts";
import { HubClient } from "./hub-client.ts";
import { removeLeftSockets } from "./left-sockets.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { openListeners } from "./listeners.ts";
import { Live } from "./live.ts";
import { People } from "./person.ts";
import { createSessionLinks } from "./session-link.ts";
import { openTerminals, type Terminals } from "./terminal/server.ts";
import { Tunnels } from "./tunnels.ts";

export interface Door {
  readonly ports: readonly number[];
  close(): Promise<void>;
}

export interface DoorContext {
  readonly logger: Logger;
  readonly clock?: () => number;
  readonly limits?: Partial<Limits>;
}

/** Waits for the hub, which has the door's keys. @throws when an address is taken, or aborted */
export async function startDoor(config: DoorConfig, context: DoorContext, signal: AbortSignal): Promise<Door> {
  const { logger, clock = Date.now } = context;
  const limits = { ...DEFAULT_LIMITS, ...context.limits };
  const hub = new HubClient(config.feedSocket, limits.hubCallMs);
  const keys = await DoorKeys.load(hub, { logger, signal });
  const live = new Live(clock);
  const links = createSessionLinks({ readyMs: limits.linkReadyMs });
  const tunnels = new Tunnels();
  const people = new People();
  const audit = (entry: DoorAudit) => {
    const { credential: _credential, ...facts } = entry;
    logger.info(facts, "audit");
    hub.audit(entry).catch((error: unknown) => logger.warn({ err: error }, "what happened at the door could not be written down"));
  };
  const activity = new Activity(hub, limits.activityMs, clock, logger);
  const shared = { hub, links, live, activity, limits, logger, audit };
  const front = new Front({
    hostKey: keys.hostKey,
    banner: config.banner,
    limits,
    logger,
    signIn: {
      hub,
      authorities: () => keys.authorities,
      clock,
      tries: limits.tries,
      refuse: ({ user }) =>
        people.countOf(user) < config.connectionsPerUser ? null : `You have ${config.connectionsPerUser} SSH connections open already.`,
    },
    onSignedIn: (connection, who, { address, cut }) => {
      if (who.kind === "tunnel") tunnels.serve(connection, who, address, { ...shared, cut });
      else people.serve(connection, who, address, { ...shared, cut, agentForwarding: config.agentForwarding });
    },
    onFailed: (user, address, failures) => {
      const detail = `${failures} wrong proofs`;
      audit({ credential: null, user, address, action: "door.sign-in", target: null, outcome: "refused", detail });
    },
  });
  const ending = new AbortController();
  const feed = followFeed({ socketPath: config.feedSocket, limits, logger, onReady: () => keys.refresh() }, live, ending.signal);
  const close = async () => {
    live.endAll("Fairway's door is restarting. Connect again in a moment.");
    await delay(GOODBYE_MS);
    front.cutAll();
    ending.abort();
    await Promise.all([feed, activity.close()]);
    await hub.close();
  };
  let terminals: Terminals | null = null;
  try {
    const onUse = (sessionId: string) => activity.note(sessionId);
    terminals = await openTerminals({ hub, audit, links, live, onUse, logger, clock, socketPath: config.terminalsSocket });
    await removeLeftSockets(config.tunnelsDir);
    const listeners = await openListeners(config, (socket, address) => front.accept(socket, address));
    return {
      ports: listeners.ports,
      close: async () => {
        listeners.close();
        await Promise.all([close(), terminals?.close()]);
      },
    };
  } catch (error) {
    await Promise.all([close(), terminals?.close()]);
    throw error;
  }
}

/** For what is said last to reach people's screens. */
const GOODBYE_MS = 700;
