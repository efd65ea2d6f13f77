/** What a query gave: its data; a skeleton while there is none yet (after 300 ms); its error. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState } from "./ErrorState.tsx";
import css from "./Loaded.module.css";

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  /** Heights in px of what is to come, so that nothing moves when it does. */
  readonly skeleton: readonly number[];
  readonly children: (data: T) => ReactNode;
}

export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className={css.skeleton} aria-busy="true">
      {skeleton.map((height, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fixed row of blocks, never reordered
        <div key={index} className={css.block} style={{ height }} />
      ))}
      <span className="visually-hidden">Loading</span>
    </div>
  );
}
