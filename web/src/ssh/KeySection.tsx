/** SSH keys of one's own: who holds the other half may come into one's sessions. */
import type { SshKey } from "@fairway/contract/ssh-access.ts";
import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sshKeysQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import { TableHead } from "../common/TableHead.tsx";
import table from "../sessions/SessionTable.module.css";
import { RevokeDialog } from "../tokens/RevokeDialog.tsx";
import css from "../tokens/TokensPage.module.css";
import { AddKey } from "./AddKey.tsx";

export function KeySection() {
  const app = useApp();
  const keys = useQuery(sshKeysQuery(app));
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<SshKey | null>(null);
  return (
    <section aria-labelledby="ssh-keys">
      <div className={css.head}>
        <div>
          <h2 id="ssh-keys">SSH keys</h2>
          <p className="dim">With one of these, ssh, file copy and editors come into your sessions without a password.</p>
        </div>
        <Button size="xs" onClick={() => setAdding(true)}>
          Add key
        </Button>
      </div>
      <Loaded query={keys} skeleton={[40, 40]}>
        {(data) =>
          data.keys.length === 0 ? (
            <p className={css.nothing}>
              You have added no key. Add the public half of one that you have, or let <code>fairway login</code> fetch a certificate.
            </p>
          ) : (
            <KeyTable keys={data.keys} onRemove={setRemoving} />
          )
        }
      </Loaded>
      <Modal opened={isAdding} onClose={() => setAdding(false)} title="Add SSH key" size="lg">
        <AddKey onAdded={() => setAdding(false)} />
      </Modal>
      <RevokeDialog
        subject={removing === null ? null : { id: removing.id, name: toName(removing) }}
        action="Remove key"
        revoke={(id) => app.api.removeSshKey(id)}
        listKey="ssh-keys"
        onClose={() => setRemoving(null)}
      >
        Whoever signs in with this key is refused at once, and the shells, copies and forwards that it opened are cut.
      </RevokeDialog>
    </section>
  );
}

interface KeyTableProps {
  readonly keys: readonly SshKey[];
  readonly onRemove: (key: SshKey) => void;
}

function KeyTable({ keys, onRemove }: KeyTableProps) {
  return (
    <table className={table.table}>
      <caption className="visually-hidden">Your SSH keys</caption>
      <TableHead columns={["Key", "Fingerprint", "Added", "Last used"]} withAction />
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <th scope="row">{toName(key)}</th>
            <td data-label="Fingerprint">
              <span className={css.fingerprint}>
                <code>{key.fingerprint}</code> <span className="dim small">{key.type}</span>
              </span>
            </td>
            <td data-label="Added">
              <Moment at={key.createdAt} as="day" />
            </td>
            <td data-label="Last used">{key.lastUsedAt === null ? "never" : <Moment at={key.lastUsedAt} as="ago" />}</td>
            <td>
              <Button variant="default" size="xs" onClick={() => onRemove(key)} aria-label={`Remove ${toName(key)}`}>
                Remove
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toName({ note, type }: SshKey): string {
  return note === "" ? type : note;
}
