/** Exactly what would be sent: the job's script, the same as sbatch, as curl, and as a link. */
import "@mantine/core/styles/Tabs.css";
import type { LaunchPreview } from "@fairway/contract/launching.ts";
import { Tabs } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useApp } from "../app.ts";
import { CopyButton } from "../common/CopyButton.tsx";
import { ErrorNote } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import css from "./LaunchPage.module.css";
import type { LaunchRequest } from "./use-check.ts";

const TABS = [
  {
    value: "script",
    label: "Job script",
    note: "Static: nothing is rendered into it. What you chose reaches it as environment variables.",
  },
  { value: "sbatch", label: "sbatch", note: "The same job, submitted by hand on the cluster." },
  { value: "curl", label: "curl", note: "FAIRWAY_TOKEN holds one of your tokens." },
  { value: "link", label: "Link", note: "Opens this form, filled in like this. It starts nothing by itself." },
] as const satisfies readonly { value: keyof LaunchPreview; label: string; note: string }[];

interface PreviewPanelProps {
  /** The request as text; null while the form is not in order. */
  readonly settled: string | null;
}

export function PreviewPanel({ settled }: PreviewPanelProps) {
  const { api } = useApp();
  const query = useQuery({
    queryKey: ["preview", settled],
    queryFn: ({ signal }) => api.previewLaunch(JSON.parse(settled ?? "{}") as LaunchRequest, signal),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (settled === null) return <p className="dim">Change the marked fields first.</p>;
  if (query.isError) return <ErrorNote error={query.error} />;
  return (
    <Loaded query={query} skeleton={[36, 260]}>
      {(preview) => (
        <Tabs defaultValue="script" keepMounted={false}>
          <Tabs.List>
            {TABS.map(({ value, label }) => (
              <Tabs.Tab key={value} value={value}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {TABS.map(({ value, label, note }) => (
            <Tabs.Panel key={value} value={value} className={css.code}>
              <div className={css.codeHead}>
                <span className="dim small">{note}</span>
                <CopyButton text={preview[value]} label={`Copy ${label.toLowerCase()}`} />
              </div>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
              <pre tabIndex={0}>{preview[value]}</pre>
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
    </Loaded>
  );
}
