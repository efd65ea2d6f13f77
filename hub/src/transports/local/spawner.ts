/**
 * Starts programs through a small process of our own. To start one, the kernel copies the page tables of
 * whoever starts it: with a hub of 200 MB that takes 3 ms of CPU and holds everybody up for 8 and more;
 * with this process it takes 0.5 and holds nobody up. What happens to the program is `exec.ts`'s matter,
 * which runs there as it would here.
 *
 * The process is there from the first program on, ends with us however we end, and is started again
 * when it has died: what was under way then counts as killed, which says nothing of what it had done.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Command, type Exec, ExecError, type ExecFailure, type ExecOptions, type ExecResult } from "../types.ts";
import type { ExecSettings } from "./exec.ts";

export type SpawnerRequest =
  | {
      readonly kind: "run";
      readonly id: number;
      readonly command: Command;
      readonly options: Omit<ExecOptions, "signal">;
      readonly settings: ExecSettings;
    }
  | { readonly kind: "abort"; readonly id: number };

export type SpawnerAnswer =
  | { readonly id: number; readonly kind: "done"; readonly result: ExecResult }
  | { readonly id: number; readonly kind: "failed"; readonly failure: ExecFailure; readonly stderrTail: string };

type Settle = (answer: Omit<SpawnerAnswer & { kind: "done" }, "id"> | Omit<SpawnerAnswer & { kind: "failed" }, "id">) => void;

const program = fileURLToPath(new URL("spawner-main.ts", import.meta.url));

export class Spawner {
  #process: ChildProcess | null = null;
  readonly #pending = new Map<number, Settle>();
  #lastId = 0;
  #isClosed = false;

  /** As `createExec`, elsewhere. */
  readonly createExec = (settings: ExecSettings = {}): Exec => {
    return (command, options) => this.#run(command, options, settings);
  };

  /** What is still under way counts as killed, and so does whatever comes later. */
  close(): void {
    this.#isClosed = true;
    this.#process?.disconnect();
    this.#process = null;
    this.#failAll();
  }

  #run(command: Command, { signal, ...options }: ExecOptions, settings: ExecSettings): Promise<ExecResult> {
    if (signal?.aborted) return Promise.reject(new ExecError("aborted", command.argv, { cause: signal.reason }));
    if (this.#isClosed) return Promise.reject(new ExecError("killed", command.argv));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#send({ kind: "abort", id });
      this.#pending.set(id, (answer) => {
        signal?.removeEventListener("abort", onAbort);
        if (answer.kind === "done") return resolve(answer.result);
        reject(new ExecError(answer.failure, command.argv, { stderrTail: answer.stderrTail, cause: signal?.reason }));
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#send({ kind: "run", id, command, options, settings });
    });
  }

  #send(request: SpawnerRequest): void {
    this.#process ??= this.#start();
    // It must not hold up our own end while nothing is under way.
    this.#process.channel?.ref();
    this.#process.send(request, (error) => {
      if (error !== null) this.#settle(request.id, { kind: "failed", failure: "killed", stderrTail: "" });
    });
  }

  #start(): ChildProcess {
    // Structured clones: output of megabytes is not made JSON on the way. Its own environment is nobody's.
    const child = fork(program, { serialization: "advanced", env: {}, execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    child.unref();
    child.on("message", (message) => {
      const { id, ...answer } = message as SpawnerAnswer;
      this.#settle(id, answer);
    });
    const onGone = () => {
      if (this.#process !== child) return;
      this.#process = null;
      this.#failAll();
    };
    child.once("error", onGone);
    child.once("exit", onGone);
    return child;
  }

  #settle(id: number, answer: Parameters<Settle>[0]): void {
    const settle = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#process?.channel?.unref();
    settle?.(answer);
  }

  #failAll(): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, { kind: "failed", failure: "killed", stderrTail: "" });
  }
}
