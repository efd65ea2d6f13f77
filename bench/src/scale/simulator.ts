// A Slurm that runs nothing: one process behind the commands in slurm/, playing every job itself.
// argv: the folder for `port`, how many jobs run at a time, the account, the node's address.
// Prints how often each command was called, as a line of JSON, whenever a line comes in.
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { answerCall, parseCall } from "./answer.ts";
import { type RunningJob, startJob } from "./job.ts";
import { SimulatedQueue } from "./queue.ts";

const [folder = "", capacity = "0", account = "", address = ""] = process.argv.slice(2);
const running = new Map<string, Promise<RunningJob>>();
const calls = new Map<string, number>();

const queue = new SimulatedQueue(Number(capacity), Date.now, (job) => {
  if (job.isSilent) return;
  const started = startJob(job, address);
  running.set(job.id, started);
  started.catch((error: unknown) => process.stderr.write(`job ${job.id}: ${String(error)}\n`));
});

function onCancel(id: string): void {
  const job = running.get(id);
  running.delete(id);
  job?.then((one) => one.end(143)).catch((error: unknown) => process.stderr.write(`job ${id}, at its end: ${String(error)}\n`));
}

const server = createServer((socket) => {
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (!text.endsWith("\0\0")) return;
    const call = parseCall(text);
    calls.set(call.program, (calls.get(call.program) ?? 0) + 1);
    const { code, text: output } = answerCall(call, queue, { account, node: address }, onCancel);
    socket.end(`${code}\n${output}`);
  });
  // A command that was ended by its deadline: it has nobody to be told.
  socket.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const at = server.address();
  writeFileSync(join(folder, "port"), `${typeof at === "object" && at !== null ? at.port : 0}\n`);
  process.stdout.write("ready\n");
});
createInterface({ input: process.stdin }).on("line", () => process.stdout.write(`${JSON.stringify(Object.fromEntries(calls))}\n`));
