/**
 * What has to be started here for a stream on the login node: ssh, on a connection of its own, since the standing one has
 * few sessions to give (sshd's MaxSessions) and the watcher needs them.
 */
import { CLOSED_ENV } from "../local/exec.ts";
import { buildStreamCommand } from "../local/launcher-command.ts";
import { ExecError, type OpenStream } from "../types.ts";
import { LoginRefused, type PersonMasters } from "./person-masters.ts";
import { REMOTE_COMMAND, toRemoteStreamLine } from "./remote-line.ts";
import { commandArgv, type SshSettings, streamArgv } from "./ssh-options.ts";
import type { Connection } from "./standing-master.ts";

export interface OpenStreamOptions {
  readonly ssh: SshSettings;
  /** hub/share/shells, on the login node. */
  readonly script: string;
  /** People come by certificates of their own; null: by sudo there. */
  readonly people: PersonMasters | null;
  /** Which login node the standing connection is at. @throws ExecError "away" */
  readonly ready: (signal: AbortSignal) => Promise<Connection>;
}

export function createOpenStream({ ssh, script, people, ready }: OpenStreamOptions): OpenStream {
  return async (user, verb, signal) => {
    const command = buildStreamCommand({ script, sudo: people === null }, user, verb);
    const stream = { env: CLOSED_ENV, preamble: `${toRemoteStreamLine(command)}\n${command.stdin}` };
    if (people === null) {
      const { host } = await ready(signal);
      return { ...stream, argv: streamArgv(ssh, host, REMOTE_COMMAND), release: async () => {} };
    }
    const { connection, end } = await people.open(user, signal).catch(toAway);
    return { ...stream, argv: commandArgv(connection.socket, REMOTE_COMMAND), release: end };
  };
}

function toAway(error: unknown): never {
  if (error instanceof LoginRefused) throw new ExecError("away", ["ssh"], { stderrTail: error.message, cause: error });
  throw error;
}
