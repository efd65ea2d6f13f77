/** Personal tokens: make one (shown once), see what each may do and when it was used, revoke it. */
import type { NewToken, Token } from "@fairway/contract/accounts.ts";
import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { tokensQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { CreateToken } from "./CreateToken.tsx";
import { NewTokenNote } from "./NewTokenNote.tsx";
import { RevokeDialog } from "./RevokeDialog.tsx";
import css from "./TokensPage.module.css";
import { TokenTable } from "./TokenTable.tsx";

export function TokenSection() {
  const app = useApp();
  const tokens = useQuery(tokensQuery(app));
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<NewToken | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <section aria-labelledby="tokens">
      <div className={css.head}>
        <div>
          <h2 id="tokens">Tokens</h2>
          <p className="dim">A token lets a program act for you: the command line, scripts, editors that connect to a Jupyter server.</p>
        </div>
        <Button size="xs" onClick={() => setCreating(true)}>
          Create token
        </Button>
      </div>
      {created === null ? null : <NewTokenNote created={created} onDismiss={() => setCreated(null)} />}
      <Loaded query={tokens} skeleton={[40, 40, 40]}>
        {(data) =>
          data.tokens.length === 0 ? (
            <p className={css.nothing}>You have no tokens. The browser needs none; create one when a program is to act for you.</p>
          ) : (
            <TokenTable tokens={data.tokens} onRevoke={setRevoking} />
          )
        }
      </Loaded>
      <Modal opened={isCreating} onClose={() => setCreating(false)} title="Create token">
        <CreateToken
          onCreated={(token) => {
            setCreating(false);
            setCreated(token);
          }}
        />
      </Modal>
      <RevokeDialog
        subject={revoking === null ? null : { id: revoking.id, name: revoking.note }}
        action="Revoke token"
        revoke={(id) => app.api.revokeToken(id)}
        listKey="tokens"
        onRevoked={(id) => created?.info.id === id && setCreated(null)}
        onClose={() => setRevoking(null)}
      >
        Programs that use this token are refused at once, and connections they have open to your sessions are closed.
      </RevokeDialog>
    </section>
  );
}
