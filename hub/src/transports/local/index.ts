/**
 * The local transport: commands run on this machine. As the person, through sudo and the fixed-verb
 * launcher; or, at a site with one service account, as ourselves through the same launcher.
 */

import type { Exec, Transport } from "../types.ts";
import { createExec as createExecHere, type ExecSettings } from "./exec.ts";
import { buildLauncherCommand, buildOperatorCommand, type LauncherSettings } from "./launcher-command.ts";
import { hasSubmitter } from "./submitters.ts";

export interface LocalTransportSettings extends LauncherSettings {
  /** The account that the hub itself runs as. */
  readonly serviceAccount: string;
  /** Who may raise time limits, and the script that does it; nobody unless told. */
  readonly operator?: { readonly account: string; readonly script: string };
  /** Where processes are listed. */
  readonly procDir?: string;
  /** How programs are started; by this very process unless told. */
  readonly createExec?: (settings?: ExecSettings) => Exec;
}

/** A submission outlives our patience by this much before we stop waiting for its answer. */
export const SUBMIT_PATIENCE_MS = 10_000;

export function createLocalTransport(settings: LocalTransportSettings): Transport {
  const { createExec = createExecHere } = settings;
  const exec = createExec();
  const submit = createExec({ whenGivenUp: "leave" });
  const { operator } = settings;
  return {
    exec,
    actsAs: settings.sudo ? "user" : "service",
    accountOf: (user) => (settings.sudo ? user : settings.serviceAccount),
    actAs: (user, verb, options) => {
      const command = buildLauncherCommand(settings, user, verb, options.timeoutMs);
      if (verb.verb !== "submit") return exec(command, options);
      return submit(command, { ...options, timeoutMs: options.timeoutMs + SUBMIT_PATIENCE_MS });
    },
    // Nobody has a shell beside the gateway's own secrets.
    openStream: null,
    asOperator: operator ? (args, options) => exec(buildOperatorCommand(operator, args), options) : null,
    forwards: null,
    isSubmitting: (jobName) => hasSubmitter(jobName, settings.procDir ?? "/proc"),
  };
}
