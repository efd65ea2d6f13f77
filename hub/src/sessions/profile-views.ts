/** The profiles as one person sees them: what the cluster offers them filled in, and what they chose last time. */
import type { ChoiceSource, OptionTarget, Profile, ProfileOption } from "@fairway/contract/profiles.ts";
import type { Choice } from "../clusters/choices.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Rulebook } from "../clusters/rulebook.ts";
import type { ProfileConfig } from "../config/load.ts";
import type { Option } from "../config/option-values.ts";
import type { SessionOptions } from "../store/schema.ts";
import type { App } from "./apps.ts";
import { keepValid } from "./defaults.ts";
import type { SessionLimits } from "./limits.ts";
import { resolveLaunch, summarise, toProfileOption } from "./profiles.ts";
import type { VisibleProfiles } from "./visible-profiles.ts";

export interface ProfileViewsOptions {
  readonly profiles: VisibleProfiles;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly apps: ReadonlyMap<string, App>;
  readonly limits: SessionLimits;
  readonly choices: Pick<Rulebook, "choicesFor" | "refusalOf">;
  readonly rememberedOf: (user: string) => Promise<ReadonlyMap<string, SessionOptions>>;
}

export type ProfileViews = (user: string) => Promise<readonly Profile[]>;

const SOURCES: Partial<Record<OptionTarget, ChoiceSource>> = {
  partition: "partitions",
  account: "accounts",
  qos: "qos",
  reservation: "reservations",
  gpu_type: "gpu_types",
};

/** What leaving it to the cluster is called. */
const UNSET: Record<ChoiceSource, string> = {
  partitions: "The cluster's default",
  accounts: "Your default account",
  qos: "Your default QoS",
  reservations: "None",
  gpu_types: "Any type",
};

const NOT_OFFERED = "The cluster does not offer this to you.";

export function createProfileViews(options: ProfileViewsOptions): ProfileViews {
  const { profiles, limits, rememberedOf, choices } = options;
  return async (user) => {
    const [visible, remembered, limit] = await Promise.all([profiles.of(user), rememberedOf(user), limits.refusalOf(user)]);
    const overLimit = limit === null ? null : [limit.message, limit.next].filter((part) => part !== undefined).join(" ");
    return Promise.all(
      visible.map(async (profile) => {
        const live = await readChoices(profile, user, choices);
        const refusal = (await refuse(profile, user, options)) ?? overLimit;
        return toProfileView(profile, options, { live, refusal, remembered: remembered.get(profile.name) ?? {} });
      }),
    );
  };
}

type LiveChoices = ReadonlyMap<ChoiceSource, readonly Choice[] | null>;

async function readChoices(
  { cluster, options }: ProfileConfig,
  user: string,
  { choicesFor }: Pick<Rulebook, "choicesFor" | "refusalOf">,
): Promise<LiveChoices> {
  const sources = new Set(options.flatMap((option) => (option.kind === "choice" ? (SOURCES[option.sets] ?? []) : [])));
  return new Map(await Promise.all([...sources].map(async (source) => [source, await choicesFor(cluster, user, source)] as const)));
}

/** A cluster that is away takes the launch later; but whoever looks for something to use now should not choose it. */
async function refuse(profile: ProfileConfig, user: string, { clusters, choices }: ProfileViewsOptions): Promise<string | null> {
  const cluster = clusters.get(profile.cluster);
  if (cluster !== undefined && cluster.health.awaySince !== null)
    return `${cluster.title} does not answer at the moment. Its sessions can be launched again when it does.`;
  return choices.refusalOf(profile.cluster, user);
}

function toProfileView(
  profile: ProfileConfig,
  { apps, clusters }: ProfileViewsOptions,
  { live, refusal, remembered }: { live: LiveChoices; refusal: string | null; remembered: SessionOptions },
): Profile {
  const app = apps.get(profile.app);
  const cluster = clusters.get(profile.cluster);
  const isOffered = (option: Option, value: unknown) => value === "" || findRefusal(option, value, live) === null;
  return {
    name: profile.name,
    title: profile.title,
    description: profile.description ?? null,
    app: { name: profile.app, title: app?.title ?? profile.app, icon: app?.icon ?? null },
    cluster: { name: profile.cluster, title: cluster?.title ?? profile.cluster, awaySince: cluster?.health.awaySince ?? null },
    summary: summarise(resolveLaunch(profile, {}).resources),
    options: profile.options.map((option) => withChoices(option, live)),
    remembered: { ...keepValid(profile.options, remembered, isOffered) },
    refusal,
  };
}

function withChoices(option: Option, live: LiveChoices): ProfileOption {
  const view = toProfileOption(option);
  if (option.kind !== "choice" || view.kind !== "choice") return view;
  if (option.from === undefined)
    return { ...view, choices: view.choices.map((choice) => ({ ...choice, refusal: findRefusal(option, choice.value, live) })) };
  const offered = live.get(option.from) ?? [];
  const isMissing = option.default !== "" && !offered.some(({ value }) => value === option.default);
  const missing = isMissing
    ? [{ value: option.default, label: String(option.default), refusal: findRefusal(option, option.default, live) }]
    : [];
  return { ...view, choices: [{ value: "", label: UNSET[option.from], refusal: null }, ...offered, ...missing] };
}

/** Null also where nothing is known: then the cluster decides. */
function findRefusal(option: Option, value: unknown, live: LiveChoices): string | null {
  const source = option.kind === "choice" ? SOURCES[option.sets] : undefined;
  const offered = source === undefined ? null : (live.get(source) ?? null);
  if (offered === null || value === "") return null;
  const found = offered.find((choice) => choice.value === value);
  return found === undefined ? NOT_OFFERED : found.refusal;
}
