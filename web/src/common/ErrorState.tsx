/** Every bad state of a page: what happened, why, what to do now, and a report for the help desk. */
import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { ApiError } from "../api/api-error.ts";
import { useApp } from "../app.ts";
import { useTitle } from "../hooks.ts";
import { ButtonLink } from "./ButtonLink.tsx";
import { CopyButton } from "./CopyButton.tsx";
import css from "./ErrorState.module.css";

interface ErrorStateProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** A page's own heading stands above otherwise. */
  readonly isWholePage?: boolean;
}

export function ErrorState({ error, onRetry, isWholePage = false }: ErrorStateProps) {
  const Heading = isWholePage ? "h1" : "h2";
  const isKnown = error instanceof ApiError;
  return (
    <section className={css.state} role="alert">
      <Heading>{isKnown ? error.title : "This page stopped working"}</Heading>
      <p>{isKnown ? error.message : "The fault is in the page itself; your sessions are not touched by it."}</p>
      <p className="dim">{isKnown ? error.next : "Load the page again. If it happens twice, give the report to your help desk."}</p>
      <div className={css.actions}>
        {isKnown && isFinal(error) ? (
          <ButtonLink to="/hub/home" size="xs">
            Go to your sessions
          </ButtonLink>
        ) : (
          <Button size="xs" onClick={onRetry ?? (() => window.location.reload())}>
            {onRetry === undefined ? "Load the page again" : "Try again"}
          </Button>
        )}
        <CopyButton text={() => toErrorReport(error)} label="Copy report" />
      </div>
    </section>
  );
}

/** Asking again would not help. */
function isFinal({ code }: ApiError): boolean {
  return code === "not_found" || code === "not_allowed";
}

/** One line under a form or button: what went wrong with what was just asked. */
export function ErrorNote({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <div className={css.note} role="alert">
      <strong>{error instanceof ApiError ? error.title : "This did not work"}.</strong>{" "}
      {error instanceof Error ? error.message : String(error)} {error instanceof ApiError ? error.next : null}
    </div>
  );
}

/** The whole page failed: what did not load, or was refused, is kept by those who asked for it, so it is asked for by a new page. */
export function RouteError({ error }: ErrorComponentProps) {
  const { lostParts } = useApp();
  const isCurable = lostParts.isCurable(error);
  useEffect(() => {
    if (isCurable) lostParts.cure();
  }, [isCurable, lostParts]);
  if (isCurable) return null;
  return (
    <Plain>
      <ErrorState error={error} isWholePage />
    </Plain>
  );
}

/** Before the first page: the hub has not said yet who this is. */
export function WaitingForHub() {
  return (
    <Plain>
      <section className={css.waiting} role="status">
        <h1>Fairway has not answered yet</h1>
        <p>It may be restarting. This page goes on by itself; running sessions are not touched.</p>
      </section>
    </Plain>
  );
}

export function NotFoundPage() {
  useTitle("Not found");
  return (
    <Plain>
      <section className={css.state}>
        <h1>There is no page at this address</h1>
        <p>The link may be old, or a letter may be missing.</p>
        <div className={css.actions}>
          <ButtonLink to="/hub/home" size="xs">
            Go to your sessions
          </ButtonLink>
        </div>
      </section>
    </Plain>
  );
}

function Plain({ children }: { readonly children: ReactNode }) {
  return <main className={css.plain}>{children}</main>;
}

function toErrorReport(error: unknown): string {
  const lines = [
    `Page:    ${window.location.origin}${window.location.pathname}`,
    `Time:    ${new Date().toISOString()}`,
    `Browser: ${navigator.userAgent}`,
  ];
  if (error instanceof ApiError) lines.push(`Error:   ${error.code} (status ${error.status})`, `Detail:  ${error.message}`);
  else lines.push(`Error:   ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return lines.join("\n");
}
