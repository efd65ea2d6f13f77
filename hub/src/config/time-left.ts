/** What must agree about how long sessions go on: extensions, idleness, and how people are told. */
import type { ConfigProblem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

const MINUTE_MS = 60_000;
/** Of the built-in apps, those that tell themselves whether they are used. */
const TELLING_APPS = ["jupyterlab"];

export function checkTimeLeft(config: ConfigFile): ConfigProblem[] {
  return [...checkExtensions(config), ...checkIdleness(config), ...checkMail(config)];
}

function checkExtensions({ clusters }: ConfigFile): ConfigProblem[] {
  return Object.entries(clusters).flatMap(([name, { scheduler, extend }]) => {
    if (extend === undefined) return [];
    const path = `clusters.${name}.extend`;
    return [
      ...problemIf(scheduler !== "slurm", path, "only Slurm's jobs have a time limit that could be raised"),
      ...problemIf(extend.step < MINUTE_MS, `${path}.step`, "is at least 1m: Slurm counts in minutes"),
      ...problemIf(extend.max_total < extend.step, `${path}.max_total`, "is less than one step"),
    ];
  });
}

function checkIdleness({ profiles, apps }: ConfigFile): ConfigProblem[] {
  return profiles.flatMap(({ app, idle }, index) => {
    if (idle === undefined) return [];
    const path = `profiles.${index}.idle`;
    const isKnown = TELLING_APPS.includes(app) || apps[app]?.activity !== undefined;
    return [
      ...problemIf(!isKnown, path, `nobody can tell whether ${app} is used: set apps.${app}.activity`),
      ...problemIf(idle.warn_before >= idle.after, `${path}.warn_before`, "must be shorter than after"),
    ];
  });
}

function checkMail({ notify: { mail } }: ConfigFile): ConfigProblem[] {
  if (mail === undefined) return [];
  const { user, password_file: file } = mail;
  return [
    ...problemIf(user !== undefined && file === undefined, "notify.mail.password_file", "is needed to sign in as user"),
    ...problemIf(user === undefined && file !== undefined, "notify.mail.user", "is needed to use password_file"),
  ];
}

const problemIf = (isProblem: boolean, path: string, message: string): ConfigProblem[] => (isProblem ? [{ path, message }] : []);
