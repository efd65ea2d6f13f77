/** A state as icon and word. The icons differ in shape, so that colour is never the only sign. */
import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleXFilled,
  IconHourglassLow,
  IconPlayerStopFilled,
} from "@tabler/icons-react";
import css from "./StateBadge.module.css";

type Tone = "busy" | "waiting" | "good" | "warning" | "bad" | "quiet";

const ICONS = {
  busy: IconCircleDashed,
  waiting: IconHourglassLow,
  good: IconCircleCheckFilled,
  warning: IconAlertTriangleFilled,
  bad: IconCircleXFilled,
  quiet: IconPlayerStopFilled,
} as const satisfies Record<Tone, unknown>;

interface StateBadgeProps {
  readonly tone: Tone;
  readonly label: string;
}

export function StateBadge({ tone, label }: StateBadgeProps) {
  const Icon = ICONS[tone];
  return (
    <span className={css.badge} data-tone={tone}>
      <Icon size={15} aria-hidden />
      {label}
    </span>
  );
}
