/** The form for a public key: paste it, or drop the .pub file onto it. A private key is recognised and not sent. */
import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useApp } from "../app.ts";
import { ErrorNote } from "../common/ErrorState.tsx";
import css from "../tokens/TokensPage.module.css";
import { PASTED_WORDS, readPastedKey } from "./public-key.ts";

/** No public key is larger. */
const MAX_BYTES = 20_000;

export function AddKey({ onAdded }: { readonly onAdded: () => void }) {
  const { api } = useApp();
  const cache = useQueryClient();
  const [text, setText] = useState("");
  const [note, setNote] = useState("");
  const pasted = readPastedKey(text);
  const add = useMutation({
    mutationFn: (line: string) => api.addSshKey(line, note.trim() || (pasted.kind === "public" ? pasted.comment.slice(0, 100) : "")),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ["ssh-keys"] });
      onAdded();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (pasted.kind === "public" && !add.isPending) add.mutate(pasted.line);
  };
  const onDrop = (event: DragEvent) => {
    const file = event.dataTransfer.files[0];
    if (file === undefined) return;
    event.preventDefault();
    if (file.size <= MAX_BYTES) void file.text().then(change);
    else change("A file that large is no public key.");
  };
  const change = (value: string) => {
    add.reset();
    setText(value);
  };
  const fieldError = add.error instanceof ApiError ? add.error.fields.find(({ path }) => path === "publicKey")?.message : undefined;
  return (
    <form onSubmit={onSubmit} className={css.form}>
      <Textarea
        label="Public key"
        description={
          <>
            Paste it, or drop the file here: often <code>~/.ssh/id_ed25519.pub</code>
          </>
        }
        placeholder="ssh-ed25519 AAAA… you@laptop"
        required
        withAsterisk={false}
        rows={4}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: css.keyText ?? "" }}
        value={text}
        error={PASTED_WORDS[pasted.kind] ?? fieldError}
        onChange={(event) => change(event.currentTarget.value)}
        onDrop={onDrop}
        data-autofocus
      />
      <TextInput
        label="What is it on?"
        placeholder={pasted.kind === "public" && pasted.comment !== "" ? pasted.comment : "laptop"}
        maxLength={100}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {fieldError === undefined ? <ErrorNote error={add.error} /> : null}
      <div className={css.actions}>
        <Button type="submit" loading={add.isPending} disabled={pasted.kind !== "public"}>
          Add key
        </Button>
      </div>
    </form>
  );
}
