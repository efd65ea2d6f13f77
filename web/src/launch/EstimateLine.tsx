/** When it would start, as the cluster says, and what would start at once if this would not. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Alternative, Estimate } from "@fairway/contract/launching.ts";
import { Button } from "@mantine/core";
import { IconBolt, IconCircleCheckFilled, IconHourglassLow } from "@tabler/icons-react";
import { ApiError } from "../api/api-error.ts";
import { Moment } from "../common/Moment.tsx";
import { useNow } from "../hooks.ts";
import css from "./EstimateLine.module.css";
import type { CheckState } from "./use-check.ts";

interface EstimateLineProps {
  readonly state: CheckState;
  /** Complaints that belong to no field. */
  readonly problems: readonly string[];
  readonly onFill: (options: Alternative["options"]) => void;
}

export function EstimateLine({ state: { check, error, isOld }, problems, onFill }: EstimateLineProps) {
  if (check === undefined) {
    const reason = error instanceof ApiError ? ` ${error.message}` : "";
    return (
      <p className="dim small">{error === null ? "Asking the cluster when it would start." : `No estimate at the moment.${reason}`}</p>
    );
  }
  return (
    <div className={css.estimate} data-old={isOld}>
      {problems.map((problem) => (
        <p key={problem} className={css.problem}>
          {problem}
        </p>
      ))}
      {check.problems.length > 0 ? null : (
        <p role="status" className={css.when} data-estimate={check.estimate.kind}>
          <When estimate={check.estimate} />
        </p>
      )}
      {check.alternatives.length === 0 ? null : (
        <div>
          <h3>Would start at once</h3>
          <ul className={css.alternatives}>
            {check.alternatives.map(({ line, options }) => (
              <li key={line}>
                <Button
                  variant="default"
                  size="xs"
                  fullWidth
                  justify="start"
                  className={css.choice}
                  leftSection={<IconBolt size={14} aria-hidden />}
                  onClick={() => onFill(options)}
                >
                  {line}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function When({ estimate }: { readonly estimate: Estimate }) {
  if (estimate.kind === "unknown") return <span className="dim">{estimate.line}</span>;
  const isNow = estimate.kind === "now";
  return (
    <>
      {isNow ? (
        <IconCircleCheckFilled size={16} aria-hidden className={css.good} />
      ) : (
        <IconHourglassLow size={16} aria-hidden className={css.waiting} />
      )}
      <span>
        {isNow ? <strong>Would start now</strong> : <Later at={estimate.at} />}{" "}
        <span className="dim small">
          (Slurm's answer, <Moment at={estimate.asOf} as="age" />)
        </span>
      </span>
    </>
  );
}

function Later({ at }: { readonly at: number }) {
  const seconds = (at - useNow()) / 1000;
  if (seconds < 60) return <strong>Would start within a minute</strong>;
  return (
    <>
      <strong>
        Expected start about <Moment at={at} />
      </strong>
      , in {formatDuration(Math.ceil(seconds / 60) * 60)}
    </>
  );
}
