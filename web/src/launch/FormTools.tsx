/** What can be done with the form besides launching: set it back, pass it on, see what it would send. */
import type { Profile } from "@fairway/contract/profiles.ts";
import { Button } from "@mantine/core";
import { IconCode, IconRotate } from "@tabler/icons-react";
import { useApp } from "../app.ts";
import { toHref } from "../base.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import css from "./LaunchPage.module.css";
import { type LaunchDraft, toReset, toSharedQuery } from "./launch-form.ts";

interface FormToolsProps {
  readonly profile: Profile;
  readonly draft: LaunchDraft;
  readonly onChange: (draft: LaunchDraft) => void;
  readonly isPreviewed: boolean;
  readonly onPreview: (isShown: boolean) => void;
}

export function FormTools({ profile, draft, onChange, isPreviewed, onPreview }: FormToolsProps) {
  const { base } = useApp();
  const reset = toReset(profile, draft);
  const isDefault = profile.options.every(({ name }) => reset.values[name] === draft.values[name]);
  const toLink = () => {
    const query = new URLSearchParams(toSharedQuery(profile, draft));
    return `${window.location.origin}${toHref(base, `/launch/${profile.name}`)}${query.size === 0 ? "" : `?${query}`}`;
  };
  return (
    <div className={css.tools}>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconCode size={14} aria-hidden />}
        aria-expanded={isPreviewed}
        onClick={() => onPreview(!isPreviewed)}
      >
        {isPreviewed ? "Hide script and commands" : "Show script and commands"}
      </Button>
      <CopyButton text={toLink} label="Copy link to this form" />
      {isDefault ? null : (
        <Button variant="default" size="xs" leftSection={<IconRotate size={14} aria-hidden />} onClick={() => onChange(reset)}>
          Reset to the defaults
        </Button>
      )}
    </div>
  );
}
