/** Copies what the help desk needs to know. */
import type { Session } from "@fairway/contract/sessions.ts";
import { useApp } from "../app.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import { useSite } from "../hooks.ts";
import { toReport } from "./report.ts";

interface ReportButtonProps {
  readonly session: Session;
  readonly logTail: string;
}

export function ReportButton({ session, logTail }: ReportButtonProps) {
  const { clock } = useApp();
  const site = useSite().data;
  const makeReport = () =>
    toReport(session, {
      site: site?.name ?? window.location.host,
      version: site?.version ?? "(version unknown)",
      page: window.location.origin + window.location.pathname,
      browser: navigator.userAgent,
      nowMs: clock.now(),
      logTail,
    });
  return <CopyButton text={makeReport} label="Copy report" size="sm" />;
}
