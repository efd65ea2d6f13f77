/** Sign-in. Afterwards, back to where one was going. */
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { isApiError } from "../api/api-error.ts";
import { meQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { toHref, toSafeNext } from "../base.ts";
import { ErrorNote } from "../common/ErrorState.tsx";
import { useMe, useSite, useTitle } from "../hooks.ts";
import { Logo } from "../layout/Logo.tsx";
import css from "./SignInPage.module.css";

export function SignInPage() {
  useTitle("Sign in");
  const { base } = useApp();
  const site = useSite();
  const me = useMe();
  const { next } = useSearch({ from: "__root__" });
  const target = toSafeNext(next, base, window.location.origin);
  const goOn = useGoOn(target);
  return (
    <main className={css.page}>
      <div className={css.box}>
        <div className={css.brand}>
          <Logo size={36} />
          <h1>{site.data?.name ?? "Fairway"}</h1>
        </div>
        {me.data !== undefined ? (
          <>
            <p>You are signed in as {me.data.name}.</p>
            <Button onClick={goOn} fullWidth mt="md">
              Continue
            </Button>
          </>
        ) : (
          <>
            {target === null ? null : <p className={css.hint}>Sign in to go on to the page you asked for.</p>}
            <PasswordForm onDone={goOn} />
          </>
        )}
        <ErrorNote error={site.error ?? site.failureReason} />
      </div>
      <p className={css.foot}>{site.data === undefined ? null : `Fairway ${site.data.version}`}</p>
    </main>
  );
}

/** The portal's own pages change in place; an app's address is the edge's, so the browser goes there. */
function useGoOn(target: string | null): () => void {
  const { base } = useApp();
  const router = useRouter();
  return () => {
    const isApp = ["/user/", "/hub/api/", "/hub/user-redirect"].some((path) => target?.startsWith(toHref(base, path)));
    if (target === null) void router.navigate({ to: "/hub/home", replace: true });
    else if (isApp) window.location.assign(target);
    else router.history.replace(target);
  };
}

function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const app = useApp();
  const site = useSite().data;
  const provider = site?.providers.find(({ kind }) => kind === "password");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => app.api.signIn(username.trim(), password),
    onSuccess: (me) => {
      app.cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "site" });
      app.cache.setQueryData(meQuery(app).queryKey, me);
      onDone();
    },
    onError: () => setPassword(""),
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  };
  if (site !== undefined && provider === undefined) return <p>This site has no way to sign in switched on. Tell its operator.</p>;
  const isWrong = isApiError(signIn.error, "wrong_credentials");
  return (
    <form onSubmit={onSubmit} className={css.form}>
      <TextInput
        label="User name"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        autoFocus
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={isWrong ? "User name or password is wrong." : null}
        visibilityToggleButtonProps={{ "aria-label": "Show password" }}
      />
      {isWrong ? null : <ErrorNote error={signIn.error} />}
      <Button type="submit" loading={signIn.isPending} fullWidth>
        Sign in
      </Button>
      {site?.demo === true ? <DemoUsers users={site.demoUsers} onPick={setUsername} /> : null}
    </form>
  );
}

interface DemoUsersProps {
  readonly users: readonly { readonly name: string; readonly note: string }[];
  readonly onPick: (name: string) => void;
}

function DemoUsers({ users, onPick }: DemoUsersProps) {
  return (
    <section className={css.demo} aria-labelledby="demo-users">
      <h2 id="demo-users">This is a demonstration</h2>
      <ul>
        {users.map(({ name, note }) => (
          <li key={name}>
            <button type="button" onClick={() => onPick(name)}>
              {name}
            </button>
            <span>{note}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
