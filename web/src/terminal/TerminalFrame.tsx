/** What every terminal's page has: the whole window without a frame of the portal's, one line above, the screen below. */
import { Switch } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { ErrorState } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { readReadAloud, writeReadAloud } from "./kept-shell.ts";
import css from "./TerminalPage.module.css";
import { TerminalScreen, type TerminalScreenProps } from "./TerminalScreen.tsx";

const WarningBanners = lazy(() => import("../warnings/WarningBanners.tsx").then((module) => ({ default: module.WarningBanners })));

interface TerminalMainProps<T> {
  /** What has to be known before there can be a screen. */
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

export function TerminalMain<T>({ query, children }: TerminalMainProps<T>) {
  return (
    <main className={css.page}>
      {query.isError && query.data === undefined ? (
        <div className={css.padded}>
          <ErrorState error={query.error} onRetry={() => void query.refetch()} isWholePage />
        </div>
      ) : (
        <Loaded query={query} skeleton={[32, 400]}>
          {children}
        </Loaded>
      )}
    </main>
  );
}

interface TerminalFrameProps {
  /** Where one is, with a link back that has `data-back`. */
  readonly title: ReactNode;
  readonly note?: ReactNode;
  /** The session whose warnings are shown here; of the others only title and notification tell. */
  readonly warnOf: string | null;
  readonly notice?: ReactNode;
  /** Null: there can be no shell, and `instead` says why. */
  readonly screen: Omit<TerminalScreenProps, "isReadAloud" | "onTitle"> | null;
  readonly instead: ReactNode;
}

export function TerminalFrame({ title, note, warnOf, notice, screen, instead }: TerminalFrameProps) {
  const [isReadAloud, setReadAloud] = useState(readReadAloud);
  const [shellTitle, setShellTitle] = useState("");
  return (
    <>
      <header className={css.bar}>
        <h1 className={css.title}>
          {title}
          <span className="visually-hidden">: terminal</span>
        </h1>
        <span className={css.shellTitle}>{shellTitle}</span>
        {note}
        {screen === null ? null : (
          <Switch
            size="xs"
            label="Screen reader"
            checked={isReadAloud}
            onChange={(event) => {
              setReadAloud(event.currentTarget.checked);
              writeReadAloud(event.currentTarget.checked);
            }}
          />
        )}
      </header>
      <div className={css.warnings}>
        <Suspense>
          <WarningBanners only={warnOf} />
        </Suspense>
      </div>
      {notice}
      {screen === null ? instead : <TerminalScreen {...screen} isReadAloud={isReadAloud} onTitle={setShellTitle} />}
    </>
  );
}
