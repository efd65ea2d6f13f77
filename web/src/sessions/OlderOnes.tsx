/** At the end of a list that loads page by page: the next page. */
import { Button } from "@mantine/core";
import { ErrorNote } from "../common/ErrorState.tsx";
import type { useHistory } from "../hooks.ts";

export function OlderOnes({ query }: { readonly query: ReturnType<typeof useHistory> }) {
  return (
    <>
      <ErrorNote error={query.isFetchNextPageError ? query.error : null} />
      {query.hasNextPage ? (
        <Button variant="default" size="xs" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
          Load older ones
        </Button>
      ) : null}
    </>
  );
}
