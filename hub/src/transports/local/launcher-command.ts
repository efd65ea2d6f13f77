/**
 * From a verb to the launcher's argv and stdin (see hub/share/launcher). Pure; refuses whatever could
 * be read as something else than it is: an option, a second line, another user.
 */
import { UserName } from "@fairway/contract/names.ts";
import type { Command, StreamVerb, UserVerb } from "../types.ts";

export interface LauncherSettings {
  /** Absolute path of the launcher, or of local-jobs. */
  readonly launcher: string;
  /** Run it as the person through sudo, or as ourselves. */
  readonly sudo: boolean;
  /** Environment for a launcher that runs as ourselves; sudo resets it. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ShellsSettings extends Pick<LauncherSettings, "sudo"> {
  /** Absolute path of the script. */
  readonly script: string;
}

/** How long `timeout` lets a submission live beyond its own inner limit. */
const SUBMIT_SLACK_SECONDS = 7;

/**
 * @param timeoutMs for `submit`: the launcher's own limit for sbatch. It ends by that even when we are gone.
 * @throws TypeError on a user name or a value that must not reach the launcher: a fault of ours.
 */
export function buildLauncherCommand(settings: LauncherSettings, user: string, verb: UserVerb, timeoutMs: number): Command {
  const account = toAccount(settings, user);
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  const guard = verb.verb === "submit" ? ["timeout", "-k", "5", String(seconds + SUBMIT_SLACK_SECONDS)] : [];
  const [program = settings.launcher, ...args] = [...guard, ...account, settings.launcher, ...toArguments(verb, seconds)];
  const stdin = toStdin(user, verb);
  return { argv: [program, ...args], ...(stdin === null ? {} : { stdin }), ...(settings.env ? { env: settings.env } : {}) };
}

/**
 * What becomes an sshd for the one connection that its input and output are, see hub/share/shells. `stdin` is only the
 * beginning of its input. @throws TypeError as above
 */
export function buildStreamCommand(settings: ShellsSettings, user: string, verb: StreamVerb): Command & { readonly stdin: string } {
  const { hostKey, authorizedKey } = verb.keys;
  const toBase64 = (text: string) => Buffer.from(text.endsWith("\n") ? text : `${text}\n`).toString("base64");
  const args = verb.verb === "login" ? [verb.verb] : [verb.verb, verb.jobId, verb.jobName];
  const [program = settings.script, ...rest] = [...toAccount(settings, user), settings.script, ...args];
  const stdin = `HOST_KEY=${toBase64(hostKey)}\nAUTHORIZED_KEY=${toBase64(authorizedKey)}\n.\n`;
  return { argv: [program, ...rest], stdin };
}

/**
 * @param args after the operator script, see hub/share/operator.
 * @throws TypeError on an account name that must not reach sudo.
 */
export function buildOperatorCommand(operator: { readonly account: string; readonly script: string }, args: readonly string[]): Command {
  return { argv: ["sudo", "-n", "-H", "-u", ensureUserName(operator.account), "--", operator.script, ...args] };
}

const toAccount = ({ sudo }: Pick<LauncherSettings, "sudo">, user: string) =>
  sudo ? ["sudo", "-n", "-H", "-u", ensureUserName(user), "--"] : [];

function toArguments(verb: UserVerb, seconds: number): readonly string[] {
  switch (verb.verb) {
    case "submit":
      return ["submit", verb.app, `--submit-timeout=${seconds}`, ...verb.options];
    case "trial":
      return ["trial", verb.app, `--submit-timeout=${seconds}`, ...verb.options];
    case "script":
      return ["script", verb.app];
    case "cancel":
      return ["cancel", verb.jobId, verb.jobName];
    case "files":
      return ["files", verb.path];
    case "log":
      return ["log", verb.session, String(verb.offset), String(verb.maxBytes)];
    case "check-password":
      return ["check-password"];
  }
}

/** The lone dot says "that was all": a launcher whose hub died while it wrote must not use half of it. */
function toStdin(user: string, verb: UserVerb): string | null {
  switch (verb.verb) {
    case "submit":
      return `${Object.entries(verb.values)
        .map(([name, value]) => `${ensureLine(name, name)}=${ensureLine(name, value)}\n`)
        .join("")}.\n`;
    case "check-password":
      return `${ensureUserName(user)}\n${ensureLine("password", verb.password)}\n`;
    case "trial":
    case "script":
    case "cancel":
    case "files":
    case "log":
      return null;
  }
}

function ensureUserName(user: string): string {
  if (!UserName.safeParse(user).success) throw new TypeError("this is no user name that may reach the launcher");
  return user;
}

function ensureLine(name: string, value: string): string {
  if (/[\n\r\0]/.test(value)) throw new TypeError(`the value of ${JSON.stringify(name)} is not one line`);
  return value;
}
