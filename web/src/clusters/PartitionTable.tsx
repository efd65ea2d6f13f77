/** Partitions side by side: what is free, what waits, how long one may stay; on a narrow screen each is a block. */
import type { PartitionOffer } from "@fairway/contract/clusters.ts";
import { TableHead } from "../common/TableHead.tsx";
import { toFree, toGpuText, toMemoryText, toNodeText, toTimeText } from "./offer-words.ts";
import css from "./PartitionTable.module.css";

interface PartitionTableProps {
  readonly partitions: readonly PartitionOffer[];
  readonly caption: string;
  /** Only what decides where to go now. */
  readonly isShort?: boolean;
  /** The one that the launch form has chosen. */
  readonly chosen?: string | null;
}

export function PartitionTable({ partitions, caption, isShort = false, chosen = null }: PartitionTableProps) {
  const hasGpus = partitions.some(({ gpus }) => gpus.length > 0);
  const columns = [
    ...["Partition", "Free CPUs", "On one node", "Free memory"],
    ...(hasGpus ? ["Free GPUs"] : []),
    "Waiting jobs",
    ...(isShort ? [] : ["Longest", "Nodes"]),
  ];
  return (
    <table className={css.table}>
      <caption className="visually-hidden">{caption}</caption>
      <TableHead columns={columns} />
      <tbody>
        {partitions.map((partition) => (
          <tr key={partition.name} data-partition={partition.name} data-refused={partition.refusal !== null}>
            <th scope="row">
              {partition.name}
              {partition.name === chosen ? <span className={css.mark}>chosen</span> : null}
              {partition.isDefault && partition.name !== chosen ? <span className={css.mark}>default</span> : null}
              {partition.refusal === null ? null : <p className={css.refusal}>{partition.refusal}</p>}
            </th>
            <td data-label="Free CPUs">{toFree(partition.cpus.free, partition.cpus.total)}</td>
            <td data-label="On one node">{partition.cpus.freeOnOneNode}</td>
            <td data-label="Free memory">{toMemoryText(partition.memory)}</td>
            {hasGpus ? <td data-label="Free GPUs">{toGpuText(partition.gpus) || "–"}</td> : null}
            <td data-label="Waiting jobs">{partition.pendingJobs ?? "–"}</td>
            {isShort ? null : (
              <>
                <td data-label="Longest">{toTimeText(partition)}</td>
                <td data-label="Nodes">{toNodeText(partition.nodes)}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
