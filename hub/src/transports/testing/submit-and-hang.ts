/** A hub in the middle of a submission, for tests to kill: LAUNCHER JOBNAME. */
import { createLocalTransport } from "../local/index.ts";

const [, , launcher = "", jobName = ""] = process.argv;
const transport = createLocalTransport({
  launcher,
  sudo: false,
  serviceAccount: "nobody",
  env: { FAIRWAY_LAUNCHER_CONF: process.env.CONF ?? "" },
});
const values = { FAIRWAY_SESSION: "zz22zz33zz55" };
await transport.actAs("alice", { verb: "submit", app: "noop", options: [`--job-name=${jobName}`], values }, { timeoutMs: 20_000 });
