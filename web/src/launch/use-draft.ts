/** The form's state: as the address says at first, and the address follows each change. */
import type { Profile } from "@fairway/contract/profiles.ts";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type LaunchDraft, toDraft, toQuery } from "./launch-form.ts";

export interface DraftState {
  readonly draft: LaunchDraft;
  readonly change: (next: LaunchDraft) => void;
}

export function useDraft(profile: Profile, suggestedName: string): DraftState {
  const router = useRouter();
  const search = useSearch({ from: "__root__" });
  const [defaultName] = useState(suggestedName); // a session that starts meanwhile must not rename this one under one's hands
  const [draft, setDraft] = useState(() => toDraft(profile, search, defaultName));
  const change = (next: LaunchDraft) => {
    setDraft(next);
    void router.navigate({
      to: "/launch/$profile",
      params: { profile: profile.name },
      search: toQuery(profile, next, defaultName),
      replace: true,
      resetScroll: false,
    });
  };
  return { draft, change };
}
