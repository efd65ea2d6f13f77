/**
 * Profiles: what people see of them, and what their choices make of the job. A value that does not
 * fit its option's type and bounds is refused here, before anything durable happens.
 */
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { OptionTarget, ProfileOption } from "@fairway/contract/profiles.ts";
import { Resources } from "@fairway/contract/sessions.ts";
import type { ProfileConfig } from "../config/load.ts";
import { checkValue, isAsked } from "../config/option-values.ts";
import type { SessionOptions } from "../store/schema.ts";

const GIB = 1024 ** 3;

export interface ResolvedLaunch {
  readonly resources: Resources;
  /** As chosen: absolute, or below the home directory; null for the home itself (see paths.ts). */
  readonly workingDirectory: string | null;
  /** Every option that was asked with the value it has, defaults included: what "relaunch" repeats. */
  readonly options: SessionOptions;
  /** What Open leads to: an address below the session's own, or a file, by the option that says so. */
  readonly open: { readonly option: string; readonly kind: "address" | "file"; readonly value: string } | null;
}

/** Pure: whether the cluster would take it is not said here. @throws invalid_input, naming each field that does not fit. */
export function resolveLaunch(profile: ProfileConfig, chosen: SessionOptions): ResolvedLaunch {
  const fields: { path: string; message: string }[] = [];
  const known = new Set(profile.options.map((option) => option.name));
  for (const name of Object.keys(chosen)) {
    if (!known.has(name)) fields.push({ path: `options.${name}`, message: "this profile has no such option" });
  }
  const options: Record<string, string | number | boolean> = {};
  const targets = new Map<OptionTarget, string | number>();
  let open: ResolvedLaunch["open"] = null;
  for (const option of profile.options) {
    const problem = isAsked(option, options) ? checkValue(option, chosen[option.name] ?? option.default) : checkUnasked(option, chosen);
    if (problem !== null) fields.push({ path: `options.${option.name}`, message: problem });
    if (problem !== null || !isAsked(option, options)) continue;
    const value = chosen[option.name] ?? option.default;
    options[option.name] = value;
    if (value === "") continue;
    targets.set(option.sets, value as string | number);
    if (option.sets === "open") open = { option: option.name, kind: option.kind === "file" ? "file" : "address", value: String(value) };
  }
  if (fields.length > 0) {
    throw new AppError("invalid_input", `The profile "${profile.title}" does not allow this.`, {
      fields,
      next: "Change the marked options and launch again.",
    });
  }
  return { ...toResources(profile, targets), options, open };
}

/** A value that would have no effect is an error: whoever sent it believes that it has one. */
function checkUnasked({ name, when }: ProfileConfig["options"][number], chosen: SessionOptions): string | null {
  if (chosen[name] === undefined || when === undefined) return null;
  return `is only asked when ${when.option} is ${when.is.join(" or ")}`;
}

function toResources(
  profile: ProfileConfig,
  targets: ReadonlyMap<OptionTarget, string | number>,
): Pick<ResolvedLaunch, "resources" | "workingDirectory"> {
  const fixed = profile.resources;
  const number = (target: OptionTarget) => (targets.has(target) ? Number(targets.get(target)) : undefined);
  const text = (target: OptionTarget) => (targets.has(target) ? String(targets.get(target)) : undefined);
  const hours = number("hours");
  const minutes = number("minutes");
  const timeSeconds =
    hours !== undefined ? hours * 3600 : minutes !== undefined ? minutes * 60 : fixed.time === undefined ? undefined : fixed.time / 1000;
  const memoryGb = number("memory_gb");
  const gpuCount = number("gpus") ?? fixed.gpus?.count ?? 0;
  return {
    // Parsed, so that nothing becomes a row that cannot be read again.
    resources: Resources.parse({
      cpus: number("cpus") ?? fixed.cpus,
      memoryBytes: memoryGb !== undefined ? Math.round(memoryGb * GIB) : (fixed.memory ?? null),
      gpus: gpuCount === 0 ? null : { type: text("gpu_type") ?? fixed.gpus?.type ?? null, count: gpuCount },
      timeLimitSeconds: timeSeconds === undefined ? null : Math.round(timeSeconds),
      partition: text("partition") ?? fixed.partition ?? null,
      account: text("account") ?? fixed.account ?? null,
      qos: text("qos") ?? fixed.qos ?? null,
      reservation: text("reservation") ?? fixed.reservation ?? null,
    } satisfies Resources),
    workingDirectory: text("working_directory") ?? profile.working_directory ?? null,
  };
}

/** "2 cores, 4 GB, 1 × a100, 4 h, partition gpu" */
export function summarise(resources: Resources): string {
  const { cpus, memoryBytes, gpus, timeLimitSeconds, partition } = resources;
  return [
    `${cpus} ${cpus === 1 ? "core" : "cores"}`,
    memoryBytes === null ? null : formatBytes(memoryBytes),
    gpus === null ? null : `${gpus.count} × ${gpus.type ?? "GPU"}`,
    timeLimitSeconds === null ? null : formatDuration(timeLimitSeconds),
    partition === null ? null : `partition ${partition}`,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

const UNITS: Partial<Record<OptionTarget, string>> = { cpus: "cores", memory_gb: "GB", gpus: "GPUs", hours: "hours", minutes: "minutes" };

export function toProfileOption(option: ProfileConfig["options"][number]): ProfileOption {
  const shared = { name: option.name, label: option.label, help: option.help ?? null, sets: option.sets, when: option.when ?? null };
  switch (option.kind) {
    case "number":
      return {
        ...shared,
        kind: "number",
        min: option.min,
        max: option.max,
        step: option.step,
        default: option.default,
        unit: UNITS[option.sets] ?? null,
      };
    case "choice":
      return {
        ...shared,
        kind: "choice",
        choices: option.choices.map((choice) => ({ ...choice, refusal: null })),
        default: option.default,
      };
    case "file":
      return { ...shared, kind: "file", picks: option.picks, default: option.default };
    case "text":
      return { ...shared, kind: "text", pattern: option.pattern, maxLength: option.max_length, default: option.default };
  }
}
