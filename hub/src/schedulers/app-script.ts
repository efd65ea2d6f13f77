/** Reads the job script of an app through the launcher's `script` verb: what a submission would send. */
import { type ActAs, LAUNCHER_REFUSED } from "../transports/types.ts";
import { askScheduler, toSentence } from "./ask.ts";
import { type AppScript, type CallOptions, SchedulerUnavailable, SubmitRefused } from "./types.ts";

/** @throws SubmitRefused when there is none; SchedulerUnavailable */
export async function readAppScript(actAs: ActAs, user: string, app: string, options: CallOptions): Promise<AppScript> {
  const result = await askScheduler(() => actAs(user, { verb: "script", app }, options));
  if (result.exitCode === LAUNCHER_REFUSED) throw new SubmitRefused(toSentence(result));
  if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
  const [, path, base64 = ""] = /^PATH (-|\/.*)\n([A-Za-z0-9+/=\n]*)$/.exec(result.stdout) ?? [];
  if (path === undefined) throw new SchedulerUnavailable("the launcher's answer to `script` could not be understood");
  return { path: path === "-" ? null : path, text: Buffer.from(base64, "base64").toString("utf8") };
}
