/** The form for a new token: what it is for, what it may do, how long it holds. */
import type { NewToken } from "@fairway/contract/accounts.ts";
import { SCOPES, type Scope, scopesOfRole } from "@fairway/contract/scopes.ts";
import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useApp } from "../app.ts";
import { ErrorNote } from "../common/ErrorState.tsx";
import { useMe } from "../hooks.ts";
import css from "./TokensPage.module.css";

const DAY_SECONDS = 86_400;
const EXPIRIES = [
  { days: 1, label: "1 day" },
  { days: 7, label: "7 days" },
  { days: 30, label: "30 days" },
  { days: 90, label: "90 days" },
  { days: 365, label: "1 year" },
] as const;

export function CreateToken({ onCreated }: { readonly onCreated: (token: NewToken) => void }) {
  const { api } = useApp();
  const cache = useQueryClient();
  const [note, setNote] = useState("");
  const [days, setDays] = useState(30);
  const [scopes, setScopes] = useState<readonly Scope[]>(["self"]);
  const create = useMutation({
    mutationFn: () => api.createToken({ note: note.trim(), scopes, expiresInSeconds: days * DAY_SECONDS }),
    onSuccess: async (token) => {
      onCreated(token);
      await cache.invalidateQueries({ queryKey: ["tokens"] });
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!create.isPending) create.mutate();
  };
  const noteError = create.error instanceof ApiError ? create.error.fields.find(({ path }) => path === "note")?.message : undefined;
  return (
    <form onSubmit={onSubmit} className={css.form}>
      <TextInput
        label="What is it for?"
        placeholder="laptop, nightly script"
        required
        withAsterisk={false}
        maxLength={100}
        value={note}
        error={noteError}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
      <ScopeFields scopes={scopes} onChange={setScopes} />
      <NativeSelect
        label="Valid for"
        data={EXPIRIES.map((expiry) => ({ value: String(expiry.days), label: expiry.label }))}
        value={String(days)}
        onChange={(event) => setDays(Number(event.currentTarget.value))}
      />
      {noteError === undefined ? <ErrorNote error={create.error} /> : null}
      <div className={css.actions}>
        <Button type="submit" loading={create.isPending} disabled={note.trim() === "" || scopes.length === 0}>
          Create token
        </Button>
      </div>
    </form>
  );
}

interface ScopeFieldsProps {
  readonly scopes: readonly Scope[];
  readonly onChange: (scopes: readonly Scope[]) => void;
}

/** "Everything" holds the others: while it is chosen they are on and cannot be changed. */
function ScopeFields({ scopes, onChange }: ScopeFieldsProps) {
  const role = useMe().data?.role ?? "user";
  const isAll = scopes.includes("self");
  const offered = [...scopesOfRole(role)].filter((scope) => scope !== "self");
  const toggle = (scope: Scope) => onChange(scopes.includes(scope) ? scopes.filter((other) => other !== scope) : [...scopes, scope]);
  return (
    <fieldset className={css.scopes}>
      <legend>It may</legend>
      <Checkbox
        label={SCOPES.self}
        checked={isAll}
        onChange={() =>
          onChange(isAll ? scopes.filter((scope) => scope !== "self") : ["self", ...scopes.filter((scope) => scope === "admin:servers")])
        }
      />
      {offered.map((scope) => {
        const isHeld = isAll && scope !== "admin:servers";
        return (
          <Checkbox
            key={scope}
            ml="lg"
            label={SCOPES[scope]}
            checked={isHeld || scopes.includes(scope)}
            disabled={isHeld}
            onChange={() => toggle(scope)}
          />
        );
      })}
    </fieldset>
  );
}
