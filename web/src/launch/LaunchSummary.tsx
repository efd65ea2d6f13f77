/** What will be asked of the cluster, as the form stands now, and what may stand in its way. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import { CloseButton } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { LimitsText } from "../common/LimitsText.tsx";
import { Moment } from "../common/Moment.tsx";
import { useNow } from "../hooks.ts";
import css from "./LaunchPage.module.css";
import { type Checked, isAsked, type LaunchDraft } from "./launch-form.ts";
import { bySetting, summarise, toSeconds } from "./summary.ts";

interface LaunchSummaryProps {
  readonly profile: Profile;
  readonly draft: LaunchDraft;
  readonly checked: Checked;
  readonly onChange: (draft: LaunchDraft) => void;
  /** When the cluster says that it would start; null: nobody knows. */
  readonly startsAt: number | "now" | null;
  /** The estimate, the button, and what went wrong with it. */
  readonly children: ReactNode;
}

export function LaunchSummary({ profile, draft, checked, onChange, startsAt, children }: LaunchSummaryProps) {
  const values = checked.ok ? checked.request.options : toAsked(profile, draft);
  return (
    <aside className={css.side} aria-labelledby="summary">
      <div className={css.summary}>
        <h2 id="summary">What you ask for</h2>
        <dl>
          {profile.summary === "" ? null : <Line label="By default" value={profile.summary} />}
          {summarise(profile, values).map(({ label, value }) => (
            <Line key={label} label={label} value={value} />
          ))}
          <Line label="Cluster" value={profile.cluster.title} />
          {draft.open === "" ? null : (
            <Line label="Opens" value={<code>{draft.open}</code>}>
              <CloseButton size="xs" aria-label="Open the app's first page instead" onClick={() => onChange({ ...draft, open: "" })} />
            </Line>
          )}
        </dl>
        <Refusal profile={profile} />
        {children}
        <EndsAt seconds={checked.ok ? toSeconds(bySetting(profile, checked.request.options)) : null} startsAt={startsAt} />
        <LimitsText />
      </div>
    </aside>
  );
}

function toAsked(profile: Profile, { values }: LaunchDraft): LaunchDraft["values"] {
  const asked = profile.options.filter((option) => isAsked(profile, option, values));
  return Object.fromEntries(asked.map(({ name }) => [name, values[name] ?? ""]));
}

interface LineProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly children?: ReactNode;
}

function Line({ label, value, children }: LineProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {value} {children}
      </dd>
    </div>
  );
}

interface EndsAtProps extends Pick<LaunchSummaryProps, "startsAt"> {
  readonly seconds: number | null;
}

function EndsAt({ seconds, startsAt }: EndsAtProps) {
  const now = useNow();
  if (seconds === null || seconds <= 0) return null;
  if (startsAt === null) return <p className="dim small">Once started, it could run {formatDuration(seconds)}.</p>;
  return (
    <p className="dim small">
      Started {startsAt === "now" ? "at once" : "then"}, it could run {formatDuration(seconds)}, until{" "}
      <Moment at={(startsAt === "now" ? now : Math.max(now, startsAt)) + seconds * 1000} />.
    </p>
  );
}

function Refusal({ profile: { refusal, cluster } }: { readonly profile: Profile }) {
  const away = `${cluster.title} does not answer at the moment. Your session is kept and sent when it is back.`;
  const words = refusal ?? (cluster.awaySince === null ? null : away);
  if (words === null) return null;
  return (
    <p className={css.away} role="status">
      <IconAlertTriangle size={15} aria-hidden />
      <span>{words}</span>
    </p>
  );
}
