/** How many sessions one has of how many one may have, and who says so. */
import { useMe } from "../hooks.ts";

export function LimitsText() {
  const limits = useMe().data?.limits;
  if (limits === undefined) return null;
  return (
    <span className="dim small">
      {limits.running} of {limits.allowed} allowed at a time, set by {limits.source}
    </span>
  );
}
