/** A profile's options within their bounds, what they add up to, and when that would start. The form stands in the address. */
import type { Estimate } from "@fairway/contract/launching.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import { Button, TextInput } from "@mantine/core";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { AppIcon } from "../common/AppIcon.tsx";
import { ErrorNote } from "../common/ErrorState.tsx";
import { useMe } from "../hooks.ts";
import { EstimateLine } from "./EstimateLine.tsx";
import { FormTools } from "./FormTools.tsx";
import { FreeNow } from "./FreeNow.tsx";
import css from "./LaunchPage.module.css";
import { LaunchSummary } from "./LaunchSummary.tsx";
import { checkDraft, type FieldErrors, isAsked, NAME_FIELD, toFieldErrors, toFilled, toOtherProblems } from "./launch-form.ts";
import { OptionField } from "./OptionField.tsx";
import { bySetting } from "./summary.ts";
import { useCheck, useSettled } from "./use-check.ts";
import { useDraft } from "./use-draft.ts";
import { useLaunch } from "./use-launch.ts";

const PreviewPanel = lazy(() => import("./PreviewPanel.tsx").then((module) => ({ default: module.PreviewPanel })));

interface LaunchFormProps {
  readonly profile: Profile;
  readonly defaultName: string;
}

export function LaunchForm({ profile, defaultName }: LaunchFormProps) {
  const { draft, ...state } = useDraft(profile, defaultName);
  const [hasTried, setTried] = useState(false);
  const [withPreview, setWithPreview] = useState(false);
  const checked = checkDraft(profile, draft);
  const settled = useSettled(checked);
  const isOffered = profile.refusal === null;
  const checkState = useCheck(isOffered ? settled : null);
  const estimate = checkState.check?.estimate;
  const launch = useLaunch();
  const change = (next: typeof draft) => {
    launch.reset();
    state.change(next);
  };

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (checked.ok && !launch.isPending && isOffered) launch.mutate(checked.request);
    else if (!checked.ok) focusField(event.currentTarget, Object.keys(checked.errors)[0]);
  };

  const problems = checked.ok && !checkState.isOld ? (checkState.check?.problems ?? []) : [];
  const refused = launch.error instanceof ApiError ? launch.error.fields : [];
  const errors: FieldErrors = {
    ...toFieldErrors(profile, problems),
    ...toFieldErrors(profile, refused),
    ...(checked.ok ? {} : checked.errors),
  };
  const isRefused = !isOffered || !checked.ok || problems.length > 0;
  const path = useAddress(draft.name);
  return (
    <form className={css.page} onSubmit={onSubmit} noValidate>
      <Head profile={profile} />
      <div className={css.main}>
        <div className={css.fields}>
          {profile.options
            .filter((option) => isAsked(profile, option, draft.values))
            .map((option) => (
              <OptionField
                key={option.name}
                option={option}
                cluster={profile.cluster.name}
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
          <FormTools profile={profile} draft={draft} onChange={change} isPreviewed={withPreview} onPreview={setWithPreview} />
        </div>
        <FreeNow profile={profile} partition={checkState.check?.resources?.partition ?? toPartition(profile, draft.values)} />
      </div>
      <LaunchSummary
        profile={profile}
        draft={draft}
        checked={checked}
        onChange={change}
        startsAt={toStart(isRefused ? undefined : estimate)}
      >
        {checked.ok && isOffered ? (
          <EstimateLine
            state={checkState}
            problems={toOtherProblems(profile, problems)}
            onFill={(options) => change(toFilled(draft, options))}
          />
        ) : null}
        <Button type="submit" fullWidth loading={launch.isPending} disabled={!isOffered}>
          Launch {profile.app.title}
        </Button>
        {hasTried && !checked.ok ? <p className={css.problem}>Change the marked fields first.</p> : null}
        <ErrorNote error={launch.error} />
      </LaunchSummary>
      {withPreview ? (
        <section className={css.preview} aria-label="What would be sent">
          <Suspense>
            <PreviewPanel settled={settled} />
          </Suspense>
        </section>
      ) : null}
    </form>
  );
}

function Head({ profile }: { readonly profile: Profile }) {
  return (
    <header className={css.head}>
      <div className={css.icon}>
        <AppIcon app={profile.app.icon ?? profile.app.name} size={22} />
      </div>
      <div>
        <h1>{profile.title}</h1>
        <p className="dim">{profile.description ?? profile.app.title}</p>
      </div>
    </header>
  );
}

function toStart(estimate: Estimate | undefined): number | "now" | null {
  if (estimate === undefined || estimate.kind === "unknown") return null;
  return estimate.kind === "now" ? "now" : estimate.at;
}

function toPartition(profile: Profile, values: Readonly<Record<string, string>>): string | null {
  const chosen = bySetting(profile, values).partition;
  return chosen === undefined || chosen === "" ? null : String(chosen);
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
