/** Asks before a session is stopped, and names what would be lost. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Button, Modal } from "@mantine/core";
import { toSessionTitle } from "../api/session-lists.ts";
import { ErrorNote } from "../common/ErrorState.tsx";
import { hasStarted, useStop } from "./actions.ts";
import css from "./StopDialog.module.css";

interface StopDialogProps {
  readonly session: Session;
  readonly owner: string | undefined;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function StopDialog({ session, owner, isOpen, onClose }: StopDialogProps) {
  const stop = useStop(onClose);
  const word = hasStarted(session) ? "Stop" : "Cancel";
  const close = () => {
    stop.reset();
    onClose();
  };
  return (
    <Modal opened={isOpen} onClose={close} title={`${word} ${toSessionTitle(session)}?`}>
      <p>{toLoss(session, owner)}</p>
      <ErrorNote error={stop.error} />
      <div className={css.actions}>
        <Button variant="default" onClick={close} data-autofocus>
          Keep it
        </Button>
        <Button color="red.9" onClick={() => stop.mutate(session)} loading={stop.isPending}>
          {word} session
        </Button>
      </div>
    </Modal>
  );
}

/** What stopping costs, in words. */
function toLoss(session: Session, owner: string | undefined): string {
  const whose = owner === undefined ? "" : ` This is a session of ${owner}.`;
  const { job, cluster } = session;
  const subject = job === null ? "The job" : `Job ${job.id}`;
  if (!hasStarted(session))
    return `${subject} gives up its place in the queue of ${cluster.title}. Nothing has run yet, so no work is lost.${whose}`;
  const node = job?.node == null ? "" : ` on ${job.node}`;
  return `${subject}${node} ends. Running kernels and terminals end with it, and what is only in their memory or not saved is lost. Saved files stay.${whose}`;
}
