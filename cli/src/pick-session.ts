/** Which session a command means: by its id, by its name, or the only one there is. */
import type { Session } from "@fairway/contract/sessions.ts";
import { isOpen } from "@fairway/contract/states.ts";
import type { Client } from "./client.ts";
import { CliFailure, EXIT } from "./failure.ts";

const ID = /^[a-z2-9]{12}$/;

/**
 * A name means the open session of that slot, or else the last that ended there; no argument means
 * the only open one, or, with `lastEnded`, the one that ended last.
 * @throws CliFailure (not found) for none, (usage) when more than one could be meant.
 */
export async function pickSession(client: Client, wanted: string | undefined, options: { lastEnded?: boolean } = {}): Promise<Session> {
  // Asked by itself: an open session may be older than the list of all of them reaches.
  const open = await listOpen(client);
  if (wanted !== undefined) return pickNamed(client, [...open, ...(await listEnded(client))], wanted);
  const [first] = open.length > 0 || options.lastEnded !== true ? open : await listEnded(client);
  if (first === undefined)
    throw new CliFailure(EXIT.notFound, "You have no open session.", { next: "Start one with `fairway launch PROFILE`." });
  if (open.length > 1) {
    const list = open.map(({ id, name, app, label }) => `\n  ${id}  ${name || "(default)"}  ${app.title}  ${label}`).join("");
    throw new CliFailure(EXIT.usage, `You have ${open.length} open sessions:${list}`, { next: "Name one by its id or name." });
  }
  return first;
}

/** A session that has ended: the last one, or the last one of that name. @throws CliFailure as above, (failed) for an open one. */
export async function pickEnded(client: Client, wanted: string | undefined): Promise<Session> {
  const session = wanted === undefined ? (await listEnded(client))[0] : await pickSession(client, wanted);
  if (session === undefined)
    throw new CliFailure(EXIT.notFound, "None of your sessions has ended.", { next: "See them with `fairway ls --all`." });
  if (!isOpen(session.state)) return session;
  throw new CliFailure(EXIT.failed, `Session ${session.id} has not ended (${session.label}).`, {
    next: `Stop it first with \`fairway stop ${session.id} --wait\`, or open it with \`fairway open ${session.id}\`.`,
  });
}

async function listOpen(client: Client): Promise<readonly Session[]> {
  const { sessions } = await client.call("listSessions", { query: { show: "open", limit: "200" } });
  return sessions.filter(({ state }) => isOpen(state));
}

/** The one that ended last comes first: the hub's order is that of their beginnings. */
async function listEnded(client: Client): Promise<readonly Session[]> {
  const { sessions } = await client.call("listSessions", { query: { show: "ended", limit: "200" } });
  return sessions.filter(({ state }) => !isOpen(state)).sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
}

async function pickNamed(client: Client, sessions: readonly Session[], wanted: string): Promise<Session> {
  const found = sessions.find(({ id }) => id === wanted) ?? sessions.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  // It may be older than the list reaches, or (for an administrator) somebody else's.
  if (ID.test(wanted)) return client.call("session", { params: { id: wanted } });
  throw new CliFailure(EXIT.notFound, `There is no session "${wanted}".`, { next: "See your sessions with `fairway ls --all`." });
}
