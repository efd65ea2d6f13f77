/** Certificates that `fairway login` fetched and that still hold. */
import type { SshCertificate } from "@fairway/contract/ssh-access.ts";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { certificatesQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import { TableHead } from "../common/TableHead.tsx";
import { useNow } from "../hooks.ts";
import table from "../sessions/SessionTable.module.css";
import { RevokeDialog } from "../tokens/RevokeDialog.tsx";
import css from "../tokens/TokensPage.module.css";

export function CertificateSection() {
  const app = useApp();
  const now = useNow();
  const query = useQuery(certificatesQuery(app));
  const [revoking, setRevoking] = useState<SshCertificate | null>(null);
  return (
    <section aria-labelledby="certificates">
      <div className={css.head}>
        <div>
          <h2 id="certificates">SSH certificates</h2>
          <p className="dim">
            <code>fairway login</code> fetches one for some hours and ssh uses it by itself. These are still valid.
          </p>
        </div>
      </div>
      <Loaded query={query} skeleton={[40]}>
        {(data) => {
          const valid = data.certificates.filter(({ expiresAt }) => expiresAt > now);
          return valid.length === 0 ? (
            <p className={css.nothing}>None at the moment.</p>
          ) : (
            <CertificateTable certificates={valid} onRevoke={setRevoking} />
          );
        }}
      </Loaded>
      <RevokeDialog
        subject={revoking === null ? null : { id: revoking.id, name: revoking.id }}
        action="Revoke certificate"
        revoke={(id) => app.api.revokeCertificate(id)}
        listKey="certificates"
        onClose={() => setRevoking(null)}
      >
        It is refused at once, and the shells, copies and forwards that it opened are cut.
      </RevokeDialog>
    </section>
  );
}

interface CertificateTableProps {
  readonly certificates: readonly SshCertificate[];
  readonly onRevoke: (certificate: SshCertificate) => void;
}

function CertificateTable({ certificates, onRevoke }: CertificateTableProps) {
  return (
    <table className={table.table}>
      <caption className="visually-hidden">Your SSH certificates</caption>
      <TableHead columns={["Certificate", "Of the key", "Signed", "Valid until"]} withAction />
      <tbody>
        {certificates.map((certificate) => (
          <tr key={certificate.id}>
            <th scope="row">
              <code>{certificate.id}</code>
            </th>
            <td data-label="Of the key">
              <code className={css.fingerprint}>{certificate.fingerprint}</code>
            </td>
            <td data-label="Signed">
              <Moment at={certificate.createdAt} as="ago" />
            </td>
            <td data-label="Valid until">
              <Moment at={certificate.expiresAt} />
            </td>
            <td>
              <Button variant="default" size="xs" onClick={() => onRevoke(certificate)} aria-label={`Revoke ${certificate.id}`}>
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
