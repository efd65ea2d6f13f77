/** Gives a running session more time, where site and cluster allow it. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { toSessionTitle } from "../api/session-lists.ts";
import { useNow } from "../hooks.ts";
import { formatMoment } from "../time/format-time.ts";
import { useExtend } from "./actions.ts";
import { toGain } from "./extension.ts";

export function ExtendButton({ session }: { readonly session: Session }) {
  const extend = useExtend();
  const now = useNow();
  const gain = toGain(session);
  if (gain === null) return null;
  const label = `Extend by ${formatDuration(gain.seconds)}`;
  const words = `${label}, until ${formatMoment(gain.endsAt, now)}: ${toSessionTitle(session)}`;
  return (
    <>
      <Button
        variant="default"
        size="compact-xs"
        onClick={() => extend.mutate(session)}
        loading={extend.isPending}
        aria-label={words}
        title={words}
      >
        {label}
      </Button>
      {extend.error === null ? null : <span role="alert">{extend.error.message}</span>}
    </>
  );
}
