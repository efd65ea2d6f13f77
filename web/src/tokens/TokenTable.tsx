/** Tokens side by side: for what, may do what, since and until when, last used. */
import type { Token } from "@fairway/contract/accounts.ts";
import { SCOPES } from "@fairway/contract/scopes.ts";
import { Button } from "@mantine/core";
import { Moment } from "../common/Moment.tsx";
import { TableHead } from "../common/TableHead.tsx";
import { useNow } from "../hooks.ts";
import table from "../sessions/SessionTable.module.css";

interface TokenTableProps {
  readonly tokens: readonly Token[];
  readonly onRevoke: (token: Token) => void;
}

export function TokenTable({ tokens, onRevoke }: TokenTableProps) {
  return (
    <table className={table.table}>
      <caption className="visually-hidden">Your tokens</caption>
      <TableHead columns={["For", "May", "Created", "Last used", "Valid until"]} withAction />
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <th scope="row">{token.note}</th>
            <td data-label="May">{token.scopes.map(toWords).join("; ")}</td>
            <td data-label="Created">
              <Moment at={token.createdAt} as="day" />
            </td>
            <td data-label="Last used">{token.lastUsedAt === null ? "never" : <Moment at={token.lastUsedAt} as="ago" />}</td>
            <td data-label="Valid until">
              <Expiry at={token.expiresAt} />
            </td>
            <td>
              <Button variant="default" size="xs" onClick={() => onRevoke(token)} aria-label={`Revoke ${token.note}`}>
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Expiry({ at }: { readonly at: number | null }) {
  const now = useNow();
  if (at === null) return "revoked only";
  return at < now ? "expired" : <Moment at={at} as="day" />;
}

function toWords(scope: string): string {
  return Object.hasOwn(SCOPES, scope) ? SCOPES[scope as keyof typeof SCOPES] : scope;
}
