/** What will be asked of the cluster, as the form stands now, and the same as a command or a link. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import { Moment } from "../common/Moment.tsx";
import { useNow } from "../hooks.ts";
import css from "./LaunchPage.module.css";
import type { Checked, LaunchDraft } from "./launch-form.ts";
import { bySetting, summarise, toCurl, toSeconds } from "./summary.ts";

interface LaunchSummaryProps {
  readonly profile: Profile;
  readonly draft: LaunchDraft;
  readonly checked: Checked;
  /** The button, and what went wrong with it. */
  readonly children: ReactNode;
}

export function LaunchSummary({ profile, draft, checked, children }: LaunchSummaryProps) {
  const values = checked.ok ? checked.request.options : draft.values;
  return (
    <aside className={css.summary} aria-labelledby="summary">
      <h2 id="summary">What you ask for</h2>
      <dl>
        {profile.summary === "" ? null : <Line label="By default" value={profile.summary} />}
        {summarise(profile, values).map(({ label, value }) => (
          <Line key={label} label={label} value={value} />
        ))}
        <Line label="Cluster" value={profile.cluster.title} />
      </dl>
      <EndsAt seconds={checked.ok ? toSeconds(bySetting(profile, checked.request.options)) : null} />
      {profile.cluster.awaySince === null ? null : (
        <p className={css.away}>
          <IconAlertTriangle size={15} aria-hidden />
          <span>{profile.cluster.title} does not answer at the moment. Your session is kept and sent when it is back.</span>
        </p>
      )}
      {children}
      <SameAs checked={checked} />
    </aside>
  );
}

function Line({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function EndsAt({ seconds }: { readonly seconds: number | null }) {
  const now = useNow();
  if (seconds === null || seconds <= 0) return null;
  return (
    <p className="dim small">
      Started at once, it could run {formatDuration(seconds)}, until <Moment at={now + seconds * 1000} />.
    </p>
  );
}

function SameAs({ checked }: { readonly checked: Checked }) {
  const { base } = useApp();
  if (!checked.ok) return null;
  const curl = toCurl(window.location.origin + toHref(base, "/api/v1/sessions"), checked.request);
  return (
    <details className={css.same}>
      <summary>The same as a command</summary>
      <pre>{curl}</pre>
      <p className="dim small">
        <code>FAIRWAY_TOKEN</code> holds one of your tokens.
      </p>
      <div className={css.copies}>
        <CopyButton text={curl} label="Copy command" />
        <CopyButton text={() => window.location.href} label="Copy link to this form" />
      </div>
    </details>
  );
}
