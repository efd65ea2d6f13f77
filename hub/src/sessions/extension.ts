/**
 * May a running session's time limit be raised, and how far? Pure: configuration, profile and the
 * partition's own limit. Slurm lets an operator exceed every limit, so ours is the check; the operator
 * script has a maximum of its own that we cannot change.
 */
import type { Extension } from "@fairway/contract/sessions.ts";
import type { Rules } from "../schedulers/facts.ts";
import type { SessionRow } from "../store/schema.ts";
import { endOf } from "./warnings.ts";

export interface ExtensionRule {
  /** Null: nobody may, on this cluster. */
  readonly cluster: { readonly stepMs: number; readonly maxTotalMs: number } | null;
  readonly clusterTitle: string;
  readonly isAllowedByProfile: boolean;
  /** What the cluster says of its limits; null: not known. */
  readonly rules: Rules | null;
}

/** Slurm counts limits in minutes. */
const MINUTE_MS = 60_000;
/** The way out that always is. */
export const RELAUNCH = "Save your work, and launch it again when it has ended.";

/** Null: it does not run, or has no limit that could be raised. */
export function toExtension(row: SessionRow, rule: ExtensionRule, now: number): Extension | null {
  const endsAt = endOf(row);
  const startedAt = row.job?.startedAt ?? null;
  if (endsAt === null || startedAt === null) return null;
  if (rule.cluster === null) return refused(`${rule.clusterTitle} does not let time limits be raised from here.`);
  if (!rule.isAllowedByProfile) return refused("This profile's time limit cannot be raised.");
  if (now >= endsAt) return refused("Its time is up.");
  const most = longest(row, rule.cluster.maxTotalMs, rule);
  const latestEndsAt = startedAt + Math.floor(most.ms / MINUTE_MS) * MINUTE_MS;
  const byMs = Math.floor(Math.min(rule.cluster.stepMs, latestEndsAt - endsAt) / MINUTE_MS) * MINUTE_MS;
  if (byMs < MINUTE_MS) return refused(`It has the longest time that ${most.whose} allows (${inWords(most.ms)}).`);
  return { kind: "possible", bySeconds: byMs / 1000, latestEndsAt };
}

/** The least of the limits, and whose it is. */
function longest(row: SessionRow, siteMs: number, { rules }: ExtensionRule): { ms: number; whose: string } {
  const { partition: asked, qos } = row.resources;
  const partition = rules?.partitions.find((each) => (asked === null ? each.isDefault : each.name === asked));
  const limits = [
    { seconds: partition?.maxTimeSeconds ?? null, whose: `the partition ${partition?.name}` },
    ...[qos, partition?.qos ?? null].map((name) => {
      return { seconds: rules?.qos.find((each) => each.name === name)?.maxWallSeconds ?? null, whose: `the QoS ${name}` };
    }),
  ];
  return limits.reduce(
    (least, { seconds, whose }) => (seconds !== null && seconds * 1000 < least.ms ? { ms: seconds * 1000, whose } : least),
    { ms: siteMs, whose: "this site" },
  );
}

const refused = (why: string): Extension => ({ kind: "refused", line: `${why} ${RELAUNCH}` });

function inWords(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : "", rest > 0 || hours === 0 ? `${rest} min` : ""].filter((part) => part !== "").join(" ");
}
