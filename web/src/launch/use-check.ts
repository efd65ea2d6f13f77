/** What the hub says of the form as it stands: asked a moment after the last change, and again while one looks. */
import type { LaunchCheck } from "@fairway/contract/launching.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useApp } from "../app.ts";
import type { Checked } from "./launch-form.ts";

export type LaunchRequest = Extract<Checked, { ok: true }>["request"];

/** Long enough not to ask for every key pressed. */
const PAUSE_MS = 400;
const AGAIN_MS = 30_000;

/** The request as text (the key of what is asked), once it has stood for a moment; null while the form is not in order. */
export function useSettled(checked: Checked): string | null {
  const key = checked.ok ? JSON.stringify(checked.request) : null;
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}

export interface CheckState {
  readonly check: LaunchCheck | undefined;
  readonly error: unknown;
  /** It is the answer to an earlier form; the next is on its way. */
  readonly isOld: boolean;
}

export function useCheck(settled: string | null): CheckState {
  const { api } = useApp();
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["check", settled],
    queryFn: ({ signal }) => api.checkLaunch(JSON.parse(settled ?? "{}") as LaunchRequest, signal),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN_MS,
    retry: false,
  });
  return settled === null ? { check: undefined, error: null, isOld: false } : { check: data, error, isOld: isPlaceholderData };
}
