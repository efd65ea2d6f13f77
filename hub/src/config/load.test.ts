import { describe, expect, test } from "vitest";
import { type Config, parseConfig } from "./load.ts";
import { ConfigError } from "./problems.ts";

const OPTION = { name: "cores", label: "Cores", kind: "number", sets: "cpus", min: 1, max: 8, default: 1 };
const CLUSTER = { scheduler: "slurm", act_as: "sudo", callback_url: "https://hub.example:8443" };
const PROFILE = { name: "small", title: "Small", app: "jupyterlab", cluster: "main" };
const BASE = {
  listen: [{ address: "127.0.0.1", port: 8000 }],
  sign_in: { pam: { cluster: "main" } },
  clusters: { main: CLUSTER },
  profiles: [PROFILE],
};
/** Where nobody's password is checked by a cluster. */
const DEMO = { ...BASE, demo: true, sign_in: { demo_users: { alice: "x" } } };

/** YAML takes JSON. */
const parse = (file: object): Config => parseConfig(JSON.stringify(file));
const withCluster = (changes: object) => ({ ...BASE, clusters: { main: { ...CLUSTER, ...changes } } });
const withProfile = (changes: object) => ({ ...BASE, profiles: [{ ...PROFILE, ...changes }] });
const withOption = (changes: object) => withProfile({ options: [{ ...OPTION, ...changes }] });

/** "path: message" of each problem. */
function problems(file: object | string): string[] {
  try {
    parseConfig(typeof file === "string" ? file : JSON.stringify(file));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

test("the least that is needed, with its defaults, and nobody can change it", () => {
  const config = parse(BASE);
  expect(config).toMatchObject({
    base_url: "/",
    demo: false,
    limits: { sessions_per_user: 5 },
    clusters: { main: { pinned_tls: true, ports: { from: 20_000, to: 29_999 }, command_timeout: 30_000, node_address: "hostname" } },
    profiles: [{ resources: { cpus: 1 }, options: [] }],
  });
  expect(() => Object.assign(config.limits, { sessions_per_user: 99 })).toThrow(TypeError);
  expect(() => (config.profiles as unknown[]).push({})).toThrow(TypeError);
});

describe("an unknown key is an error, with what was probably meant", () => {
  test.each([
    [{ ...BASE, demoo: true }, 'demoo: is not known here; did you mean "demo"?'],
    [{ ...BASE, site: { nam: "x" } }, 'site.nam: is not known here; did you mean "name"?'],
    [{ ...BASE, listen: [{ address: "::1", prt: 1, port: 2 }] }, 'listen.0.prt: is not known here; did you mean "port"?'],
    [
      { ...BASE, listen: [{ port: 2, tls: { cert_file: "/c", key_fil: "/k", key_file: "/k" } }] },
      'listen.0.tls.key_fil: is not known here; did you mean "key_file"?',
    ],
    [withCluster({ pined_tls: false }), 'clusters.main.pined_tls: is not known here; did you mean "pinned_tls"?'],
    [withCluster({ slurm: { bindir: "/usr/bin" } }), 'clusters.main.slurm.bindir: is not known here; did you mean "bin_dir"?'],
    [{ ...BASE, apps: { rstudio: { probe_pth: "x" } } }, 'apps.rstudio.probe_pth: is not known here; did you mean "probe_path"?'],
    [withProfile({ resources: { cpu: 1 } }), 'profiles.0.resources.cpu: is not known here; did you mean "cpus"?'],
    [withOption({ maxx: 1 }), 'profiles.0.options.0.maxx: is not known here; did you mean "max"?'],
    [{ ...BASE, sign_in: { pam: { cluster: "main", lable: "x" } } }, 'sign_in.pam.lable: is not known here; did you mean "label"?'],
    [{ ...BASE, limits: { sessions: 3 } }, "limits.sessions: is not known here"],
  ])("%#", (file, expected) => {
    expect(problems(file).join("\n")).toContain(expected);
  });

  test("all of them at once", () => {
    expect(problems({ ...withCluster({ x1: 1 }), y1: 1 })).toHaveLength(2);
  });
});

describe("a file that cannot be read as one", () => {
  test.each([
    ["", ["listen", "sign_in", "clusters", "profiles"]],
    ["- a list", ["expected object"]],
    ["demo: true\ndemo: false\n", ["unique"]],
    ["demo: [", ["flow"]],
  ])("%j", (text, words) => {
    for (const word of words) expect(problems(text).join("\n").toLowerCase()).toContain(word);
  });

  test("names of clusters, apps, profiles and people have a form", () => {
    expect(problems({ ...BASE, clusters: { ...BASE.clusters, "../x": CLUSTER } }).join()).toContain("clusters");
    expect(problems(withProfile({ name: "Large!" })).join()).toContain("lower-case");
    expect(problems({ ...BASE, admins: ["root;"] }).join()).toContain("admins.0");
  });
});

describe("quantities", () => {
  test.each(["0s", "30", "5 m", "-1m", "1.5h", "9999999999d", "m"])("%j is no duration", (text) => {
    expect(problems(withProfile({ resources: { time: text } })).join()).toContain("profiles.0.resources.time");
  });
  test.each(["0G", "512", "4GB", "-1G", "1.5G"])("%j is no memory size", (text) => {
    expect(problems(withProfile({ resources: { memory: text } })).join()).toContain("profiles.0.resources.memory");
  });
  test.each(["80-1023", "20000-20010", "30000-20000", "60000-70000", "20000"])("%j is no range of ports", (text) => {
    expect(problems(withCluster({ ports: text })).join()).toContain("clusters.main.ports");
  });
  test("a command's time is within what a timer and the launcher take", () => {
    expect(problems(withCluster({ command_timeout: "30d" })).join()).toContain("at most 10m");
  });
  test.each([0, -1, 1.5, "2"])("%j is no number of cores", (cpus) => {
    expect(problems(withProfile({ resources: { cpus } })).join()).toContain("profiles.0.resources.cpus");
  });
  test.each([0, 65_536, "8000"])("%j is no port", (port) => {
    expect(problems({ ...BASE, listen: [{ port }] }).join()).toContain("listen.0");
  });
});

describe("references", () => {
  test("a cluster or an app that is not there, with the nearest name", () => {
    expect(problems(withProfile({ cluster: "mian" }))).toEqual(['profiles.0.cluster: there is no cluster "mian"; did you mean "main"?']);
    expect(problems(withProfile({ app: "jupyter-lab" })).join()).toContain('did you mean "jupyterlab"?');
    expect(problems(withProfile({ app: "matlab" })).join()).toContain("known: jupyterlab, noop");
    expect(problems({ ...BASE, sign_in: { pam: { cluster: "other" } } }).join()).toContain("sign_in.pam.cluster");
  });
  test("passwords through PAM need a cluster that asks as the person: nobody could sign in", () => {
    for (const cluster of [{ act_as: "service" }, { scheduler: "local", act_as: "service" }]) {
      const said = [expect.stringMatching(/^sign_in\.pam\.cluster: nobody could sign in by it: "main" has act_as: service/)];
      expect(problems(withCluster(cluster))).toEqual(said);
      expect(problems({ ...DEMO, clusters: { main: { ...CLUSTER, ...cluster } } })).toEqual([]);
    }
    expect(problems(withCluster({ act_as: "certificate", ssh: { hosts: ["login1"] } }))).toEqual([]);
  });
  test("an app of the site's own is one", () => {
    expect(problems({ ...withProfile({ app: "rstudio" }), apps: { rstudio: {} } })).toEqual([]);
  });
  test("two profiles of one name", () => {
    expect(problems({ ...BASE, profiles: [PROFILE, PROFILE] }).join()).toContain("profiles.1.name");
  });
});

describe("options of a profile: what could not be launched shows at the start", () => {
  const choice = (sets: string, ...values: unknown[]) => ({
    ...{ name: "c", label: "C", kind: "choice", sets, default: values[0] },
    choices: values.map((value) => ({ value, label: "x" })),
  });
  const text = (sets: string, pattern: string, more = {}) => ({ name: "t", label: "T", kind: "text", sets, pattern, ...more });
  const options = (...list: object[]) => problems(withProfile({ options: list })).join("\n");

  test.each([
    ["bounds that cross", { min: 5, max: 4 }, "min <= default <= max"],
    ["a default outside", { default: 9 }, "min <= default <= max"],
    ["a default between the steps", { step: 2, default: 4 }, "cannot be reached"],
    ["half a core (a row that could not be read again)", { min: 0.5 }, "profiles.0.options.0.default: cannot be reached"],
    ["half a core, by its default", { min: 0.5, default: 0.5 }, "cpus needs whole numbers"],
    ["half a core, by its step", { step: 0.5 }, "profiles.0.options.0.step"],
    ["no core at all", { min: 0 }, "cpus needs at least 1"],
    ["no memory at all", { sets: "memory_gb", min: 0 }, "memory_gb needs at least"],
    ["no time at all", { sets: "hours", min: 0 }, "hours needs at least"],
    ["a number for a name", { sets: "partition" }, "use kind choice or text"],
  ])("a number: %s", (_, changes, expected) => {
    expect(problems(withOption(changes)).join("\n")).toContain(expected);
  });
  test("no GPU is a number of GPUs, half an hour is a time", () => {
    expect(options({ ...OPTION, sets: "gpus", min: 0, default: 0 }, { ...OPTION, name: "h", sets: "hours", min: 0.5, step: 0.5 })).toBe("");
  });

  test.each([
    ["of words for a number", choice("cpus", "two"), "cpus needs numbers"],
    ["of what no job can have", choice("cpus", 1, 1.5), "choices.1.value"],
    ["of what a launcher refuses", choice("partition", "gpu;rm"), 'partition cannot be "gpu;rm"'],
    ["whose default is not among them", { ...choice("qos", "a"), default: "b" }, "is none of the choices"],
  ])("a choice %s", (_, option, expected) => {
    expect(options(option)).toContain(expected);
  });

  test.each([
    ["for a number", text("cpus", "[0-9]"), "use kind number or choice"],
    ["with a broken pattern", text("qos", "("), "not a valid regular expression"],
    ["whose default does not fit its pattern", text("qos", "[a-z]+", { default: "A" }), "does not fit"],
    ["whose default is too long", text("qos", "[a-z]+", { default: "abc", max_length: 2 }), "does not fit"],
    ["whose default no job can have", text("qos", ".+", { default: "a b" }), 'qos cannot be "a b"'],
  ])("a text %s", (_, option, expected) => {
    expect(options(option)).toContain(expected);
  });

  test.each([
    ["that sees into what comes behind", text("qos", "(?=a).*"), "(?:"],
    ["that grows without measure", text("qos", "((a{99}){99}){99}"), "grows too large"],
  ])("a text with a pattern %s", (_, option, expected) => {
    expect(options(option)).toContain(`options.0.pattern: `);
    expect(options(option)).toContain(expected);
  });

  const from = (source: string, sets: string, more = {}) => ({ name: "f", label: "F", kind: "choice", sets, from: source, ...more });
  test.each([
    ["without any", { ...choice("qos"), choices: [], default: "a" }, "Write choices, or from"],
    ["typed in as well", from("qos", "qos", { choices: [{ value: "a", label: "A" }] }), "either choices or from"],
    ["for another thing", from("accounts", "qos"), "from: accounts is for sets: account"],
    ["with a default that is no name", from("qos", "qos", { default: "a b" }), "options.0.default"],
    ["with a number as default", from("qos", "qos", { default: 1 }), "options.0.default"],
  ])("choices of the cluster's %s", (_, option, expected) => {
    expect(options(option)).toContain(expected);
  });
  test("choices of the cluster's: the default is its own", () => {
    expect(options(from("partitions", "partition"), { ...from("gpu_types", "gpu_type", { default: "a100" }), name: "g" })).toBe("");
  });

  const file = (picks: string, sets: string, more = {}) => ({ name: "f", label: "F", kind: "file", picks, sets, ...more });
  test.each([
    ["file for a folder", "jupyterlab", file("file", "working_directory"), "a file can only set open"],
    ["folder to open", "jupyterlab", file("folder", "open"), "a folder can only set working_directory"],
    ["file for an app that opens none", "noop", file("file", "open"), "only jupyterlab opens a file"],
    [
      "default that leads upwards",
      "noop",
      file("folder", "working_directory", { default: "../x" }),
      "options.0.default: must not lead upwards",
    ],
  ])("a %s", (_, app, option, expected) => {
    expect(problems(withProfile({ app, options: [option] })).join()).toContain(expected);
  });
  test("a file and a folder", () => {
    const both = [file("folder", "working_directory", { default: "work" }), { ...file("file", "open"), name: "n" }];
    expect(problems(withProfile({ app: "jupyterlab", options: both }))).toEqual([]);
  });

  const when = (option: string, ...is: unknown[]) => ({ when: { option, is } });
  test.each([
    ["of an option that comes later", [{ ...text("qos", "a*"), ...when("cores", 1) }, OPTION], 'no option before it is called "cores"'],
    ["of a misspelt option", [OPTION, { ...text("qos", "a*"), ...when("core", 1) }], 'did you mean "cores"?'],
    ["of itself", [{ ...OPTION, ...when("cores", 1) }], 'no option before it is called "cores"; before it: none'],
    ["beyond the bounds", [OPTION, { ...text("qos", "a*"), ...when("cores", 1, 99) }], "cores can never be 99"],
    ["of the wrong kind", [OPTION, { ...text("qos", "a*"), ...when("cores", "1") }], 'cores can never be "1"'],
    ["that is no choice", [choice("partition", "gpu"), { ...text("qos", "a*"), ...when("c", "gpus") }], 'c can never be "gpus"'],
  ])("a condition %s", (_, list, expected) => {
    expect(options(...list)).toContain(expected);
  });
  test("of two for one thing, when never both are asked", () => {
    const either = (name: string, ...is: unknown[]) => ({ ...OPTION, name, sets: "hours", ...when("cores", ...is) });
    expect(options(OPTION, either("few", 1, 2), either("many", 3, 4))).toBe("");
    expect(options(OPTION, either("few", 1, 2), either("many", 2, 3))).toContain("another option sets the time");
    expect(options(OPTION, either("few", 1, 2), { ...OPTION, name: "m", sets: "minutes" })).toContain("another option sets the time");
  });
  test.each(["next", "session-name"])("%s means something else in launch links", (name) => {
    expect(options({ ...OPTION, name })).toContain("has another meaning in launch links");
  });

  test("two of one name, or for one thing: the later would win unseen", () => {
    expect(options(OPTION, { ...OPTION, sets: "gpus" })).toContain('another option is called "cores"');
    expect(options(OPTION, { ...OPTION, name: "more" })).toContain("another option sets cpus");
    expect(options({ ...OPTION, sets: "hours" }, { ...OPTION, name: "m", sets: "minutes" })).toContain("another option sets the time");
  });
});

describe("groups that nobody can belong to", () => {
  const service = { ...DEMO, clusters: { main: { ...CLUSTER, act_as: "service" } } };
  const groups = { students: ["alice"] };
  const limits = (name: string) => ({ groups: { [name]: { sessions: 1 } } });
  test("where Unix groups do not count, a typing error shows", () => {
    expect(problems({ ...service, groups, limits: limits("student") }).join()).toContain("limits.groups.student: nobody can be meant");
    expect(problems({ ...service, groups, limits: limits("student") }).join()).toContain('did you mean "students"?');
    const profiles = [{ ...PROFILE, visible_to: ["students", "alice", "teachers"] }];
    expect(problems({ ...service, groups, profiles })).toEqual([expect.stringContaining("profiles.0.visible_to.2: nobody can be meant")]);
    expect(problems({ ...service, groups, limits: limits("students") })).toEqual([]);
  });
  test("where they do, any name may be one", () => {
    const site = { ...service, limits: limits("student"), profiles: [{ ...PROFILE, visible_to: ["staff"] }] };
    for (const how of [{ act_as: "sudo" }, { act_as: "certificate", ssh: { hosts: ["login1"] } }])
      expect(problems({ ...site, clusters: { main: { ...CLUSTER, ...how } } })).toEqual([]);
  });
});

describe("a cluster behind a login node", () => {
  const far = (changes: object) => problems({ ...BASE, clusters: { main: { ...CLUSTER, ...changes } } });
  test("its host is never an option of ssh's, and is there where something needs it", () => {
    expect(far({ ssh: { hosts: ["login1"] } })).toEqual([]);
    expect(far({ ssh: { hosts: ["-oProxyCommand=x"] } })).toHaveLength(1);
    expect(far({ act_as: "certificate" }).join()).toContain("act_as certificate needs ssh");
    expect(far({ route: "ssh" }).join()).toContain("route ssh needs ssh");
  });
  test("whose the jobs are is known, not guessed", () => {
    expect(far({ act_as: "service", ssh: { hosts: ["login1"] } }).join()).toContain("whose are the jobs?");
    const known = { ...CLUSTER, act_as: "service", ssh: { hosts: ["login1"], user: "fairway" } };
    expect(problems({ ...DEMO, clusters: { main: known } })).toEqual([]);
  });
});

describe("secrets and passwords", () => {
  test("nobody could sign in", () => {
    expect(problems({ ...BASE, sign_in: {} }).join()).toContain("nobody could sign in");
  });
  test("a plain password is for a demo alone, and the message does not repeat it", () => {
    const users = { demo_users: { alice: "hunter2", bob: `scrypt:${"x".repeat(20)}` } };
    const found = problems({ ...BASE, sign_in: users });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("sign_in.demo_users.alice");
    expect(found.join()).not.toContain("hunter2");
    expect(problems({ ...BASE, demo: true, sign_in: users })).toEqual([]);
  });
  test.each(["0.0.0.0", "192.0.2.7", "::", "localhost"])("passwords do not cross the network in clear: %s", (address) => {
    const listen = [{ address, port: 80 }];
    expect(problems({ ...BASE, listen }).join()).toContain("listen.0: passwords would cross");
    expect(problems({ ...BASE, listen, trusted_proxies: ["192.0.2.1"] })).toEqual([]);
    expect(problems({ ...BASE, listen: [{ address, port: 443, tls: "self_signed" }] })).toEqual([]);
  });
  test.each(["127.0.0.1", "::1"])("to this very machine they may: %s", (address) => {
    expect(problems({ ...BASE, listen: [{ address, port: 80 }, { socket: "/run/x.sock" }] })).toEqual([]);
  });
  test("a job's secrets do not, either", () => {
    expect(problems(withCluster({ callback_url: "http://hub.example" })).join()).toContain("must be https");
    const local = { scheduler: "local", act_as: "service", callback_url: "http://127.0.0.1:8000" };
    expect(problems({ ...DEMO, clusters: { main: local } })).toEqual([]);
  });
});

describe("addresses", () => {
  test("a job must know where to call", () => {
    expect(problems(withCluster({ callback_url: undefined })).join()).toContain("clusters.main.callback_url: is needed");
    expect(problems({ ...withCluster({ callback_url: undefined }), public_url: "https://hub.example/" })).toEqual([]);
  });
  test.each(["https://hub.example/jupyter/", "https://hub.example/?x", "https://me:pw@hub.example", "https://hub.example/#a"])(
    "%s holds more than an origin",
    (url) => {
      expect(problems({ ...BASE, public_url: url }).join()).toContain("public_url: holds more");
      expect(problems(withCluster({ callback_url: url })).join()).toContain("clusters.main.callback_url: holds more");
    },
  );
  test.each(["jupyter", "/jupyter", "/a b/", "//"])("%j is no base_url", (url) => {
    expect(problems({ ...BASE, base_url: url }).join()).toContain("base_url");
  });
  test("without pinned keys the node is known by the cluster's word alone", () => {
    expect(problems(withCluster({ pinned_tls: false }))).toEqual([]);
    for (const form of ["fqdn", "ip"])
      expect(problems(withCluster({ pinned_tls: false, node_address: form })).join()).toContain("clusters.main.node_address");
  });
  test("the local scheduler runs everybody as one account, and must be told to", () => {
    expect(problems({ ...BASE, clusters: { main: { ...CLUSTER, scheduler: "local" } } }).join()).toContain("set act_as to service");
  });
});
