/**
 * `fairway user disable|enable` and the running hub: somebody is shut out, or let in again, by whoever has the shell of
 * Fairway's own account. Asked on the internal socket, so that edge and door hear of it at once.
 */
import { UserName } from "@fairway/contract/names.ts";
import { scopesOfRole } from "@fairway/contract/scopes.ts";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { readBody } from "../http/problems.ts";
import type { Actor, SessionService } from "../sessions/types.ts";
import type { SessionStore } from "../store/sessions.ts";
import { OPERATOR } from "./audit.ts";
import type { Identity } from "./types.ts";

export const SHUT_OUT_PATH = "/people/disabled";
export const ShutOutWish = z.strictObject({ user: UserName, isDisabled: z.boolean(), stopsSessions: z.boolean() });
export type ShutOutWish = z.infer<typeof ShutOutWish>;
/** How many sessions were told to stop. */
export const ShutOutAnswer = z.object({ stopped: z.number() });

export interface ShutOutOptions {
  readonly identity: Pick<Identity, "setDisabled">;
  readonly sessions: Pick<SessionService, "stop">;
  readonly store: Pick<SessionStore, "find">;
}

/** @throws not_found for somebody who has never signed in here */
export type ShutOut = (wish: ShutOutWish) => Promise<z.infer<typeof ShutOutAnswer>>;

const STAFF: Actor = { ...OPERATOR, scopes: scopesOfRole("admin") };
const MOST_SESSIONS = 1000;

export function createShutOut({ identity, sessions, store }: ShutOutOptions): ShutOut {
  return async ({ user, isDisabled, stopsSessions }) => {
    await identity.setDisabled(OPERATOR, user, isDisabled);
    if (!stopsSessions) return { stopped: 0 };
    const open = await store.find({ show: "open", user, limit: MOST_SESSIONS });
    for (const { id } of open) await sessions.stop(STAFF, id);
    return { stopped: open.length };
  };
}

export function registerShutOut(app: FastifyInstance, shutOut: ShutOut): void {
  app.post(SHUT_OUT_PATH, async (request) => shutOut(readBody(ShutOutWish, request.body)));
}
