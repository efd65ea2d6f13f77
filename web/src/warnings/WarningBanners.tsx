/**
 * Warnings on every page: a banner for each session whose time runs out, the tab's title, a
 * notification where the tab is out of sight. Said once to those who cannot see; it never pops up again once put away.
 */
import { Button, CloseButton } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { OPEN_SESSIONS } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Moment } from "../common/Moment.tsx";
import { useNow, useSessions } from "../hooks.ts";
import { canOpen, useKeep } from "../sessions/actions.ts";
import { ExtendButton } from "../sessions/ExtendButton.tsx";
import { useDismissed } from "./dismissed.ts";
import { NotifySwitch } from "./NotifySwitch.tsx";
import { useAlarms } from "./use-alarms.ts";
import css from "./WarningBanners.module.css";
import { findWarnings, toRemaining, toWarnedTitle, type Warning } from "./warnings.ts";

/** `only`: the one session whose banners are shown (null: none); the others are told of by title and notification alone. */
export function WarningBanners({ only }: { readonly only?: string | null }) {
  const now = useNow();
  const sessions = useSessions(OPEN_SESSIONS).data?.sessions;
  const warnings = findWarnings(sessions ?? [], now);
  const [dismissed, dismiss] = useDismissed();
  const shown = warnings.filter(({ key }) => !dismissed.has(key));
  useAlarms({ sessions, warnings, shown }, useApp());
  const listed = only === undefined ? shown : shown.filter(({ session }) => session.id === only);
  if (listed.length === 0) return null;
  return (
    <section className={css.list} aria-label="Warnings">
      {listed.map((warning, index) => (
        <Banner key={warning.session.id} warning={warning} now={now} isFirst={index === 0} onDismiss={() => dismiss(warning.key)} />
      ))}
    </section>
  );
}

interface BannerProps {
  readonly warning: Warning;
  readonly now: number;
  readonly isFirst: boolean;
  readonly onDismiss: () => void;
}

function Banner({ warning: { session, kind, at }, now, isFirst, onDismiss }: BannerProps) {
  const title = toWarnedTitle(session);
  return (
    <div className={css.banner} data-warning={kind}>
      <IconAlertTriangle size={18} aria-hidden className={css.icon} />
      <p className={css.words}>
        <Link to="/sessions/$id" params={{ id: session.id }}>
          {title}
        </Link>{" "}
        {kind === "end" ? "ends" : "is idle and will be stopped"} in <strong className="tabular">{toRemaining(at, now)}</strong>, at{" "}
        <Moment at={at} />. {kind === "end" ? "Save your work." : null}
      </p>
      <div className={css.actions}>
        {canOpen(session) ? (
          <Button component="a" href={session.openUrl} size="compact-xs" aria-label={`Open ${title}`}>
            Open
          </Button>
        ) : null}
        {kind === "end" ? <ExtendButton session={session} /> : <KeepButton session={session} />}
        {isFirst ? <NotifySwitch isOffer /> : null}
        <CloseButton size="sm" onClick={onDismiss} aria-label={`Put away the warning of ${title}`} />
      </div>
    </div>
  );
}

function KeepButton({ session }: Pick<Warning, "session">) {
  const keep = useKeep();
  return (
    <>
      <Button variant="default" size="compact-xs" onClick={() => keep.mutate(session)} loading={keep.isPending}>
        I am still using it
      </Button>
      {keep.error === null ? null : <span role="alert">{keep.error.message}</span>}
    </>
  );
}
