import { expect, test } from "vitest";
import { answerCall, parseCall } from "./answer.ts";
import { SimulatedQueue } from "./queue.ts";

function open(capacity: number) {
  const started: string[] = [];
  const cancelled: string[] = [];
  const queue = new SimulatedQueue(
    capacity,
    () => 1_700_000_000_000,
    (job) => started.push(job.id),
  );
  const site = { account: "root", node: "10.99.0.1" };
  const ask = (...words: string[]) => answerCall(parseCall(`${words.join("\0")}\0\0`), queue, site, (id) => cancelled.push(id));
  return { ask, started, cancelled };
}

test("jobs run while there is room, the next one when one has ended", () => {
  const { ask, started, cancelled } = open(1);
  expect(ask("sbatch", "--job-name=a", "FAIRWAY_SESSION=x=y")).toEqual({ code: 0, text: "1001\n" });
  expect(ask("sbatch", "--job-name=b")).toEqual({ code: 0, text: "1002\n" });
  expect(started).toEqual(["1001"]);
  ask("scancel", "1001");
  expect([started, cancelled]).toEqual([["1001", "1002"], ["1001"]]);
});

test("squeue pads as it is asked to, and knows ids and states", () => {
  const { ask } = open(1);
  ask("sbatch", "--job-name=a");
  ask("sbatch", "--job-name=b");
  expect(ask("squeue", "--Format=JobID:6|,State:9|", "--states=all").text).toBe("1001  |RUNNING  |\n1002  |PENDING  |\n");
  expect(ask("squeue", "--Format=Name:3,EndTime:12;", "--jobs=1001").text).toBe("a  1700003600  ;\n");
  expect(ask("squeue", "--format=%A,%P,%S;", "--states=PENDING").text).toBe("1002,batch,N/A;\n");
});

test("sacct closes each field, and finds by id or name", () => {
  const { ask } = open(1);
  ask("sbatch", "--job-name=a");
  ask("scancel", "1001");
  expect(ask("sacct", "--format=JobIDRaw,State,ExitCode", "--delimiter=|", "--name=a").text).toBe("1001|CANCELLED|0:0|\n");
  expect(ask("sacct", "--format=JobIDRaw", "--jobs=7").text).toBe("");
});

test("a silent job needs no room", () => {
  const { ask, started } = open(1);
  for (const slot of ["s1", "s2", "silent"]) ask("sbatch", "--job-name=a", `FAIRWAY_BASE_URL=/user/student01/${slot}/`);
  expect(started).toEqual(["1001", "1003"]);
});

test("what is not simulated fails, and says so", () => {
  const { ask } = open(1);
  expect(ask("sinfo").code).toBe(1);
  expect(ask("scontrol", "show", "burstbuffer").text).toContain("is not simulated");
  expect(ask("scontrol", "-o", "show", "node").text.split("\n")).toHaveLength(64);
});
