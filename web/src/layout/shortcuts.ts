/** Single-key shortcuts, which people can switch off (WCAG 2.1.4). */
import { useRouter } from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";

const STORAGE_KEY = "fairway-shortcuts";

/** Marks the one field that "/" jumps to, and the place whose first link "n" jumps to. */
export const SEARCH_MARK = { "data-search": "" };
export const START_MARK = { "data-start": "" };

const listeners = new Set<() => void>();

/** Whether shortcuts are on in this browser. */
export function useShortcutSetting(): readonly [boolean, (isOn: boolean) => void] {
  const isOn = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => localStorage.getItem(STORAGE_KEY) !== "off",
  );
  const set = (next: boolean) => {
    localStorage.setItem(STORAGE_KEY, next ? "on" : "off");
    for (const listener of listeners) listener();
  };
  return [isOn, set];
}

/** Listens for the shortcuts while mounted. */
export function useShortcuts(isOn: boolean, showHelp: () => void): void {
  const router = useRouter();
  useEffect(() => {
    if (!isOn) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (isForSomethingElse(event)) return;
      if (event.key === "?") showHelp();
      else if (event.key === "/") void focusOn("[data-search]", () => router.navigate({ to: "/sessions" }));
      else if (event.key === "n") void focusOn("[data-start] a", () => router.navigate({ to: "/hub/home" }));
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [isOn, router, showHelp]);
}

/** Typing, a browser's own shortcut, or a dialog that has the floor. */
function isForSomethingElse(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable], [role=menu]") != null) return true;
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}

/** Goes to the page if need be, and gives its content a moment to come. */
async function focusOn(selector: string, goThere: () => Promise<void>): Promise<void> {
  if (document.querySelector(selector) === null) await goThere();
  for (let tries = 0; tries < 30; tries += 1) {
    const target = document.querySelector<HTMLElement>(selector);
    if (target !== null) return target.focus();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
