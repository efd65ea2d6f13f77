/** Copies what the help desk needs to know. */
import type { Session } from "@fairway/contract/sessions.ts";
import { useApp } from "../app.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import { useSite } from "../hooks.ts";
import { type LogText, toPlainText } from "./log-text.ts";
import { toReport } from "./report.ts";

interface ReportButtonProps {
  readonly session: Session;
  readonly log: LogText;
}

export function ReportButton({ session, log }: ReportButtonProps) {
  const { clock } = useApp();
  const site = useSite().data;
  const makeReport = () =>
    toReport(session, {
      site: site?.name ?? window.location.host,
      version: site?.version ?? "(version unknown)",
      page: window.location.origin + window.location.pathname,
      browser: navigator.userAgent,
      nowMs: clock.now(),
      logTail: toPlainText(
        log.blocks
          .slice(-2)
          .map(({ text }) => text)
          .join(""),
      ),
    });
  return <CopyButton text={makeReport} label="Copy report" size="sm" />;
}
