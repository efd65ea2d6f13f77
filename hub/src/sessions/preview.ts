/**
 * A launch in other words: the job's script, the `sbatch` that would send it, the same over our API, and
 * a link that fills in the form. All of it can be copied into a shell; none of it holds a secret.
 */
import { API } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { LaunchPreview } from "@fairway/contract/launching.ts";
import type { LaunchRequest } from "@fairway/contract/sessions.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { joinLines, quoteWord, toComment } from "../schedulers/shell-words.ts";
import { type AppScript, SchedulerUnavailable, SubmitRefused } from "../schedulers/types.ts";
import { type JobContext, toJobRequest } from "./job-request.ts";
import type { LaunchPlan, LaunchPlanner } from "./launch-plan.ts";
import { PersonalLine } from "./personal-line.ts";

export interface PreviewOptions {
  readonly planner: LaunchPlanner;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly jobContext: JobContext;
}

/** `origin`: ours, as the asker's browser knows it. @throws invalid_input, cluster_away, submit_refused, too_many */
export type Preview = (user: string, request: LaunchRequest, origin: string) => Promise<LaunchPreview>;

/** No session's: an id is drawn at each launch. Nor is the name: a job of ours that the hub does not know is taken in as a session. */
export const PREVIEW_ID = "preview22222";
export const PREVIEW_JOB_NAME = "fairway-preview";
export const TOKEN_PLACEHOLDER = "drawn-by-Fairway-at-each-launch-and-used-once";

/** What a launch link calls the session's name: no option can be called so, see config/options.ts. */
const NAME_IN_LINKS = "session-name";

export function createPreview(options: PreviewOptions): Preview {
  const readings = new PersonalLine();
  return async (user, request, origin) => {
    const plan = await options.planner.plan(user, request);
    const cluster = options.clusters.get(plan.profile.cluster);
    if (cluster === undefined) throw new AppError("cluster_away", `The cluster ${plan.profile.cluster} is no longer configured.`);
    const script = await readings.run(`${cluster.name} ${user}`, () => readScript(cluster, user, plan.profile.app));
    const site = `${origin}${options.jobContext.baseUrl.slice(0, -1)}`;
    // As it was asked for: what an option of the profile opens follows from the options.
    const open = request.open ?? "";
    return {
      script: script.text,
      sbatch: describeSubmission(user, plan, cluster, script, options),
      curl: describeCall(site, plan, open),
      link: toLaunchLink(site, plan, open),
    };
  };
}

async function readScript(cluster: Cluster, user: string, app: string): Promise<AppScript> {
  try {
    return await cluster.scheduler.readScript(cluster.transport.actAs, user, app, { timeoutMs: cluster.config.command_timeout });
  } catch (cause) {
    if (cause instanceof SubmitRefused)
      throw new AppError("submit_refused", `The script of ${app} cannot be had: ${cause.detail}`, { cause });
    if (!(cause instanceof SchedulerUnavailable)) throw cause;
    throw new AppError("cluster_away", "The job's script cannot be read at the moment.", { cause, next: "Try again in a moment." });
  }
}

function describeSubmission(user: string, plan: LaunchPlan, cluster: Cluster, script: AppScript, options: PreviewOptions): string {
  const { profile, name, resources, workingDirectory } = plan;
  const subject = {
    ...{ id: PREVIEW_ID, jobName: PREVIEW_JOB_NAME },
    ...{ user, name, app: profile.app, profile: profile.name, resources, workingDirectory },
  };
  const job = toJobRequest(subject, cluster, options.jobContext);
  const values = { ...job.values, FAIRWAY_ENROL_TOKEN: TOKEN_PLACEHOLDER };
  return [
    toComment(
      `Fairway draws the session's id (here ${PREVIEW_ID}), with it the job's name, its ports and its enrolment token for each launch.`,
    ),
    toComment("Sent by hand, the job is none of its sessions."),
    cluster.scheduler.describeSubmission({ ...job, user: cluster.transport.accountOf(user), values }, script),
  ].join("\n");
}

/** The token goes by stdin: an argv can be read by everybody on the machine. */
function describeCall(site: string, { profile, name, options }: LaunchPlan, open: string): string {
  const body = { profile: profile.name, ...(name === "" ? {} : { name }), options, ...(open === "" ? {} : { open }) };
  const command = [
    "curl --silent --show-error --request POST",
    "--header @- --header 'Content-Type: application/json'",
    `--data-raw ${quoteWord(JSON.stringify(body))}`,
    `${quoteWord(`${site}${API.launch.path}`)} <<END`,
  ];
  return `${joinLines(command)}\nAuthorization: token $FAIRWAY_TOKEN\nEND\n`;
}

function toLaunchLink(site: string, { profile, name, options }: LaunchPlan, open: string): string {
  const asked = Object.entries(options).map(([option, value]) => [option, String(value)] as const);
  const more = [[NAME_IN_LINKS, name] as const, ["next", open] as const].filter(([, value]) => value !== "");
  const query = [...asked, ...more].map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
  return `${site}/launch/${profile.name}${query === "" ? "" : `?${query}`}`;
}
