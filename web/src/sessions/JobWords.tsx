/** The scheduler's own words beside ours: "PENDING (Priority) · job 4711", small and copyable. */
import type { Session } from "@fairway/contract/sessions.ts";
import css from "./JobWords.module.css";

export function JobWords({ session }: { readonly session: Session }) {
  const { job } = session;
  if (job === null) return null;
  const reason = job.pendingReason === null || job.pendingReason === "None" ? "" : ` (${job.pendingReason})`;
  return (
    <code className={css.words}>
      {job.state}
      {reason} · job {job.id}
    </code>
  );
}
