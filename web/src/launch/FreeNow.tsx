/** What is free on the profile's cluster at the moment, where this launch could go. */
import type { ClusterOffer } from "@fairway/contract/clusters.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import { useQuery } from "@tanstack/react-query";
import { clusterQuery } from "../api/queries.ts";
import { useApp } from "../app.ts";
import { PartitionTable } from "../clusters/PartitionTable.tsx";
import { Moment } from "../common/Moment.tsx";
import css from "./LaunchPage.module.css";

interface FreeNowProps {
  readonly profile: Profile;
  /** Where the launch goes as the form stands, as far as known. */
  readonly partition: string | null;
}

export function FreeNow({ profile, partition }: FreeNowProps) {
  const { data } = useQuery(clusterQuery(useApp(), profile.cluster.name));
  if (data === undefined || data.freeAsOf === null) return null;
  const partitions = toConcerned(profile, data, partition);
  if (partitions.length === 0) return null;
  return (
    <section className={css.free} aria-labelledby="free">
      <h2 id="free">Free on {profile.cluster.title}</h2>
      <span className="dim small">
        <Moment at={data.freeAsOf} as="age" />
      </span>
      <PartitionTable partitions={partitions} caption="Free resources by partition" isShort chosen={partition} />
    </section>
  );
}

/** Those that the form lets one choose, or the one it goes to; else all that this person may use. */
function toConcerned(profile: Profile, { partitions }: ClusterOffer, chosen: string | null): ClusterOffer["partitions"] {
  const usable = partitions.filter(({ refusal }) => refusal === null);
  const option = profile.options.find(({ sets }) => sets === "partition");
  if (option?.kind === "choice") {
    const names = new Set(option.choices.map(({ value }) => String(value)));
    return usable.filter(({ name }) => names.has(name) || name === chosen);
  }
  return chosen === null ? usable : partitions.filter(({ name }) => name === chosen);
}
