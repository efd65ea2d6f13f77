// What tests and scripts use of the testbed.
export type { CommandResult } from "./command.ts";
export { TestbedError } from "./errors.ts";
export type { ExecOptions } from "./exec.ts";
export type { JoinedCluster } from "./joining.ts";
export type { Layout, NetworkShape, NodePlan, NodeRole, SlurmVersion, TestbedSpec } from "./layout.ts";
export { CALLBACK_PORT, findNode, PROXY_PORT, slurmVersions } from "./layout.ts";
export { type Paths, readPaths } from "./paths.ts";
export { demoPassword, type Person, people, services } from "./people.ts";
export { readStatus, type TestbedStatus } from "./status.ts";
export { downTestbed, openTestbed, purgeTestbeds, type Testbed, type TestbedOptions, upTestbed } from "./testbed.ts";
