import { AppError } from "@fairway/contract/errors.ts";
import type { JobView, LogChunk, Session } from "@fairway/contract/sessions.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Ran, runCli, startCli } from "./testing/run-cli.ts";
import { PROFILE, sampleSession } from "./testing/sample.ts";
import { type Answers, startSite, type TestSite } from "./testing/site.ts";

const NOW = 1_790_000_000_000;
const job: JobView = {
  id: "7",
  state: "RUNNING",
  pendingReason: null,
  node: "c2",
  submittedAt: NOW,
  startedAt: NOW,
  endsAt: NOW + 11_520_000,
  restarts: 0,
};
const first = sampleSession({ id: "aaaaaaaaaaaa", state: "ready", job });
const second = sampleSession({
  id: "bbbbbbbbbbbb",
  name: "second",
  state: "pending",
  job: { ...job, id: "8", state: "PENDING", pendingReason: "Resources", node: null, endsAt: null },
  url: "/user/alice/second/",
});
const gone = sampleSession({ id: "cccccccccccc", name: "old", state: "ended", reason: "walltime" });

let site: TestSite | undefined;
afterEach(async () => {
  await site?.close();
  site = undefined;
});

async function run(argv: readonly string[], sessions: readonly Session[], answers: Answers = {}): Promise<Ran & { site: TestSite }> {
  const find = (id: string | undefined): Session => {
    const found = sessions.find((session) => session.id === id);
    if (found === undefined) throw new AppError("not_found", "There is no such session.");
    return found;
  };
  const started = await startSite({
    // As the hub does: those that began last first, and no more than were asked for.
    listSessions: ({ query }) => {
      const shown = sessions.filter(({ state }) => query.show === "all" || (state === "ended") === (query.show === "ended"));
      return { now: NOW, sessions: shown.sort((a, b) => b.createdAt - a.createdAt).slice(0, Number(query.limit)) };
    },
    session: ({ params }) => find(params.id),
    stop: ({ params }) => sampleSession({ ...find(params.id), state: "stopping" }),
    profiles: () => ({ profiles: [PROFILE] }),
    ...answers,
  });
  site = started;
  const env = { FAIRWAY_URL: started.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" };
  return { ...(await runCli(argv, env)), site: started };
}

describe("fairway ls", () => {
  it("lists open sessions in aligned columns, without colour for a pipe", async () => {
    const { code, stdout } = await run(["ls"], [first, second, gone]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "ID            NAME       PROFILE              STATE    CLUSTER  JOB  NODE  LEFT        WHY",
        "aaaaaaaaaaaa  (default)  JupyterLab, 2 cores  Ready    Testbed  7    c2    3 h 12 min",
        "bbbbbbbbbbbb  second     JupyterLab, 2 cores  Waiting  Testbed  8                      It is next in line and waits for resources to become free. (Resources)",
        "",
      ].join("\n"),
    );
  });

  it("shows the ended ones too with --all, and the API's own answer as JSON", async () => {
    const { stdout } = await run(["ls", "--all", "--json"], [first, gone]);
    expect(JSON.parse(stdout)).toEqual({ now: NOW, sessions: [first, gone] });
  });

  it("shows with --ended what was used, and the way to the next page", async () => {
    const usage = {
      elapsedSeconds: 600,
      cpuSeconds: 300,
      cpuFraction: 0.25,
      maxMemoryBytes: 2 ** 29,
      memoryFraction: 0.004,
      gpuFraction: null,
      hint: null,
    };
    const ended = sampleSession({ ...gone, endedAt: NOW - 3_600_000, createdAt: NOW - 7_200_000, usage });
    const older = sampleSession({ ...ended, id: "dddddddddddd", reason: "stopped", usage: null });
    const { stdout, stderr, site } = await run(["ls", "--ended", "--limit", "2"], [], {
      listSessions: () => ({ now: NOW, sessions: [ended, older] }),
    });
    expect(stdout).toBe(
      [
        "ID            NAME  PROFILE              STATE        ENDED      RAN     CPU   MEMORY              GPU  WHY",
        "cccccccccccc  old   JupyterLab, 2 cores  Time was up  13:13 UTC  10 min  25 %  512 MB (under 1 %)       Ended at its limit of 1 h. Saved files are kept; unsaved changes may be lost.",
        "dddddddddddd  old   JupyterLab, 2 cores  Stopped      13:13 UTC",
        "",
      ].join("\n"),
    );
    expect(stderr).toBe("Older ones: fairway ls --ended --limit 2 --before dddddddddddd\n");
    expect(site.asked[0]?.query).toEqual({ show: "ended", limit: "2" });
  });

  it("goes on before the last one of the page before", async () => {
    const last = sampleSession({ ...gone, createdAt: 4711 });
    const { code, site } = await run(["ls", "--ended", "--before", last.id, "--json"], [last]);
    expect(code).toBe(0);
    expect(site.asked.at(-1)?.query).toEqual({ show: "ended", limit: "200", before: "4711" });
  });

  it.each(["0", "201", "many"])("has no page of %s: 2", async (limit) => {
    expect((await run(["ls", "--limit", limit], [])).code).toBe(2);
  });

  it("says what to do when there is nothing", async () => {
    const { code, stdout, stderr } = await run(["ls"], []);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("fairway launch PROFILE");
  });
});

describe("which session is meant", () => {
  it("is the only open one", async () => {
    const { stdout, site } = await run(["open"], [first, gone]);
    expect(stdout).toBe(`${site.url}user/alice/\n`);
  });

  it.each(["second", "bbbbbbbbbbbb"])("is the one called %s", async (wanted) => {
    const { stdout, stderr, site } = await run(["open", wanted], [first, second, gone]);
    expect(stdout).toBe(`${site.url}user/alice/second/\n`);
    expect(stderr).toContain("It is not ready yet (Waiting)");
  });

  it("cannot be guessed among several: 2", async () => {
    const { code, stderr } = await run(["open"], [first, second]);
    expect(code).toBe(2);
    expect(stderr).toContain("bbbbbbbbbbbb  second  JupyterLab  Waiting");
  });

  it.each([[["open"]], [["open", "nowhere"]], [["open", "zzzzzzzzzzzz"]]])("is none of them, %j: 5", async (argv) => {
    expect((await run(argv, [gone])).code).toBe(5);
  });

  it("is the one that ended last, not the one that began last", async () => {
    const long = sampleSession({ ...gone, createdAt: NOW - 9_000, endedAt: NOW });
    const short = sampleSession({ ...gone, id: "dddddddddddd", createdAt: NOW - 5_000, endedAt: NOW - 4_000 });
    for (const argv of [["show"], ["show", "old"]]) {
      const { stdout } = await run([...argv, "--json"], [short, long], { alternatives: () => ({ alternatives: [], asOf: null }) });
      expect(JSON.parse(stdout)).toMatchObject({ session: { id: long.id } });
      await site?.close();
    }
    const { code, site: asked } = await run(["relaunch", "--no-wait"], [short, long], { relaunch: () => first });
    expect([code, asked.asked.at(-1)?.params.id]).toEqual([0, long.id]);
  });

  it("is the only open one, however many have begun and ended since", async () => {
    const since = Array.from({ length: 200 }, (_, at) => sampleSession({ ...gone, id: `eeeeeeeee${200 + at}`, createdAt: NOW + 1 + at }));
    const { stdout, site } = await run(["open"], [...since, first]);
    expect(stdout).toBe(`${site.url}user/alice/\n`);
  });

  it("has ended and cannot be opened: 1, and why", async () => {
    const { code, stderr } = await run(["open", "old"], [first, gone]);
    expect(code).toBe(1);
    expect(stderr).toContain("Ended at its limit of 1 h.");
  });
});

describe("fairway logs", () => {
  const log = "one\ntwo\nthree\n";
  const answers = (state: string): Answers => ({
    log: ({ query }) => {
      const offset = Number(query.offset);
      const text = log.slice(offset, offset + 5);
      return { text, offset, nextOffset: offset + text.length, sizeBytes: log.length, state };
    },
  });

  it("prints the whole log, piece by piece, of the last session when none is open", async () => {
    const { code, stdout } = await run(["logs"], [gone], answers("growing"));
    expect([code, stdout]).toEqual([0, log]);
  });

  it("follows it over its stream until it is complete, through a hub that restarts", async () => {
    const started = await startSite({ listSessions: () => ({ now: NOW, sessions: [first] }) });
    site = started;
    const env = { FAIRWAY_URL: started.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" };
    const running = startCli(["logs", "-f"], env);
    const chunk = (text: string, offset: number, state: LogChunk["state"]) => {
      const nextOffset = offset + text.length;
      return { text, offset, nextOffset, sizeBytes: nextOffset, state };
    };
    await started.streamOpened(1);
    started.pushLog(chunk("one\n", 0, "growing"));
    started.pushLog(chunk("two\n", 4, "growing"));
    await running.prints("two\n");
    started.breakStreams();
    await started.streamOpened(2);
    started.pushLog(chunk("three\n", 8, "complete"));
    const { code, stdout } = await running.done;
    expect([code, stdout]).toEqual([0, log]);
    const offsets = started.asked.filter(({ name }) => name === "logEvents").map(({ query }) => query.offset);
    expect(offsets).toEqual(["0", "8"]);
    expect(started.asked.map(({ name }) => name)).not.toContain("log");
  });

  it("prints each piece as a line of JSON", async () => {
    const { stdout } = await run(["logs", "--json"], [first], answers("complete"));
    const pieces = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(pieces.join("")).toBe(log);
  });

  it("says that there is none yet", async () => {
    const none: Answers = { log: () => ({ text: "", offset: 0, nextOffset: 0, sizeBytes: 0, state: "none" }) };
    const { code, stderr } = await run(["logs"], [second], none);
    expect(code).toBe(0);
    expect(stderr).toContain("There is no log yet");
  });
});

describe("fairway stop", () => {
  it("stops each once", async () => {
    const { code, stderr, site } = await run(["stop", "second", "aaaaaaaaaaaa", "bbbbbbbbbbbb"], [first, second]);
    expect(code).toBe(0);
    expect(site.asked.filter(({ name }) => name === "stop").map(({ params }) => params.id)).toEqual(["bbbbbbbbbbbb", "aaaaaaaaaaaa"]);
    expect(stderr).toContain("Asked Testbed to end job 8.");
  });

  it("stops nothing when one of the names is wrong", async () => {
    const { code, site } = await run(["stop", "second", "wrong"], [first, second]);
    expect(code).toBe(5);
    expect(site.asked.map(({ name }) => name)).not.toContain("stop");
  });

  const bothNames = ["second", "aaaaaaaaaaaa"];
  const toldIds = (of: TestSite) => of.asked.filter(({ name }) => name === "stop").map(({ params }) => params.id);

  it("tells all before it waits for one, and says on an interrupt what was told", async () => {
    const stopping = [first, second].map((session) => sampleSession({ ...session, state: "stopping" }));
    const find: Answers["stop"] = ({ params }) => stopping.find(({ id }) => id === params.id);
    site = await startSite({ listSessions: () => ({ now: NOW, sessions: [first, second] }), stop: find, session: find });
    const env = { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" };
    const running = startCli(["stop", ...bothNames, "--wait"], env);
    await site.streamOpened(1);
    expect(toldIds(site)).toEqual(["bbbbbbbbbbbb", "aaaaaaaaaaaa"]);
    running.interrupt();
    const { code, stderr } = await running.done;
    expect([code, stderr]).toEqual([130, expect.stringContaining("Told to stop: bbbbbbbbbbbb aaaaaaaaaaaa.")]);
  });

  it("says on an interrupt what was not told", async () => {
    let reached = (): void => {};
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    site = await startSite({
      listSessions: () => ({ now: NOW, sessions: [first, second] }),
      stop: ({ params }) => {
        if (params.id === second.id) return sampleSession({ ...second, state: "stopping" });
        reached();
        return new Promise(() => {});
      },
    });
    const running = startCli(["stop", ...bothNames], { FAIRWAY_URL: site.url, FAIRWAY_TOKEN: "right", HOME: "/nonexistent" });
    await isReached;
    running.interrupt();
    const { code, stderr } = await running.done;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining("Told to stop: bbbbbbbbbbbb. Not told, as far as is known: aaaaaaaaaaaa."),
    ]);
    expect(stderr).toContain("fairway stop aaaaaaaaaaaa\n");
  });

  it("tells the others when one fails, waits for them, and ends with the failure's code", async () => {
    const ended = sampleSession({ ...first, state: "ended", reason: "stopped" });
    const answers: Answers = {
      stop: ({ params }) => {
        if (params.id === second.id) throw new AppError("cluster_away", "The cluster does not answer.");
        return ended;
      },
      session: () => ended,
    };
    const { code, stdout, stderr, site } = await run(["stop", ...bothNames, "--wait", "--json"], [first, second], answers);
    expect([code, toldIds(site)]).toEqual([6, ["bbbbbbbbbbbb", "aaaaaaaaaaaa"]]);
    expect(JSON.parse(stdout)).toEqual({ sessions: [ended] });
    expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({
      error: "1 of 2 failed:\n  bbbbbbbbbbbb: The cluster does not answer.",
      problem: { code: "cluster_away" },
    });
  });

  it("prints nothing but the failure when nothing was stopped", async () => {
    const stop = () => {
      throw new AppError("not_allowed", "You may not.");
    };
    const { code, stdout, stderr } = await run(["stop", "--json"], [first], { stop });
    expect([code, stdout, JSON.parse(stderr)]).toEqual([4, "", expect.objectContaining({ error: "You may not.", exitCode: 4 })]);
  });

  it("waits until it has ended with --wait", async () => {
    let asked = 0;
    const session = (): Session => sampleSession({ ...first, state: asked++ === 0 ? "stopping" : "ended", reason: "stopped" });
    const { code, stdout } = await run(["stop", "--wait", "--json"], [first], {
      session: () => {
        const now = session();
        if (now.state === "stopping") setImmediate(() => site?.push(session()));
        return now;
      },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sessions: [{ id: "aaaaaaaaaaaa", state: "ended", reason: "stopped" }] });
  });
});

it("fairway profiles shows the options as they are typed", async () => {
  const { stdout } = await run(["profiles"], []);
  expect(stdout).toContain("cores=1..16 gpu=none|2 folder=TEXT");
});
