/**
 * Which groups somebody belongs to: those of the configuration, and the Unix groups of their account.
 * The latter count only where a person's jobs run as that very account: elsewhere its name proves
 * nothing. What is not known is no membership.
 */
import type { Exec } from "../transports/types.ts";

export interface GroupsOptions {
  /** The configuration's: name -> members. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Commands on a machine that knows the accounts; null: Unix groups do not count on this site. */
  readonly exec: Exec | null;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

const FRESH_MS = 5 * 60_000;
/** An answer that cannot be renewed is used for a working day, not for ever. */
const STALE_MS = 24 * 3_600_000;
/** After a failure: nobody waits for the same silence again and again. */
const RETRY_MS = 15_000;
const TIMEOUT_MS = 10_000;
/** Far more than people at a time; what was asked first is forgotten first. */
const MOST_PEOPLE = 10_000;

interface Entry {
  readonly groups: readonly string[];
  readonly asOf: number;
  /** When it is to be asked again. */
  dueAt: number;
}

export interface Groups {
  /** All that count here, sorted. */
  readonly of: (user: string) => Promise<readonly string[]>;
  /** The account's own alone: what a cluster goes by. Every account has one, so none means that they are not known. */
  readonly unixOf: (user: string) => Promise<readonly string[]>;
}

export function createGroups({ groups, exec, now, onError }: GroupsOptions): Groups {
  const known = new Map<string, Entry>();
  const asking = new Map<string, Promise<readonly string[]>>();

  const ask = async (ofHost: Exec, user: string): Promise<readonly string[]> => {
    const before = known.get(user);
    const at = now();
    try {
      remember(known, user, { groups: await askUnixGroups(ofHost, user), asOf: at, dueAt: at + FRESH_MS });
    } catch (error) {
      onError(error);
      const isUsable = before !== undefined && at - before.asOf < STALE_MS;
      remember(known, user, { groups: isUsable ? before.groups : [], asOf: isUsable ? before.asOf : at, dueAt: at + RETRY_MS });
    } finally {
      asking.delete(user);
    }
    return known.get(user)?.groups ?? [];
  };

  const unixOf = async (user: string): Promise<readonly string[]> => {
    if (exec === null) return [];
    const entry = known.get(user);
    if (entry !== undefined && now() < entry.dueAt) return entry.groups;
    const current = asking.get(user) ?? ask(exec, user);
    asking.set(user, current);
    return current;
  };

  return {
    unixOf,
    async of(user) {
      const ours = Object.keys(groups).filter((name) => groups[name]?.includes(user));
      return [...new Set([...ours, ...(await unixOf(user))])].sort();
    },
  };
}

function remember(known: Map<string, Entry>, user: string, entry: Entry): void {
  known.delete(user);
  known.set(user, entry);
  const [oldest] = known.keys();
  if (known.size > MOST_PEOPLE && oldest !== undefined) known.delete(oldest);
}

/** `id -z` ends each name with NUL: directories have groups called "domain users", which are not "users". */
async function askUnixGroups(exec: Exec, user: string): Promise<readonly string[]> {
  const result = await exec({ argv: ["id", "-Gnz", "--", user], env: { LC_ALL: "C" } }, { timeoutMs: TIMEOUT_MS });
  // A group without a name (exit 1, its number told) does not make the others unknown.
  if (result.exitCode === 0 || result.stdout !== "") return result.stdout.split("\0").filter((name) => name !== "");
  if (/no such user/i.test(result.stderr)) return [];
  throw new Error(`id did not tell the groups: ${result.stderr.trim().slice(0, 200)}`);
}
