/** What people type to come into a session by ssh. Pure. */
import type { SshAccess } from "@fairway/contract/ssh-access.ts";

/** `session` is its name; "" is the default session, or whatever runs. */
export function toSshCommand({ host, port }: Pick<SshAccess, "host" | "port">, user: string, session: string): string {
  const login = session === "" ? user : `${user}+${session}`;
  return port === 22 ? `ssh ${login}@${host}` : `ssh -p ${port} ${login}@${host}`;
}
