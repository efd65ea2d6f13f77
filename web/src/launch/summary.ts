/** What a launch asks for, in words: derived from the form as it stands. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { OptionTarget, Profile } from "@fairway/contract/profiles.ts";

export interface SummaryLine {
  readonly label: string;
  readonly value: string;
}

type Values = Readonly<Record<string, string | number>>;

/** One line for each thing the options set, in the order people think of them. */
export function summarise(profile: Profile, values: Values): readonly SummaryLine[] {
  const set = bySetting(profile, values);
  const text = (target: OptionTarget) => (set[target] === undefined ? null : String(set[target]));
  const gpus = toGpus(Number(set.gpus ?? (set.gpu_type === undefined ? 0 : 1)), text("gpu_type"));
  const seconds = toSeconds(set);
  const lines: readonly (readonly [string, string | null])[] = [
    ["Cores", text("cpus")],
    ["Memory", set.memory_gb === undefined ? null : `${set.memory_gb} GB`],
    ["GPUs", set.gpus === undefined && set.gpu_type === undefined ? null : gpus],
    ["Time", seconds === null ? null : `at most ${formatDuration(seconds)}`],
    ["Partition", text("partition")],
    ["Account", text("account")],
    ["QoS", text("qos")],
    ["Reservation", text("reservation")],
    ["Working directory", text("working_directory")],
  ];
  return lines.flatMap(([label, value]) => (value === null || value === "" ? [] : [{ label, value }]));
}

/** The time limit that the options set, if they do; hours go before minutes, as in the hub. */
export function toSeconds(set: Partial<Record<OptionTarget, string | number>>): number | null {
  if (set.hours === undefined && set.minutes === undefined) return null;
  return set.hours === undefined ? Number(set.minutes) * 60 : Number(set.hours) * 3600;
}

export function bySetting(profile: Profile, values: Values): Partial<Record<OptionTarget, string | number>> {
  const pairs = profile.options.flatMap(({ name, sets }) => (values[name] === undefined ? [] : [[sets, values[name]] as const]));
  return Object.fromEntries(pairs);
}

function toGpus(count: number, type: string | null): string {
  if (count === 0) return "none";
  return type === null || type === "" ? String(count) : `${count} × ${type}`;
}
