/** Each cluster: does it answer, what of it is free, what of it is for me. */
import { useQuery } from "@tanstack/react-query";
import { clustersQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { useTitle } from "../hooks.ts";
import { ClusterCard } from "./ClusterCard.tsx";
import css from "./ClustersPage.module.css";

export function ClustersPage() {
  useTitle("Clusters");
  const clusters = useQuery(clustersQuery(useApp()));
  return (
    <>
      <h1 className={css.heading}>Clusters</h1>
      <Loaded query={clusters} skeleton={[280, 280]}>
        {(data) => (
          <div className={css.list}>
            {data.clusters.map((cluster) => (
              <ClusterCard key={cluster.name} cluster={cluster} />
            ))}
          </div>
        )}
      </Loaded>
    </>
  );
}
