import { expect, test } from "vitest";
import { toClientConf } from "./joining.ts";

test("a client elsewhere finds the head by address, its own plugins and its own munge", () => {
  const conf = "ClusterName=b\nSlurmctldHost=head\nAccountingStorageHost=head\nAccountingStorageType=accounting_storage/slurmdbd\n";
  expect(toClientConf(conf, "10.78.9.10", "/opt/slurm/b", "/run/munge-b/munge.socket.2").split("\n")).toEqual([
    "ClusterName=b",
    "SlurmctldHost=head(10.78.9.10)",
    "AccountingStorageHost=10.78.9.10",
    "AccountingStorageType=accounting_storage/slurmdbd",
    "",
    "PluginDir=/opt/slurm/b/plugins",
    "AuthInfo=socket=/run/munge-b/munge.socket.2",
    "AccountingStoragePass=/run/munge-b/munge.socket.2",
    "",
  ]);
});
