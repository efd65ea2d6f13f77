/** The button that stops a session, by way of a dialog that loads when first asked for. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { lazy, Suspense } from "react";
import { toSessionTitle } from "../api/session-lists.ts";
import { useLazyDialog } from "../hooks.ts";
import { canStop, hasStarted } from "./actions.ts";

const StopDialog = lazy(() => import("./StopDialog.tsx").then((module) => ({ default: module.StopDialog })));

interface StopButtonProps {
  readonly session: Session;
  readonly size?: "xs" | "sm";
  /** Set where an administrator stops somebody else's. */
  readonly owner?: string;
}

export function StopButton({ session, size = "xs", owner }: StopButtonProps) {
  const dialog = useLazyDialog();
  if (!canStop(session)) return null;
  const word = hasStarted(session) ? "Stop" : "Cancel";
  return (
    <>
      <Button variant="default" size={size} onClick={dialog.open} aria-label={`${word} ${toSessionTitle(session)}`}>
        {word}
      </Button>
      {dialog.isLoaded ? (
        <Suspense>
          <StopDialog session={session} owner={owner} isOpen={dialog.isOpen} onClose={dialog.close} />
        </Suspense>
      ) : null}
    </>
  );
}
