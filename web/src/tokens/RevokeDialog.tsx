/** Asks before what opens doors is taken away for good: a token, a key, a certificate. Says what is cut. */
import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNote } from "../common/ErrorState.tsx";
import css from "./TokensPage.module.css";

interface RevokeDialogProps {
  /** What is to go; null while nothing is. */
  readonly subject: { readonly id: string; readonly name: string } | null;
  /** What the button says: "Revoke token". Its first word is the title's. */
  readonly action: string;
  /** What it does, and to whom. */
  readonly children: ReactNode;
  readonly revoke: (id: string) => Promise<void>;
  /** The list that shows it. */
  readonly listKey: string;
  readonly onRevoked?: (id: string) => void;
  readonly onClose: () => void;
}

export function RevokeDialog({ subject, action, children, revoke, listKey, onRevoked, onClose }: RevokeDialogProps) {
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: revoke,
    onSuccess: async (_, id) => {
      onRevoked?.(id);
      await cache.invalidateQueries({ queryKey: [listKey] });
      onClose();
    },
  });
  const close = () => {
    change.reset();
    onClose();
  };
  return (
    <Modal opened={subject !== null} onClose={close} title={`${action.split(" ", 1)[0]} “${subject?.name ?? ""}”?`}>
      <p>{children} It cannot be undone.</p>
      <ErrorNote error={change.error} />
      <div className={css.actions}>
        <Button variant="default" onClick={close} data-autofocus>
          Keep it
        </Button>
        <Button color="red.9" loading={change.isPending} onClick={() => subject !== null && change.mutate(subject.id)}>
          {action}
        </Button>
      </div>
    </Modal>
  );
}
