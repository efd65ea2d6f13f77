/** Lets people ask for notifications where they would miss them: beside the time left. */
import { Button } from "@mantine/core";
import { IconBell, IconBellFilled } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import { readState, subscribe, switchNotifications } from "./notifications.ts";

interface NotifySwitchProps {
  /** Shown only where there is something to be won: not switched on yet, and possible. */
  readonly isOffer?: boolean;
}

export function NotifySwitch({ isOffer = false }: NotifySwitchProps) {
  const state = useSyncExternalStore(subscribe, readState);
  if (state === "unsupported" || (isOffer && state !== "off")) return null;
  if (state === "blocked")
    return (
      <p className="dim small">This browser blocks notifications from here. Its settings decide whether you are warned in other tabs.</p>
    );
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      w="fit-content"
      leftSection={state === "on" ? <IconBellFilled size={13} aria-hidden /> : <IconBell size={13} aria-hidden />}
      onClick={() => void switchNotifications(state === "off")}
    >
      {state === "on" ? "Notifications on: switch off" : "Notify me in other tabs"}
    </Button>
  );
}
