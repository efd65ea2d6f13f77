/**
 * The openssh transport: everything that is asked of a cluster runs on a login node, over the system's ssh. One standing
 * connection as the service account carries the questions and the forwards; where jobs run by certificate, each person has
 * a connection of their own around what is done as them. It must not know what it carries, and keep no key on disk.
 */

import { createExec as createExecHere, type ExecSettings } from "../local/exec.ts";
import { SUBMIT_PATIENCE_MS } from "../local/index.ts";
import { buildLauncherCommand, buildOperatorCommand } from "../local/launcher-command.ts";
import {
  type ActAs,
  type Exec,
  ExecError,
  type ExecOptions,
  type ExecResult,
  LAUNCHER_REFUSED,
  type Transport,
  type UserVerb,
} from "../types.ts";
import { SshForwards } from "./forwards.ts";
import { LoginRefused, PersonMasters, type SignUser } from "./person-masters.ts";
import { type Login, type RemoteExecOptions, runRemotely } from "./remote-exec.ts";
import { Slots } from "./slots.ts";
import type { SshSettings } from "./ssh-options.ts";
import { StandingMaster } from "./standing-master.ts";
import { createOpenStream } from "./streams.ts";
import { createIsSubmitting } from "./submitting.ts";

export type OpensshActAs =
  | { readonly kind: "sudo" }
  | { readonly kind: "certificate"; readonly signUser: SignUser }
  /** `account`: whose the jobs are there. `env`: for the launcher. */
  | { readonly kind: "service"; readonly account: string; readonly env?: Readonly<Record<string, string>> };

export interface OpensshTransportSettings {
  readonly cluster: string;
  readonly ssh: SshSettings;
  readonly actAs: OpensshActAs;
  /** On the login node. */
  readonly launcher: string;
  /** On the login node, see hub/share/shells; left out: people have no shells there. */
  readonly shells?: string;
  readonly operator?: { readonly account: string; readonly script: string };
  /** Holds control sockets (ssh/) and forwards (routes/); private to this account. */
  readonly runtimeDir: string;
  /** Of one submission, before this transport's own patience. */
  readonly commandTimeoutMs: number;
  /** How programs are started here; by this very process unless told. */
  readonly createExec?: (settings?: ExecSettings) => Exec;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export interface OpensshTransport extends Transport {
  /** Ends people's connections and the keeper of the standing one, which itself goes on: see `endMasters`. */
  readonly close: () => Promise<void>;
}

/** sshd's MaxSessions is mostly 10; a doctor or an administrator shall find room, too. */
const SESSIONS = 8;

export function createOpensshTransport(settings: OpensshTransportSettings): OpensshTransport {
  const { cluster, ssh, runtimeDir, onError, actAs: how, shells: script, operator, createExec = createExecHere } = settings;
  // What is given up here ends over there by its own limit; a client of a master is in no hurry to end by itself.
  const exec = createExec({ graceMs: 100 });
  const base = { cluster, ssh, runtimeDir, exec };
  const master = new StandingMaster({
    ...base,
    onUp: (connection, signal) => void forwards.restore(connection, signal).catch(onError),
  });
  const ready = (signal: AbortSignal) => master.ready(signal);
  const forwards = new SshForwards({ ...base, ready, onError });
  const service: Login = { connect: ready, doubt: () => {}, slots: new Slots(SESSIONS) };
  const people =
    how.kind === "certificate"
      ? new PersonMasters({ ...base, onError, signUser: how.signUser, host: async (signal) => (await ready(signal)).host })
      : null;
  const remotely: Exec = (command, options) => runRemotely(exec, service, command, options);

  const actAs: ActAs = (user, verb, options) => {
    const launcher = {
      launcher: settings.launcher,
      sudo: how.kind === "sudo",
      ...(how.kind === "service" && how.env !== undefined ? { env: how.env } : {}),
    };
    const command = buildLauncherCommand(launcher, user, verb, options.timeoutMs);
    const patient = withPatience(verb, options);
    if (people === null) return runRemotely(exec, service, command, patient);
    return asPerson(people, user, patient, (login) => runRemotely(exec, login, command, patient));
  };

  return {
    exec: remotely,
    actAs,
    // Never as the service account: a person's shell would be the gateway's own.
    openStream: script === undefined || how.kind === "service" ? null : createOpenStream({ ssh, script, people, ready }),
    asOperator: operator
      ? (args, options) => runRemotely(exec, service, buildOperatorCommand(operator, args), { ...options, mayRepeat: false })
      : null,
    actsAs: how.kind === "service" ? "service" : "user",
    accountOf: (user) => (how.kind === "service" ? how.account : user),
    isSubmitting: createIsSubmitting({
      exec: remotely,
      patienceMs: settings.commandTimeoutMs + SUBMIT_PATIENCE_MS,
      canLook: how.kind !== "certificate",
      now: settings.now,
    }),
    forwards,
    close: async () => {
      await Promise.all([master.close(), people?.close()]);
    },
  };
}

/** A submission is begun once, and we wait a little longer than it may take. */
function withPatience(verb: UserVerb, options: ExecOptions): RemoteExecOptions {
  return verb.verb === "submit" ? { ...options, timeoutMs: options.timeoutMs + SUBMIT_PATIENCE_MS, mayRepeat: false } : options;
}

/** A login node that does not let somebody in has answered, as a launcher that refuses has: nothing was done. */
async function asPerson(people: PersonMasters, user: string, options: RemoteExecOptions, act: (login: Login) => Promise<ExecResult>) {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  try {
    return await people.with(user, options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]), act);
  } catch (error) {
    if (error instanceof ExecError) throw error;
    // Too many others were at it.
    if (options.signal?.aborted) throw new ExecError("aborted", ["launcher"], { cause: error });
    if (deadline.aborted) throw new ExecError("timeout", ["launcher"], { cause: error });
    if (!(error instanceof LoginRefused)) throw error;
    return { exitCode: LAUNCHER_REFUSED, stdout: "", stderr: `fairway: ${error.message}\n` };
  }
}
