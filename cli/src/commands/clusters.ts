/** `fairway clusters`: what the clusters have, what of it is free, and what I may use of it. */
import type { ClusterOffer, PartitionOffer } from "@fairway/contract/clusters.ts";
import { formatBytes, formatDuration } from "@fairway/contract/describe-session.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { addCommand } from "../program.ts";
import { type Column, createPaint, formatTable, type Terminal, toLine } from "../terminal.ts";
import { formatMoment } from "../times.ts";

const COLUMNS: readonly Column<PartitionOffer>[] = [
  { title: "PARTITION", text: ({ name, isDefault }) => (isDefault ? `${name} (default)` : name) },
  { title: "FREE CORES", text: ({ cpus }) => `${cpus.free} of ${cpus.total}` },
  { title: "ON ONE NODE", text: ({ cpus }) => String(cpus.freeOnOneNode) },
  { title: "FREE MEMORY", text: ({ memory }) => `${toGb(memory.freeBytes)} of ${toGb(memory.totalBytes)}` },
  { title: "FREE GPUS", text: ({ gpus }) => gpus.map(({ type, free, total }) => `${free} of ${total} ${type ?? "GPU"}`).join(", ") },
  { title: "WAITING", text: ({ pendingJobs }) => (pendingJobs === null ? "" : String(pendingJobs)) },
  { title: "AT MOST", text: ({ maxTimeSeconds }) => (maxTimeSeconds === null ? "" : formatDuration(maxTimeSeconds)) },
  { title: "YOU", text: ({ refusal }) => refusal ?? "may use it" },
];

export function addClusters(program: Command, terminal: Terminal): void {
  addCommand(program, "clusters [name...]", "What is free, and what you may use of it", [
    "fairway clusters",
    "fairway clusters hpc --json",
  ]).action(async (wanted: readonly string[], options: CommonOptions) => {
    const client = connect(terminal, options);
    const names = wanted.length > 0 ? wanted : (await client.call("clusters")).clusters.map(({ name }) => name);
    const offers = await Promise.all(names.map((name) => client.call("cluster", { params: { name } })));
    if (options.json === true) return printJson(terminal, { clusters: offers });
    terminal.stdout.write(offers.map((offer) => format(offer, terminal, client.now())).join("\n"));
  });
}

function format(offer: ClusterOffer, { stdout, env }: Terminal, nowMs: number): string {
  const paint = createPaint(stdout, env);
  const { cluster, partitions, accounts, qos, reservations, freeAsOf } = offer;
  const away = cluster.awaySince === null ? "" : `: does not answer since ${formatMoment(cluster.awaySince, nowMs)}`;
  const age = freeAsOf === null ? [] : [`What is free was read ${formatDuration(Math.max(0, nowMs - freeAsOf) / 1000)} ago.`];
  const lines = [
    ...accounts.map(
      ({ name, isDefault, qos: allowed }) => `Account ${name}${isDefault ? " (default)" : ""}: QoS ${allowed.join(", ") || "any"}`,
    ),
    ...qos.filter(({ limits }) => limits.length > 0).map(({ name, limits }) => `QoS ${name}: ${limits.join("; ")}`),
    ...reservations.map(
      ({ name, startsAt, endsAt }) => `Reservation ${name}: ${formatMoment(startsAt, nowMs)} to ${formatMoment(endsAt, nowMs)}`,
    ),
    ...age,
  ];
  const table = partitions.length === 0 ? "" : formatTable(COLUMNS, partitions, paint);
  return `${paint(away === "" ? "good" : "warning", toLine(`${cluster.title} (${cluster.name})${away}`))}\n${table}${lines.map((line) => `${toLine(line)}\n`).join("")}`;
}

const toGb = (bytes: number) => formatBytes(Math.round(bytes / 2 ** 30) * 2 ** 30);
