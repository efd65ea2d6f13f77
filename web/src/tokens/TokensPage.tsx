/** Personal tokens: make one (shown once), see what each may do and when it was used, revoke it. */
import type { NewToken, Token } from "@fairway/contract/accounts.ts";
import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { tokensQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { ErrorNote } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { useTitle } from "../hooks.ts";
import { CreateToken } from "./CreateToken.tsx";
import { NewTokenNote } from "./NewTokenNote.tsx";
import css from "./TokensPage.module.css";
import { TokenTable } from "./TokenTable.tsx";

export function TokensPage() {
  useTitle("Tokens");
  const tokens = useQuery(tokensQuery(useApp()));
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<NewToken | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  return (
    <>
      <div className={css.head}>
        <div>
          <h1>Tokens</h1>
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
      <RevokeDialog token={revoking} onClose={() => setRevoking(null)} onRevoked={(id) => created?.info.id === id && setCreated(null)} />
    </>
  );
}

interface RevokeDialogProps {
  readonly token: Token | null;
  readonly onClose: () => void;
  readonly onRevoked: (id: string) => void;
}

function RevokeDialog({ token, onClose, onRevoked }: RevokeDialogProps) {
  const { api } = useApp();
  const cache = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => api.revokeToken(id),
    onSuccess: async (_, id) => {
      onRevoked(id);
      await cache.invalidateQueries({ queryKey: ["tokens"] });
      onClose();
    },
  });
  const close = () => {
    revoke.reset();
    onClose();
  };
  return (
    <Modal opened={token !== null} onClose={close} title={`Revoke “${token?.note ?? ""}”?`}>
      <p>
        Programs that use this token are refused at once, and connections they have open to your sessions are closed. It cannot be undone.
      </p>
      <ErrorNote error={revoke.error} />
      <div className={css.actions}>
        <Button variant="default" onClick={close} data-autofocus>
          Keep it
        </Button>
        <Button color="red.9" loading={revoke.isPending} onClick={() => token !== null && revoke.mutate(token.id)}>
          Revoke token
        </Button>
      </div>
    </Modal>
  );
}
