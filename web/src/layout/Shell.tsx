/** The frame of every page behind sign-in: header, the feed of changes, shortcuts, announcements. */
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useRef } from "react";
import { useFeed, useFeedState, useLazyDialog } from "../hooks.ts";
import { Header } from "./Header.tsx";
import css from "./Shell.module.css";
import { useShortcutSetting, useShortcuts } from "./shortcuts.ts";

const HelpDialog = lazy(() => import("./HelpDialog.tsx").then((module) => ({ default: module.HelpDialog })));
const WarningBanners = lazy(() => import("../warnings/WarningBanners.tsx").then((module) => ({ default: module.WarningBanners })));

export function Shell() {
  useFeed();
  const main = useRef<HTMLElement>(null);
  const help = useLazyDialog();
  const [hasShortcuts] = useShortcutSetting();
  useShortcuts(hasShortcuts, help.open);

  return (
    <div className={css.shell}>
      <button type="button" className={css.skip} onClick={() => main.current?.focus()}>
        Go to the content
      </button>
      <Header onHelp={help.open} />
      <main ref={main} tabIndex={-1} className={css.main}>
        <Suspense>
          <WarningBanners />
        </Suspense>
        <Outlet />
      </main>
      {help.isLoaded ? (
        <Suspense>
          <HelpDialog isOpen={help.isOpen} onClose={help.close} />
        </Suspense>
      ) : null}
      <Announcer />
    </div>
  );
}

/** Says each change of a session once to those who cannot see it. */
function Announcer() {
  const { announcement } = useFeedState();
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      <span key={announcement.number}>{announcement.text}</span>
    </div>
  );
}
