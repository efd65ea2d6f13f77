/** From a command of Slurm's, as it was called, to its output. Pure but for what it does to the queue. */
import type { SimulatedQueue } from "./queue.ts";
import { renderHistory, renderQueue, renderShort, type Site } from "./render.ts";
import { renderShow } from "./render-site.ts";

export interface Called {
  readonly program: string;
  readonly args: readonly string[];
  /** FAIRWAY_… of its environment. */
  readonly values: Readonly<Record<string, string>>;
}

export interface Said {
  readonly code: number;
  readonly text: string;
}

/** As `ask-simulator` sends it: strings that end in NUL, the environment's last. */
export function parseCall(text: string): Called {
  const [program = "", ...rest] = text.split("\0").filter((part) => part !== "");
  const values = rest.filter((part) => part.startsWith("FAIRWAY_"));
  return {
    program,
    args: rest.filter((part) => !part.startsWith("FAIRWAY_")),
    values: Object.fromEntries(values.map((value) => [value.slice(0, value.indexOf("=")), value.slice(value.indexOf("=") + 1)])),
  };
}

export function answerCall(call: Called, queue: SimulatedQueue, site: Site, onCancel: (id: string) => void): Said {
  const option = (name: string) => call.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  switch (call.program) {
    case "sbatch":
      return say(`${queue.submit(toJob(option("job-name") ?? "", call.values))}\n`);
    case "squeue": {
      const ids = option("jobs")?.split(",");
      const states = option("states")?.split(",") ?? ["all"];
      const jobs = queue
        .list()
        .filter(({ id, state }) => (ids?.includes(id) ?? true) && (states.includes("all") || states.includes(state)));
      const short = option("format");
      return say(short === undefined ? renderQueue(jobs, option("Format") ?? "JobID:20", site) : renderShort(jobs, short, site));
    }
    case "sacct": {
      const ids = option("jobs")?.split(",") ?? [];
      const names = option("name")?.split(",") ?? [];
      const jobs = queue.list().filter(({ id, name }) => ids.includes(id) || names.includes(name));
      return say(renderHistory(jobs, option("format") ?? "JobIDRaw", option("delimiter") ?? "|", site));
    }
    case "scancel":
      for (const id of call.args) if (queue.end(id, "CANCELLED")) onCancel(id);
      return say("");
    case "scontrol": {
      const shown = renderShow(call.args.at(-1) ?? "");
      return shown === null ? notSimulated(call) : say(shown);
    }
    default:
      return notSimulated(call);
  }
}

/** A session of this name gets a job that says nothing. */
const SILENT_NAME = "/silent/";

const toJob = (name: string, values: Called["values"]) => ({
  name,
  timeLimitSeconds: 3600,
  values,
  isSilent: values.FAIRWAY_BASE_URL?.endsWith(SILENT_NAME) === true,
});

const notSimulated = ({ program, args }: Called): Said => ({ code: 1, text: `${program} ${args.join(" ")} is not simulated\n` });

const say = (text: string): Said => ({ code: 0, text });
