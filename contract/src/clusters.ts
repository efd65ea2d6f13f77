/** What a cluster has, what of it this person may use, and what of that is free: read from the scheduler, never typed in. */
import { z } from "zod";
import { Cluster } from "./accounts.ts";

const EpochMs = z.number().int().nonnegative();

export const GpuOffer = z.object({ type: z.string().nullable(), total: z.number().int(), free: z.number().int() });

export const PartitionOffer = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  refusal: z.string().nullable().describe("why this person cannot use it, in a sentence; null: they can"),
  maxTimeSeconds: z.number().int().nullable().describe("null: no limit"),
  defaultTimeSeconds: z.number().int().nullable(),
  nodes: z.object({ total: z.number().int(), up: z.number().int(), idle: z.number().int() }),
  cpus: z.object({ total: z.number().int(), free: z.number().int(), freeOnOneNode: z.number().int() }),
  memory: z.object({ totalBytes: z.number().int(), freeBytes: z.number().int(), freeOnOneNodeBytes: z.number().int() }),
  gpus: z.array(GpuOffer),
  pendingJobs: z.number().int().nullable(),
});
export type PartitionOffer = z.infer<typeof PartitionOffer>;

export const AccountOffer = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  qos: z.array(z.string()),
  defaultQos: z.string().nullable(),
});
export type AccountOffer = z.infer<typeof AccountOffer>;

export const QosOffer = z.object({
  name: z.string(),
  limits: z.array(z.string()).describe("each in words: at most 2 running jobs a person"),
});
export type QosOffer = z.infer<typeof QosOffer>;

export const ReservationOffer = z.object({
  name: z.string(),
  partition: z.string().nullable(),
  startsAt: EpochMs,
  endsAt: EpochMs,
});
export type ReservationOffer = z.infer<typeof ReservationOffer>;

export const ClusterOffer = z.object({
  cluster: Cluster,
  partitions: z.array(PartitionOffer),
  accounts: z.array(AccountOffer),
  qos: z.array(QosOffer),
  reservations: z.array(ReservationOffer),
  rulesAsOf: EpochMs.nullable().describe("when partitions, accounts and QoS were read; null: not yet, or this scheduler has none"),
  freeAsOf: EpochMs.nullable().describe("when what is free was read"),
});
export type ClusterOffer = z.infer<typeof ClusterOffer>;

export const FileQuery = z.object({ path: z.string().max(1000).default("") }).strict();

/** One folder of the person's on the cluster, as a file picker shows it. */
export const FileList = z.object({
  path: z.string().describe("absolute"),
  parent: z.string().nullable(),
  entries: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["folder", "file"]),
      sizeBytes: z.number().int().nullable(),
      modifiedAt: EpochMs,
    }),
  ),
  isCut: z.boolean().describe("there are more entries than are shown"),
});
export type FileList = z.infer<typeof FileList>;
