/**
 * Signs a program in that has no browser (`fairway login` on a login node, say): shows what asks, and the
 * person says yes or no. Whoever confirms lets that program act as them: the page must leave no doubt.
 */
import type { DeviceRequest } from "@fairway/contract/ssh-access.ts";
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { isApiError } from "../api/api-error.ts";
import { deviceSignInQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { ButtonLink } from "../common/ButtonLink.tsx";
import { ErrorNote, ErrorState } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import { useMe, useNow, useTitle } from "../hooks.ts";
import css from "./DevicePage.module.css";
import { toUserCode } from "./user-code.ts";

export function DevicePage() {
  useTitle("Sign a program in");
  const search = useSearch({ from: "__root__" });
  const code = toUserCode(search.code ?? "");
  return code === null ? <CodeForm typed={search.code ?? ""} /> : <Request key={code} code={code} />;
}

/** One box in the middle, whatever it says. */
function Box({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={css.box} aria-labelledby="device">
      <h1 id="device">{title}</h1>
      {children}
    </section>
  );
}

function CodeForm({ typed }: { readonly typed: string }) {
  const router = useRouter();
  const [text, setText] = useState(typed);
  const [isWrong, setWrong] = useState(typed !== "");
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const code = toUserCode(text);
    setWrong(code === null);
    if (code !== null) void router.navigate({ to: "/device", search: { code } });
  };
  return (
    <Box title="Sign a program in">
      <p>A program without a browser, such as the command line on another machine, shows you a code. Type it here.</p>
      <form onSubmit={onSubmit} className={css.form}>
        <TextInput
          label="Code"
          placeholder="ABCD-EFGH"
          autoFocus
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={20}
          classNames={{ input: css.typed ?? "" }}
          value={text}
          error={isWrong ? "A code is eight letters and digits, like ABCD-EF23. There is no 0 and no 1 in it." : null}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit">Go on</Button>
      </form>
    </Box>
  );
}

function Request({ code }: { readonly code: string }) {
  const query = useQuery(deviceSignInQuery(useApp(), code));
  if (isApiError(query.error, "not_found")) return <Over />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} isWholePage />;
  return (
    <Loaded query={query} skeleton={[260]}>
      {(request) => <Question request={request} />}
    </Loaded>
  );
}

/** Expired, used, refused or mistyped: which of these, the hub does not tell, and somebody may come back to what they confirmed. */
function Over() {
  return (
    <Box title="No program waits with this code">
      <p>Its time is over, it was used or refused already, or a letter is wrong. Nothing more is signed in by it.</p>
      <p>
        If you confirmed it, the program is signed in: its token stands among <Link to="/hub/token">your tokens</Link>, and can be revoked
        there.
      </p>
      <p className="dim">Else start the sign-in again where you began it, and it shows a new code.</p>
      <div className={css.actions}>
        <ButtonLink to="/device" size="sm" variant="default">
          Type a code
        </ButtonLink>
      </div>
    </Box>
  );
}

function Question({ request }: { readonly request: DeviceRequest }) {
  const { api } = useApp();
  const now = useNow();
  const me = useMe().data?.name ?? "";
  const judge = useMutation({ mutationFn: (confirm: boolean) => api.judgeDeviceSignIn(request.userCode, confirm) });
  if (judge.isSuccess) return judge.variables ? <Confirmed request={request} user={me} /> : <Refused />;
  if (request.expiresAt <= now || isApiError(judge.error, "not_found")) return <Over />;
  return (
    <Box title={`Sign “${request.note}” in as ${me}?`}>
      <p>Compare: the program must show this code.</p>
      <p className={css.code}>{request.userCode}</p>
      <dl className={css.facts}>
        <div>
          <dt>What asks</dt>
          <dd>{request.note}</dd>
        </div>
        <div>
          <dt>From</dt>
          <dd>
            <code>{request.address}</code>
          </dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>
            <Moment at={request.createdAt} as="ago" />
          </dd>
        </div>
        <div>
          <dt>Code valid until</dt>
          <dd>
            <Moment at={request.expiresAt} />
          </dd>
        </div>
      </dl>
      <p className={css.care}>
        It may then do whatever you may: launch and stop sessions, and go into them. Refuse it unless you started it yourself just now. If
        somebody sent you this link or code, it is not yours.
      </p>
      <ErrorNote error={judge.error} />
      <div className={css.actions}>
        <Button
          variant="default"
          onClick={() => judge.mutate(false)}
          loading={judge.isPending && !judge.variables}
          disabled={judge.isPending}
        >
          Refuse
        </Button>
        <Button onClick={() => judge.mutate(true)} loading={judge.isPending && judge.variables} disabled={judge.isPending}>
          Sign it in as {me}
        </Button>
      </div>
    </Box>
  );
}

function Confirmed({ request, user }: { readonly request: DeviceRequest; readonly user: string }) {
  return (
    <Box title={`“${request.note}” is signed in as ${user}`}>
      <p role="status">It goes on by itself. You can close this page.</p>
      <p className="dim">It holds a token of yours now, which stands among your tokens and can be revoked there.</p>
      <div className={css.actions}>
        <ButtonLink to="/hub/token" size="sm" variant="default">
          Tokens and keys
        </ButtonLink>
      </div>
    </Box>
  );
}

function Refused() {
  return (
    <Box title="Refused">
      <p role="status">The program has been told, and the code is void. Nothing was signed in.</p>
      <p className="dim">If you did not start it, somebody may have tried to have themselves signed in as you: tell your help desk.</p>
      <div className={css.actions}>
        <ButtonLink to="/hub/home" size="sm" variant="default">
          Go to your sessions
        </ButtonLink>
      </div>
    </Box>
  );
}
