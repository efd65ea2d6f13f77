/**
 * A batch system in memory, behind our own interfaces, that can do what real ones do to us: lose
 * answers, hang, garble, hide jobs, forget them, requeue them, and be away altogether.
 */
import type { FileList } from "@fairway/contract/clusters.ts";
import { Cluster } from "../../clusters/cluster.ts";
import type { ClusterConfig } from "../../config/load.ts";
import { parseConfig } from "../../config/load.ts";
import { describeSubmission } from "../../schedulers/slurm/submission.ts";
import {
  type AppScript,
  type CallOptions,
  CancelRefused,
  type HistoryQuery,
  type Job,
  type JobKey,
  type JobList,
  type JobQuery,
  type JobRequest,
  type JobState,
  type LogSlice,
  type Scheduler,
  type SchedulerInsight,
  SchedulerUnavailable,
  SubmitRefused,
} from "../../schedulers/types.ts";
import { ExecError, type Forwards, type StreamVerb, type Transport } from "../../transports/types.ts";

type MemoryJob = { -readonly [Key in keyof Job]: Job[Key] } & { inQueue: boolean; request: JobRequest | null };

export interface Faults {
  /** What becomes of a submission; "hangs" waits for its abort or for `release`. */
  submit: "works" | "answer is lost" | "never arrives" | "refused" | "hangs";
  cancel: "works" | "fails" | "refused";
  queue: "works" | "away" | "garbled" | "shows nothing";
  accounting: "works" | "away" | "off";
  log: "works" | "away";
}

/** So much of a log is told at a time. */
const SLICE = 1000;

export const NODE = "127.0.0.1";
const OVER: readonly JobState[] = ["completed", "failed", "cancelled", "timeout", "out_of_memory", "node_fail", "preempted"];

export class MemoryCluster implements Scheduler {
  readonly id = "slurm";
  /** Before `createKnowledge` or a hub is made: set to a MemoryInsight for a cluster that tells of itself. */
  insight: SchedulerInsight | null = null;
  readonly jobs: MemoryJob[] = [];
  readonly faults: Faults = { submit: "works", cancel: "works", queue: "works", accounting: "works", log: "works" };
  readonly cluster: Cluster;
  /** Names of jobs whose submission is, as far as the transport can tell, still under way. */
  readonly submitting = new Set<string>();
  /** Accounts that its programs cannot resolve just now. */
  readonly unknownUsers = new Set<string>();
  submissions = 0;
  /** Cancellations that were refused. */
  refusals = 0;
  queries: JobQuery[] = [];
  cancelled: string[] = [];
  readonly streams: { readonly user: string; readonly verb: StreamVerb }[] = [];
  /** By session; ASCII. */
  readonly logs = new Map<string, string>();
  /** The offset of each reading of a log. */
  readonly logReadings: number[] = [];
  #release = Promise.withResolvers<void>();
  readonly #now: () => number;

  constructor(
    now: () => number,
    changes: Partial<ClusterConfig> = {},
    actsAs: Transport["actsAs"] = "user",
    forwards: Forwards | null = null,
  ) {
    this.#now = now;
    const nobody = () => Promise.reject(new Error("nothing is run here"));
    const transport: Transport = {
      exec: nobody,
      actAs: nobody,
      openStream: async (user, verb) => {
        if (this.faults.queue !== "works") throw new ExecError("away", ["ssh"]);
        this.streams.push({ user, verb });
        return { argv: ["cat"], env: {}, preamble: "its keys", release: async () => {} };
      },
      actsAs,
      accountOf: (user) => (actsAs === "user" ? user : "fairway"),
      asOperator: null,
      forwards,
      isSubmitting: async (name) => this.submitting.has(name),
    };
    this.cluster = new Cluster("main", { ...sampleClusterConfig(), ...changes }, this, transport);
  }

  readonly describeSubmission = describeSubmission;

  async readScript(_actAs: unknown, _user: string, app: string): Promise<AppScript> {
    return { path: `/usr/share/fairway/apps/${app}.sh`, text: `#!/bin/sh\n# the script of ${app}\n` };
  }

  async listFiles(_actAs: unknown, _user: string, path: string): Promise<FileList> {
    return { path: path === "" ? "/home/person" : path, parent: null, entries: [], isCut: false };
  }

  async submit(_actAs: unknown, request: JobRequest, { signal }: CallOptions): Promise<string> {
    this.submissions += 1;
    if (this.faults.submit === "hangs") await this.#hang(signal);
    // What it is by now: it may hang first and fail then.
    const fault = this.faults.submit;
    if (fault === "refused") throw new SubmitRefused("Invalid account or account/partition combination specified");
    if (fault === "never arrives") throw new SchedulerUnavailable("Unable to contact slurm controller");
    const job = this.add({
      name: request.jobName,
      user: this.cluster.transport.accountOf(request.user),
      comment: request.comment,
      request,
    });
    if (fault === "answer is lost") throw new SchedulerUnavailable("timeout: killed");
    return job.id;
  }

  async list(_exec: unknown, query: JobQuery): Promise<JobList> {
    this.queries.push(query);
    const { queue } = this.faults;
    if (queue === "away") throw new SchedulerUnavailable("Unable to contact slurm controller");
    if (queue === "garbled") throw new SchedulerUnavailable("squeue's answer was cut or garbled");
    const { users, namePrefix } = query;
    const unknownUsers = (users ?? []).filter((user) => this.unknownUsers.has(user));
    const known = users?.filter((user) => !this.unknownUsers.has(user)) ?? null;
    if (queue === "shows nothing") return { jobs: [], unknownUsers };
    const jobs = this.jobs
      .filter((job) => job.inQueue && job.name.startsWith(namePrefix) && (known === null || known.includes(job.user)))
      .map((job) => ({ ...toJob(job), comment: users === null ? job.comment : null }));
    return { jobs, unknownUsers };
  }

  async history(_exec: unknown, query: HistoryQuery): Promise<readonly Job[] | null> {
    if (this.faults.accounting === "off") return null;
    if (this.faults.accounting === "away") throw new SchedulerUnavailable("Unable to contact slurmdbd");
    const { jobIds, jobNames } = query;
    return this.jobs.filter((job) => jobIds.includes(job.id) || jobNames.includes(job.name)).map((job) => ({ ...toJob(job), restarts: 0 }));
  }

  async cancel(_actAs: unknown, user: string, { id: jobId, name }: JobKey): Promise<void> {
    if (this.faults.cancel === "fails") throw new SchedulerUnavailable("sudo: a password is required");
    if (this.faults.cancel === "refused") {
      this.refusals += 1;
      throw new CancelRefused("fairway launcher: not in an allowed group (hpc)");
    }
    this.cancelled.push(jobId);
    const job = this.jobs.find((candidate) => candidate.id === jobId);
    if (job === undefined || job.name !== name || OVER.includes(job.state)) return;
    if (job.user !== this.cluster.transport.accountOf(user)) throw new SchedulerUnavailable("Access/permission denied");
    this.end(jobId, "cancelled");
  }

  async readLog(_actAs: unknown, _user: string, session: string, offset: number): Promise<LogSlice> {
    this.logReadings.push(offset);
    if (this.faults.log === "away") throw new SchedulerUnavailable("sudo: timed out");
    const log = this.logs.get(session);
    if (log === undefined) return { text: "", nextOffset: 0, sizeBytes: 0, exists: false };
    const text = log.slice(offset, offset + SLICE);
    return { text, nextOffset: offset + text.length, sizeBytes: log.length, exists: true };
  }

  async version(): Promise<string> {
    return "memory";
  }

  /** A job of anybody's: how a test forges one. */
  add(job: Partial<MemoryJob> & { name: string; user: string }): MemoryJob {
    const added: MemoryJob = {
      id: String(100 + this.jobs.length),
      state: "pending",
      rawState: "PENDING",
      pendingReason: "Priority",
      node: null,
      submittedAt: this.#now(),
      startedAt: null,
      endsAt: null,
      restarts: 0,
      exitCode: null,
      comment: null,
      inQueue: true,
      request: null,
      ...job,
    };
    this.jobs.push(added);
    return added;
  }

  job(id: string): MemoryJob {
    const found = this.jobs.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`no job ${id}`);
    return found;
  }

  run(id: string): void {
    Object.assign(this.job(id), { state: "running", rawState: "RUNNING", pendingReason: null, node: NODE, startedAt: this.#now() });
  }

  end(id: string, state: JobState, exitCode = 0): void {
    Object.assign(this.job(id), { state, rawState: state.toUpperCase(), exitCode });
  }

  requeue(id: string): void {
    const { restarts } = this.job(id);
    Object.assign(this.job(id), { state: "pending", rawState: "PENDING", node: null, startedAt: null, restarts: restarts + 1 });
  }

  /** The queue forgets it, as Slurm does after MinJobAge; accounting does not. */
  leaveQueue(id: string): void {
    this.job(id).inQueue = false;
  }

  forget(id: string): void {
    this.jobs.splice(this.jobs.indexOf(this.job(id)), 1);
  }

  release(): void {
    this.#release.resolve();
    this.#release = Promise.withResolvers();
  }

  #hang(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new SchedulerUnavailable("aborted")), { once: true });
      this.#release.promise.then(resolve, reject);
    });
  }
}

function toJob({ inQueue: _inQueue, request: _request, ...job }: MemoryJob): Job {
  return job;
}

export const SAMPLE_CONFIG = `
listen: [{ address: 127.0.0.1, port: 8000 }]
sign_in: { pam: { cluster: main } }
clusters:
  main: { scheduler: slurm, act_as: sudo, callback_url: "https://hub.example", callback_ca: system }
profiles:
  - { name: small, title: Small, app: noop, cluster: main }
`;

export function sampleClusterConfig(): ClusterConfig {
  const config = parseConfig(SAMPLE_CONFIG).clusters.main;
  if (config === undefined) throw new Error("the sample has a cluster called main");
  return config;
}
