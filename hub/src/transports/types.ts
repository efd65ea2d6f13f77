/**
 * Where commands run and as whom. A transport starts programs from an argv array; it never builds a
 * shell string, knows nothing of schedulers, and always ends what it started (deadline, abort).
 */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly stdin?: string;
  /** The whole environment of the program; what is not here is not there. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ExecOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Cut the output here (bytes of stdout and stderr each); 32 MiB unless told. */
  readonly maxBytes?: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command to its end. A non-zero exit code is a result, not an exception.
 * @throws ExecError when it could not be run to its end: not found, deadline, killed, aborted.
 */
export type Exec = (command: Command, options: ExecOptions) => Promise<ExecResult>;

/** "away": the machine where it should run cannot be reached; as far as is known nothing was run. */
export type ExecFailure = "not_found" | "timeout" | "killed" | "aborted" | "too_much_output" | "away";

/** Carries what an operator needs: program and arguments (never stdin or env), where, and why. */
export class ExecError extends Error {
  override readonly name = "ExecError";
  readonly failure: ExecFailure;
  readonly argv: readonly string[];
  readonly stderrTail: string;

  constructor(failure: ExecFailure, argv: readonly string[], detail: { stderrTail?: string; cause?: unknown } = {}) {
    super(`${argv[0] ?? "(nothing)"}: ${wordsOf(failure, detail.stderrTail ?? "")}`, { cause: detail.cause });
    this.failure = failure;
    this.argv = argv;
    this.stderrTail = detail.stderrTail ?? "";
  }
}

/** What is away is told with its reason: nothing else tells an operator which login node, and why. */
function wordsOf(failure: ExecFailure, stderrTail: string): string {
  return failure === "away" && stderrTail !== "" ? `away: ${stderrTail.trim()}` : failure.replaceAll("_", " ");
}

/**
 * What is done as the user, a closed list: the launcher (a small root-owned sh program of the site)
 * takes exactly these verbs. Values reach it as NAME=value lines on stdin, never through argv.
 */
export type UserVerb =
  | {
      readonly verb: "submit";
      readonly app: string;
      readonly options: readonly string[];
      readonly values: Readonly<Record<string, string>>;
    }
  /** A submission that submits nothing, to hear what the scheduler would say to it. */
  | { readonly verb: "trial"; readonly app: string; readonly options: readonly string[] }
  /** The job script of an app, as a submission would send it. */
  | { readonly verb: "script"; readonly app: string }
  | { readonly verb: "cancel"; readonly jobId: string; readonly jobName: string }
  | { readonly verb: "log"; readonly session: string; readonly offset: number; readonly maxBytes: number }
  /** One folder of the person's; "" is their home. */
  | { readonly verb: "files"; readonly path: string }
  | { readonly verb: "check-password"; readonly password: string };

/**
 * Done as the user, too, by a script of its own (hub/share/shells), but with input and output that go on for as long as somebody wants: an sshd for one
 * connection, as an inetd would start it. Its keys are of this one connection.
 */
export type StreamVerb =
  /** A person's shell on that very machine. */
  | { readonly verb: "login"; readonly keys: StreamKeys }
  /** Shells and commands inside a job, by the scheduler: for a node without an sshd. */
  | { readonly verb: "job"; readonly keys: StreamKeys; readonly jobId: string; readonly jobName: string };

export interface StreamKeys {
  /** The sshd's own, OpenSSH's form. */
  readonly hostKey: string;
  /** Who is let in, a line of authorized_keys. */
  readonly authorizedKey: string;
}

/** A program that takes a connection over: it is given the connection as its input and output, and ends with it. */
export interface Stream {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What has to come first on the connection; whoever opens it sends it. */
  readonly preamble: string;
  /** When it is over: what was opened for this alone. Never rejects. */
  readonly release: () => Promise<void>;
}

/** The launcher's exit code when it refused (a bad value, not an allowed person): nothing was done. */
export const LAUNCHER_REFUSED = 100;

/**
 * What has to be started, here, for a stream as `user`. Nothing is started yet. @throws ExecError "away", "aborted"
 */
export type OpenStream = (user: string, verb: StreamVerb, signal: AbortSignal) => Promise<Stream>;

/** Runs a verb as `user`. Same promises and errors as `Exec`. */
export type ActAs = (user: string, verb: UserVerb, options: ExecOptions) => Promise<ExecResult>;

export interface Transport {
  /** As the service account: queries. */
  readonly exec: Exec;
  readonly actAs: ActAs;
  /** Null: there is no machine where people could have shells: no login node, or none that we come to as them. */
  readonly openStream: OpenStream | null;
  /**
   * Runs the operator script (hub/share/operator) as the operator's account; LAUNCHER_REFUSED where it refused. Null: this
   * site has set up none. Same promises and errors as `Exec`.
   */
  readonly asOperator: ((args: readonly string[], options: ExecOptions) => Promise<ExecResult>) | null;
  /** "user": jobs belong to the person; "service": all to the service account, and the UI says so. */
  readonly actsAs: "user" | "service";
  /** The account a person's jobs run as. */
  accountOf(user: string): string;
  /**
   * Is a submission with this job name still under way, perhaps started by a hub that has died since? `startedAt`:
   * when it was last begun (epoch ms). Answers true whenever it cannot be sure.
   */
  isSubmitting(jobName: string, startedAt: number | null): Promise<boolean>;
  /** Ways from Unix sockets here to ports behind the login node. Null: this transport has no login node. */
  readonly forwards: Forwards | null;
}

export type Reach = { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly detail: string };

/**
 * Forwards on the standing connection to a login node: one Unix socket (0600) each, at a path that its id tells, so
 * that whoever comes up next knows it. They come back by themselves with the connection.
 */
export interface Forwards {
  pathOf(id: string): string;
  /** Idempotent. @throws ExecError while the login node cannot be reached */
  ensure(id: string, target: { readonly host: string; readonly port: number }): Promise<string>;
  /** Idempotent; the socket file goes, too. */
  remove(id: string): Promise<void>;
  /** Those that are wanted, after a restart: all others are removed. */
  keepOnly(ids: ReadonlySet<string>): Promise<void>;
  /** Does the login node come through to that port? "Refused" by the node itself counts as through. */
  tryReach(target: { readonly host: string; readonly port: number }, timeoutMs: number, signal?: AbortSignal): Promise<Reach>;
}
