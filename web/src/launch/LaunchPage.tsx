/** Launch: the profile's options within their bounds, and what they add up to. The form stands in the address. */
import type { Profile } from "@fairway/contract/profiles.ts";
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { applySession } from "../api/live-cache.ts";
import { OPEN_SESSIONS, profilesQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { AppIcon } from "../common/AppIcon.tsx";
import { ErrorNote } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { useMe, useSessions, useTitle } from "../hooks.ts";
import css from "./LaunchPage.module.css";
import { LaunchSummary } from "./LaunchSummary.tsx";
import { checkDraft, type FieldErrors, NAME_FIELD, suggestName, toDraft, toFieldErrors, toQuery } from "./launch-form.ts";
import { OptionField } from "./OptionField.tsx";

export function LaunchPage() {
  const { profile: name } = useParams({ from: "/shell/launch/$profile" });
  const profiles = useQuery(profilesQuery(useApp()));
  const open = useSessions(OPEN_SESSIONS);
  const profile = profiles.data?.profiles.find((candidate) => candidate.name === name);
  useTitle(`Launch ${profile?.title ?? name}`);
  if (profiles.data !== undefined && profile === undefined) return <NotOffered name={name} />;
  return (
    <Loaded query={open} skeleton={[60, 380]}>
      {({ sessions }) => (
        <Loaded query={profiles} skeleton={[60, 380]}>
          {() =>
            profile === undefined ? null : (
              <LaunchForm
                key={profile.name}
                profile={profile}
                defaultName={suggestName(
                  name,
                  sessions.map((session) => session.name),
                )}
              />
            )
          }
        </Loaded>
      )}
    </Loaded>
  );
}

interface LaunchFormProps {
  readonly profile: Profile;
  readonly defaultName: string;
}

function LaunchForm({ profile, ...props }: LaunchFormProps) {
  const app = useApp();
  const router = useRouter();
  const search = useSearch({ from: "__root__" });
  const [defaultName] = useState(props.defaultName); // a session that starts meanwhile must not rename this one under one's hands
  const [draft, setDraft] = useState(() => toDraft(profile, search, defaultName));
  const [hasTried, setTried] = useState(false);
  const checked = checkDraft(profile, draft);

  const launch = useMutation({
    mutationFn: async (request: Parameters<typeof app.api.launch>[0]) => {
      const mark = app.changes.mark();
      return app.changes.newest(await app.api.launch(request), mark);
    },
    onSuccess: async (session) => {
      applySession(app.cache, session);
      await router.navigate({ to: "/sessions/$id", params: { id: session.id } });
    },
  });

  const change = (next: typeof draft) => {
    setDraft(next);
    launch.reset();
    void router.navigate({
      to: "/launch/$profile",
      params: { profile: profile.name },
      search: toQuery(profile, next, defaultName),
      replace: true,
      resetScroll: false,
    });
  };

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (checked.ok && !launch.isPending) launch.mutate(checked.request);
    else if (!checked.ok) focusField(event.currentTarget, Object.keys(checked.errors)[0]);
  };

  const refused = launch.error instanceof ApiError ? toFieldErrors(profile, launch.error.fields) : {};
  const errors: FieldErrors = { ...(checked.ok ? {} : checked.errors), ...refused };
  const path = useAddress(draft.name);
  return (
    <form className={css.page} onSubmit={onSubmit} noValidate>
      <header className={css.head}>
        <div className={css.icon}>
          <AppIcon app={profile.app.icon ?? profile.app.name} size={22} />
        </div>
        <div>
          <h1>{profile.title}</h1>
          <p className="dim">{profile.description ?? profile.app.title}</p>
        </div>
      </header>
      <div className={css.fields}>
        {profile.options.map((option) => (
          <OptionField
            key={option.name}
            option={option}
            value={draft.values[option.name] ?? ""}
            error={errors[option.name]}
            onChange={(value) => change({ ...draft, values: { ...draft.values, [option.name]: value } })}
          />
        ))}
        <TextInput
          label="Session name"
          description={`Its address: ${path}. Left empty, it is your main session.`}
          name={NAME_FIELD}
          value={draft.name}
          autoComplete="off"
          spellCheck={false}
          error={errors[NAME_FIELD]}
          onChange={(event) => change({ ...draft, name: event.currentTarget.value })}
        />
      </div>
      <LaunchSummary profile={profile} draft={draft} checked={checked}>
        <Button type="submit" fullWidth loading={launch.isPending}>
          Launch {profile.app.title}
        </Button>
        {hasTried && !checked.ok ? <p className={css.problem}>Change the marked fields first.</p> : null}
        <ErrorNote error={launch.error} />
      </LaunchSummary>
    </form>
  );
}

/** Where the session will be. The user's name may hold nothing that an address would have to escape. */
function useAddress(name: string): string {
  const { base } = useApp();
  const me = useMe().data?.name ?? "you";
  return toHref(base, `/user/${me}/${name === "" ? "" : `${name}/`}`);
}

function focusField(form: HTMLFormElement, name: string | undefined): void {
  const field = name === undefined ? null : form.elements.namedItem(name);
  const first = field instanceof RadioNodeList ? field[0] : field;
  if (first instanceof HTMLElement) first.focus();
}

function NotOffered({ name }: { readonly name: string }) {
  return (
    <section className={css.gone}>
      <h1>This is not offered</h1>
      <p>
        There is no profile <code>{name}</code> for you here. It may have been renamed or taken away, or it is for another group.
      </p>
      <p>
        <Link to="/hub/home">See what you can start</Link>
      </p>
    </section>
  );
}
