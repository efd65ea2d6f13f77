/** What would start at once instead of a session that waits, each one click away. */
import type { Alternative } from "@fairway/contract/launching.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { alternativesQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Moment } from "../common/Moment.tsx";
import { useLazyDialog } from "../hooks.ts";
import css from "./StartInstead.module.css";

const StartInsteadDialog = lazy(() => import("./StartInsteadDialog.tsx").then((module) => ({ default: module.StartInsteadDialog })));

interface StartInsteadProps {
  readonly session: Session;
  /** On a card, where the nearest one is enough. */
  readonly isShort?: boolean;
  readonly onStarted?: () => void;
}

export function StartInstead({ session, isShort = false, onStarted }: StartInsteadProps) {
  const { data } = useQuery(alternativesQuery(useApp(), session.id));
  const [chosen, setChosen] = useState<Alternative | null>(null);
  const dialog = useLazyDialog();
  if (data === undefined || data.alternatives.length === 0) return null;
  const shown = isShort ? data.alternatives.slice(0, 1) : data.alternatives;
  return (
    <div className={css.line}>
      <span>
        Start now instead:
        {data.asOf === null || isShort ? null : (
          <span className="dim small">
            {" "}
            (asked of the cluster, <Moment at={data.asOf} as="age" />)
          </span>
        )}
      </span>
      <ul className={css.choices}>
        {shown.map((alternative) => (
          <li key={alternative.line}>
            <Button
              variant="default"
              size="xs"
              leftSection={<IconBolt size={14} aria-hidden />}
              className={css.choice}
              onClick={() => {
                setChosen(alternative);
                dialog.open();
              }}
            >
              {alternative.line}
            </Button>
          </li>
        ))}
      </ul>
      {dialog.isLoaded && chosen !== null ? (
        <Suspense>
          <StartInsteadDialog
            session={session}
            alternative={chosen}
            isOpen={dialog.isOpen}
            onClose={dialog.close}
            {...(onStarted === undefined ? {} : { onStarted })}
          />
        </Suspense>
      ) : null}
    </div>
  );
}
