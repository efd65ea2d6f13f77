/** Says what changes before a waiting session is given up for one that starts at once. */
import type { Alternative } from "@fairway/contract/launching.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { Button, Modal } from "@mantine/core";
import { ErrorNote } from "../common/ErrorState.tsx";
import { TableHead } from "../common/TableHead.tsx";
import { useStartInstead } from "./actions.ts";
import css from "./StartInstead.module.css";
import { toChanges } from "./waiting-words.ts";

interface StartInsteadDialogProps {
  readonly session: Session;
  readonly alternative: Alternative;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onStarted?: () => void;
}

export function StartInsteadDialog({ session, alternative, isOpen, onClose, onStarted }: StartInsteadDialogProps) {
  const start = useStartInstead(alternative.options, () => {
    onClose();
    onStarted?.();
  });
  const close = () => {
    start.reset();
    onClose();
  };
  return (
    <Modal opened={isOpen} onClose={close} title="Start this instead?">
      <p>
        {session.job === null ? "The job" : `Job ${session.job.id}`} gives up its place in the queue. Nothing has run yet, so no work is
        lost. The new one takes its name and address.
      </p>
      <table className={css.changes}>
        <TableHead columns={["Changes", "waiting", "starts now"]} />
        <tbody>
          {toChanges(session.resources, alternative.resources).map(({ label, before, after }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{before}</td>
              <td>{after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ErrorNote error={start.error} />
      <div className={css.actions}>
        <Button variant="default" onClick={close}>
          Keep waiting
        </Button>
        <Button onClick={() => start.mutate(session)} loading={start.isPending} data-autofocus>
          Start this instead
        </Button>
      </div>
    </Modal>
  );
}
