/** A shell on a cluster's login node. It belongs to no session. */
import type { Cluster } from "@fairway/contract/accounts.ts";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { clustersQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { ButtonLink } from "../common/ButtonLink.tsx";
import { Moment } from "../common/Moment.tsx";
import { useFeed, useTitle } from "../hooks.ts";
import { TerminalFrame, TerminalMain } from "./TerminalFrame.tsx";
import css from "./TerminalPage.module.css";

export function LoginNodeTerminal({ name }: Pick<Cluster, "name">) {
  useFeed();
  const query = useQuery(clustersQuery(useApp()));
  const cluster = query.data?.clusters.find((candidate) => candidate.name === name) ?? null;
  useTitle(...(cluster === null ? ["Terminal"] : ["Terminal", `Login node of ${cluster.title}`]));
  return <TerminalMain query={query}>{() => <LoginNodeView key={name} name={name} cluster={cluster} />}</TerminalMain>;
}

interface LoginNodeViewProps {
  readonly name: string;
  readonly cluster: Cluster | null;
}

function LoginNodeView({ name, cluster }: LoginNodeViewProps) {
  const cache = useQueryClient();
  const [wasOpen, setWasOpen] = useState(false);
  // What somebody works in is not taken from the screen because the site's settings have changed.
  const canHave = cluster?.loginTerminals === true || wasOpen;
  return (
    <TerminalFrame
      title={
        <>
          Login node of{" "}
          <Link to="/clusters" data-back="">
            {cluster?.title ?? name}
          </Link>
        </>
      }
      note={
        canHave ? (
          <p className={css.note}>
            Everybody shares this machine: heavy work belongs into <Link to="/hub/home">a session</Link>.
          </p>
        ) : null
      }
      warnOf={null}
      notice={cluster !== null && canHave ? <AwayNotice cluster={cluster} /> : null}
      screen={
        canHave
          ? {
              place: { kind: "login-node", cluster: name },
              over: null,
              wayOut: <ClustersLink />,
              onOpen: () => setWasOpen(true),
              onFailure: () => void cache.invalidateQueries({ queryKey: ["clusters"] }),
            }
          : null
      }
      instead={<NoLoginShell name={name} cluster={cluster} />}
    />
  );
}

/** Its scheduler is away; whether the login node is, too, a shell finds out. */
function AwayNotice({ cluster: { title, awaySince, problem } }: { readonly cluster: Cluster }) {
  if (awaySince === null) return null;
  return (
    <section className={css.away} aria-label="State of the cluster">
      <p>
        {title} does not answer since <Moment at={awaySince} />. A shell can be tried all the same.
      </p>
      {problem === null ? null : <code>{problem}</code>}
    </section>
  );
}

function NoLoginShell({ name, cluster }: LoginNodeViewProps) {
  return (
    <section className={css.none}>
      {cluster === null ? (
        <>
          <h2>
            There is no cluster with the name <code>{name}</code>
          </h2>
          <p>The link may be old, or a letter may be missing.</p>
        </>
      ) : (
        <>
          <h2>{cluster.title} has no terminal on its login node</h2>
          <p>This site does not offer one there. A session on {cluster.title} has a terminal on its own node.</p>
        </>
      )}
      <div className={css.actions}>
        <ButtonLink size="sm" to="/hub/home">
          Your sessions
        </ButtonLink>
        <ClustersLink size="sm" />
      </div>
    </section>
  );
}

function ClustersLink({ size = "compact-sm" }: { readonly size?: "sm" | "compact-sm" }) {
  return (
    <ButtonLink size={size} variant="default" to="/clusters">
      The clusters
    </ButtonLink>
  );
}
