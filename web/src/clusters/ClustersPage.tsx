/** Each cluster: does it answer, since when, what it is, as whom jobs run. */
import type { Cluster } from "@fairway/contract/accounts.ts";
import { useQuery } from "@tanstack/react-query";
import { clustersQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import { useTitle } from "../hooks.ts";
import { StateBadge } from "../sessions/StateBadge.tsx";
import css from "./ClustersPage.module.css";

export function ClustersPage() {
  useTitle("Clusters");
  const clusters = useQuery(clustersQuery(useApp()));
  return (
    <>
      <h1 className={css.heading}>Clusters</h1>
      <Loaded query={clusters} skeleton={[130, 130]}>
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

const SCHEDULERS = { slurm: "Slurm", local: "Processes on this host" } as const satisfies Record<Cluster["scheduler"], string>;

function ClusterCard({ cluster }: { readonly cluster: Cluster }) {
  const isAway = cluster.awaySince !== null;
  return (
    <article className={css.card}>
      <div className={css.head}>
        <h2>{cluster.title}</h2>
        <StateBadge tone={isAway ? "warning" : "good"} label={isAway ? "Does not answer" : "Answers"} />
      </div>
      {cluster.awaySince === null ? null : (
        <p>
          No answer since <Moment at={cluster.awaySince} />. Running sessions go on; new ones wait and are sent when it is back.
        </p>
      )}
      {cluster.problem === null ? null : <p className={css.problem}>{cluster.problem}</p>}
      <dl>
        <div>
          <dt>Batch system</dt>
          <dd>
            {SCHEDULERS[cluster.scheduler]}
            {cluster.version === null ? null : ` ${cluster.version}`}
          </dd>
        </div>
        <div>
          <dt>Jobs run as</dt>
          <dd>{cluster.actsAs === "user" ? "yourself" : "one service account, for everybody"}</dd>
        </div>
        <div>
          <dt>Last answer</dt>
          <dd>{cluster.lastSeenAt === null ? "none yet" : <Moment at={cluster.lastSeenAt} as="ago" />}</dd>
        </div>
        <div>
          <dt>Name</dt>
          <dd>
            <code>{cluster.name}</code>
          </dd>
        </div>
      </dl>
    </article>
  );
}
