/** One cluster. While it is away, the last that is known of it, with its age. */

import type { Cluster } from "@fairway/contract/accounts.ts";
import type { ClusterOffer } from "@fairway/contract/clusters.ts";
import { toTerminalSegment } from "@fairway/contract/terminal-place.ts";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { clusterQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { Loaded } from "../common/Loaded.tsx";
import { Moment } from "../common/Moment.tsx";
import { StateBadge } from "../sessions/StateBadge.tsx";
import { TerminalLink } from "../sessions/TerminalLink.tsx";
import { AWAY_WORDS } from "./away-words.ts";
import css from "./ClustersPage.module.css";
import { PartitionTable } from "./PartitionTable.tsx";

const SCHEDULERS = { slurm: "Slurm", local: "Processes on this host" } as const satisfies Record<Cluster["scheduler"], string>;

export function ClusterCard({ cluster }: { readonly cluster: Cluster }) {
  const offer = useQuery(clusterQuery(useApp(), cluster.name));
  const isAway = cluster.awaySince !== null;
  return (
    <article className={css.card} data-cluster={cluster.name}>
      <div className={css.head}>
        <h2>{cluster.title}</h2>
        <div className={css.state}>
          <StateBadge tone={isAway ? "warning" : "good"} label={isAway ? "Does not answer" : "Answers"} />
          {cluster.loginTerminals ? (
            <TerminalLink
              to="/terminal/$id"
              params={{ id: toTerminalSegment({ kind: "login-node", cluster: cluster.name }) }}
              aria-label={`Terminal on the login node of ${cluster.title}`}
              title="Terminal"
            />
          ) : null}
        </div>
      </div>
      {cluster.awaySince === null ? null : (
        <p>
          No answer since <Moment at={cluster.awaySince} />. {AWAY_WORDS}
        </p>
      )}
      {cluster.problem === null ? null : <p className={css.problem}>{cluster.problem}</p>}
      <Loaded query={offer} skeleton={[120]}>
        {(data) => <Offer offer={data} />}
      </Loaded>
      <dl className={css.facts}>
        <Fact label="Batch system">
          {SCHEDULERS[cluster.scheduler]}
          {cluster.version === null ? null : ` ${cluster.version}`}
        </Fact>
        <Fact label="Jobs run as">{cluster.actsAs === "user" ? "yourself" : "one service account, for everybody"}</Fact>
        <Fact label="Last answer">{cluster.lastSeenAt === null ? "none yet" : <Moment at={cluster.lastSeenAt} as="ago" />}</Fact>
        <Fact label="Name">
          <code>{cluster.name}</code>
        </Fact>
      </dl>
    </article>
  );
}

function Offer({ offer }: { readonly offer: ClusterOffer }) {
  const { partitions, accounts, qos, reservations, freeAsOf, rulesAsOf } = offer;
  if (partitions.length === 0 && rulesAsOf === null) return null;
  return (
    <>
      {partitions.length === 0 ? (
        <p className="dim">It has no partition that you may see.</p>
      ) : (
        <div>
          <h3>
            Partitions{" "}
            {freeAsOf === null ? null : (
              <span className={css.age}>
                <Moment at={freeAsOf} as="age" />
              </span>
            )}
          </h3>
          <PartitionTable partitions={partitions} caption={`Partitions of ${offer.cluster.title}`} />
        </div>
      )}
      <dl className={css.facts}>
        {accounts.length === 0 ? null : (
          <Fact label="Your accounts">
            {accounts.map((account) => (
              <p key={account.name}>
                {account.name}
                {account.isDefault && accounts.length > 1 ? <span className="dim"> (default)</span> : null}
                {account.qos.length === 0 ? null : <span className="dim"> with QoS {account.qos.join(", ")}</span>}
              </p>
            ))}
          </Fact>
        )}
        {qos.every(({ limits }) => limits.length === 0) ? null : (
          <Fact label="Your limits">
            {qos.map(({ name, limits }) =>
              limits.length === 0 ? null : (
                <p key={name}>
                  {name}: {limits.join("; ")}
                </p>
              ),
            )}
          </Fact>
        )}
        {reservations.length === 0 ? null : (
          <Fact label="Reservations">
            {reservations.map(({ name, partition, startsAt, endsAt }) => (
              <p key={name}>
                {name}
                {partition === null ? "" : ` in ${partition}`}: <Moment at={startsAt} /> to <Moment at={endsAt} />
              </p>
            ))}
          </Fact>
        )}
      </dl>
    </>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
