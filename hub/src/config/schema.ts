/**
 * The shape of fairway.yaml, with defaults, bounds and words (docs/configuration.md is made from it).
 * Every object is strict: an unknown key is an error (see `suggest.ts`), since a misspelt security
 * option must never mean "the default".
 */
import { ConfigName, UserName } from "@fairway/contract/names.ts";
import { CHOICE_SOURCES, OPTION_TARGETS } from "@fairway/contract/profiles.ts";
import { ROUTES } from "@fairway/contract/routes.ts";
import { z } from "zod";
import { SCHEDULER_IDS } from "../schedulers/types.ts";
import { AbsolutePath, Duration, MemorySize, PortRange } from "./quantities.ts";

const SlurmName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "letters, digits, '_', '.' and '-'");
const Title = z.string().min(1).max(80);
/** A group of `groups:`, or a Unix group of the cluster. */
const GroupName = z
  .string()
  .max(64)
  .regex(/^[a-z_][a-z0-9_.-]*$/, "a group name starts with a letter and holds a-z, 0-9, '_', '-' and '.'");

const Tls = z.union([
  z.literal("self_signed"),
  z.strictObject({
    cert_file: AbsolutePath.describe("the chain in PEM, our own certificate first"),
    key_file: AbsolutePath.describe("its key in PEM"),
  }),
]);

const Listener = z.union([
  z.strictObject({
    address: z.string().default("0.0.0.0").describe("which of this machine's addresses"),
    port: z.number().int().min(1).max(65_535).describe("which port"),
    tls: Tls.nullable()
      .default(null)
      .describe("the site's certificate; self_signed: one of Fairway's own authority; null: plain HTTP, for loopback or a trusted proxy"),
    ssh: z.boolean().default(false).describe("also takes SSH here, told by its first bytes, and hands it to the door"),
  }),
  z.strictObject({
    socket: AbsolutePath.max(99, "a Unix socket's path stays under 100 bytes").describe(
      "a Unix socket instead, behind the site's own proxy, whose X-Forwarded-* are believed",
    ),
    mode: z
      .string()
      .regex(/^0[0-7]{3}$/)
      .default("0660")
      .describe("the socket's file mode: who may connect"),
  }),
]);

const HostAndPort = z
  .string()
  .max(260)
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*):[1-9][0-9]{0,4}$/, "HOST:PORT");
const ProxyUrl = z
  .url({ protocol: /^https?$/ })
  .max(300)
  .describe("http://proxy.example.org:3128");
/** Never an option, never two words: it becomes an argument of ssh. */
const SshHost = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, "a host name, an address, or a Host of ssh_config");

const SshToCluster = z.strictObject({
  hosts: z.array(SshHost).min(1).max(8).describe("login nodes, by preference; names of ssh_config are fine"),
  port: z.number().int().min(1).max(65_535).optional().describe("ssh_config's, else 22, unless told"),
  user: UserName.optional().describe("the service account there; ssh_config's, else this account's name, unless told"),
  identity_file: AbsolutePath.optional().describe("its private key; ssh's own choice unless told"),
  known_hosts_file: AbsolutePath.optional().describe("the login nodes' host keys; ssh's own files unless told. An unknown key is refused"),
  config_file: AbsolutePath.optional().describe("an ssh_config of its own instead of the account's and the system's"),
  proxy_jump: SshHost.optional().describe("through this host"),
});

const Cluster = z
  .strictObject({
    title: Title.optional().describe("what people read; its name unless told"),
    scheduler: z.enum(SCHEDULER_IDS).describe("slurm; or local: processes of this very machine, for a demo or one person"),
    act_as: z
      .enum(["sudo", "certificate", "service"])
      .describe(
        "sudo: jobs run as the person, through the launcher; certificate: the same by a short-lived SSH certificate on the login node; service: all as the service account",
      ),
    ssh: SshToCluster.optional().describe("commands run on a login node, over the system's ssh; on this machine unless told"),
    route: z
      .enum(["auto", ...ROUTES])
      .default("auto")
      .describe(
        "how sessions are reached: direct to the node's port, ssh through the login node, a tunnel that the job opens; auto finds out",
      ),
    tunnel_to: HostAndPort.optional().describe(
      "where a job's tunnel dials: HOST:PORT; the host of callback_url and the door's port unless told",
    ),
    tunnel_proxy: z
      .url({ protocol: /^http$/ })
      .optional()
      .describe("the HTTP proxy (CONNECT) that stands between a node and tunnel_to: http://proxy:3128"),
    outbound: z
      .strictObject({
        http_proxy: ProxyUrl.optional(),
        https_proxy: ProxyUrl.optional(),
        no_proxy: z
          .string()
          .max(1000)
          .regex(/^[A-Za-z0-9_.,:*/-]*$/)
          .optional()
          .describe("what is reached without it: names and networks, with commas"),
      })
      .prefault({})
      .describe("the site's proxy for programs in sessions (HTTP_PROXY and so on in the job's environment)"),
    ssh_into_sessions: z.boolean().default(true).describe("sessions run an sshd of the person's own, for the door"),
    shells: z
      .strictObject({
        login: z.boolean().default(false).describe("people may open a terminal on the login node in their browser"),
        jobs: z.boolean().default(false).describe("sessions on nodes without an sshd are entered from the login node, by srun"),
        script: AbsolutePath.default("/usr/libexec/fairway/shells").describe("where install-node-files put it, on the login node"),
      })
      .optional()
      .describe("shells of people's own on the login node, where root there has installed them; none unless told"),
    launcher: AbsolutePath.default("/usr/libexec/fairway/launcher").describe("where install-node-files put it"),
    launcher_conf: AbsolutePath.optional().describe("only with act_as service: settings of the launcher"),
    apps_dir: AbsolutePath.default("/etc/fairway/apps").describe("prologues, epilogues and apps of the site, for the local scheduler"),
    callback_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("how a compute node reaches Fairway (https, without base_url); public_url unless told"),
    callback_ca: z
      .union([z.enum(["fairway", "system"]), AbsolutePath])
      .optional()
      .describe(
        "what a job trusts at callback_url: Fairway's own authority, what the node trusts, or a PEM file; fairway if a listener is self_signed, else system",
      ),
    node_address: z.enum(["hostname", "fqdn", "ip"]).default("hostname").describe("how a job names its node to us"),
    ports: PortRange.prefault("20000-29999").describe("where apps listen on the nodes; this machine must reach them"),
    pinned_tls: z.boolean().default(true).describe("false: plain HTTP to the node; anybody on it may then take a freed port"),
    slurm: z
      .strictObject({
        bin_dir: AbsolutePath.default("/usr/bin").describe("where squeue, sacct and the others are"),
        conf: AbsolutePath.optional().describe("slurm.conf, if it is not in Slurm's usual place"),
      })
      .prefault({})
      .describe("only for slurm"),
    command_timeout: Duration.refine((ms) => ms <= 600_000, "at most 10m")
      .prefault("30s")
      .describe("how long one command of the scheduler may take"),
    submit_concurrency: z.number().int().min(1).max(64).default(8).describe("so many submissions at a time, fairly among people"),
    submit_rate: z.number().positive().max(1000).default(50).describe("so many submissions a second at most; the others wait in line"),
    trials: z.boolean().default(true).describe("estimates by trial submissions (sbatch --test-only), as the person; each uses up a job id"),
    extend: z
      .strictObject({
        operator: UserName.describe("an account with operator rights in Slurm; the service account may run the operator script as it"),
        script: AbsolutePath.default("/usr/libexec/fairway/operator").describe("where install-node-files put it"),
        step: Duration.prefault("1h").describe("what one extension adds"),
        max_total: Duration.describe("no session's time limit is raised beyond this; the operator script has a maximum of its own"),
      })
      .optional()
      .describe("lets people raise a running session's time limit; nobody can unless told"),
  })
  .refine((cluster) => cluster.scheduler !== "local" || cluster.act_as === "service", {
    message: "the local scheduler runs everybody as the service account: set act_as to service",
  })
  .refine((cluster) => cluster.scheduler !== "local" || cluster.ssh === undefined, {
    message: "the local scheduler is on this machine: leave out ssh",
  })
  .refine((cluster) => cluster.shells === undefined || (cluster.ssh !== undefined && cluster.act_as !== "service"), {
    message: "shells are for a login node that is reached by ssh, as the person: set ssh, and act_as to sudo or certificate",
  })
  .refine((cluster) => cluster.act_as !== "certificate" || cluster.ssh !== undefined, {
    message: "act_as certificate needs ssh: certificates are for a login node",
  })
  .refine((cluster) => cluster.route !== "ssh" || cluster.ssh !== undefined, { message: "route ssh needs ssh: which login node?" })
  .refine((cluster) => cluster.act_as !== "service" || cluster.ssh === undefined || cluster.ssh.user !== undefined, {
    message: "act_as service over ssh needs ssh.user: whose are the jobs?",
  });

const App = z.strictObject({
  title: Title.optional().describe("what people read"),
  icon: z.string().max(40).nullable().default(null).describe("jupyter, code, desktop or terminal; by the app's name where it is null"),
  probe_path: z
    .string()
    .regex(/^[A-Za-z0-9/_.-]*$/)
    .optional()
    .describe("below the session's URL; answers 2xx or 3xx when the app is ready"),
  secret_header: z
    .string()
    .regex(/^[A-Za-z-]+$/)
    .optional()
    .describe("the header in which the edge shows the app its secret; X-Fairway-Secret unless told"),
  secret_format: z.string().includes("{secret}").optional().describe("that header's value; {secret} unless told"),
  start_timeout: Duration.prefault("10m").describe(
    "from the job's start until the app answers; neither the queue nor a node that is being switched on counts",
  ),
  activity: z
    .enum(["jupyter", "traffic"])
    .optional()
    .describe(
      "how to learn whether it is used: jupyter asks a Jupyter server itself, traffic counts what passes the gateway; unset: it is never idle",
    ),
});

const shared = {
  name: ConfigName.describe("as the API and the command line have it"),
  label: Title.describe("as the form has it"),
  help: z.string().max(200).optional().describe("a line below the field"),
  sets: z.enum(OPTION_TARGETS).describe("what it sets on the job"),
  when: z
    .strictObject({
      option: ConfigName.describe("an option before this one"),
      is: z
        .array(z.union([z.string().max(64), z.number()]))
        .min(1)
        .describe("its values with which this one is asked"),
    })
    .optional()
    .describe("asked only then; else it counts as not set"),
};
const Option = z.union([
  z.strictObject({
    ...shared,
    kind: z.literal("number").describe("a number within bounds"),
    min: z.number().describe("the least"),
    max: z.number().describe("the most"),
    step: z.number().positive().default(1).describe("counted from min"),
    default: z.number().describe("within the bounds"),
  }),
  z.strictObject({
    ...shared,
    kind: z.literal("choice").describe("one of a list"),
    choices: z
      .array(
        z.strictObject({
          value: z.union([z.string().max(64), z.number()]).describe("what the job gets"),
          label: Title.describe("what people read"),
        }),
      )
      .default([])
      .describe("what there is to choose from"),
    from: z.enum(CHOICE_SOURCES).optional().describe("instead of choices: what the cluster offers this person"),
    default: z.union([z.string(), z.number()]).default("").describe('the value of one of them; with from, "" is the person\'s default'),
  }),
  z.strictObject({
    ...shared,
    kind: z.literal("file").describe("a file or folder of the person's, chosen on the cluster"),
    picks: z.enum(["file", "folder"]).default("file").describe("which of both"),
    default: z.string().max(200).default("").describe('an absolute path, or below the home directory; "" leaves it unset'),
  }),
  z.strictObject({
    ...shared,
    kind: z.literal("text").describe("free text of a given form"),
    pattern: z
      .string()
      .max(200)
      .describe("a regular expression that the whole text must match; without look-around, back references and \\b"),
    max_length: z.number().int().min(1).max(200).default(100).describe("in characters"),
    default: z.string().default("").describe('"" leaves it unset'),
  }),
]);

const ProfileResources = z.strictObject({
  cpus: z.number().int().positive().default(1).describe("cores"),
  memory: MemorySize.optional().describe("the partition's default unless told"),
  gpus: z
    .strictObject({ type: SlurmName.optional().describe("as in GRES: a100"), count: z.number().int().positive().describe("how many") })
    .optional()
    .describe("none unless told"),
  time: Duration.optional().describe("the job's limit; the partition's default unless told"),
  partition: SlurmName.optional().describe("Slurm's default unless told"),
  account: SlurmName.optional().describe("the person's default unless told"),
  qos: SlurmName.optional().describe("the association's default unless told"),
  reservation: SlurmName.optional().describe("none unless told"),
});

const Profile = z.strictObject({
  name: ConfigName.describe("as the API and the command line have it"),
  title: Title.describe("what people read"),
  description: z.string().max(300).optional().describe("a sentence below it"),
  app: ConfigName.describe("jupyterlab, noop or one of apps"),
  cluster: ConfigName.describe("one of clusters"),
  resources: ProfileResources.prefault({}).describe("what every session of it gets"),
  options: z.array(Option).default([]).describe("what people may choose, within bounds; wins over resources"),
  working_directory: AbsolutePath.optional().describe("where the app starts; the person's home unless told"),
  pending_timeout: Duration.optional().describe("stops waiting in the queue after this; never unless told"),
  visible_to: z.array(GroupName).default([]).describe("groups and people that see it; everybody when empty"),
  extend: z.boolean().default(true).describe("may be extended, where the cluster allows it"),
  warn_before: z.array(Duration).max(5).optional().describe("warns so long before the end; the site's warnings unless told"),
  idle: z
    .strictObject({
      after: Duration.describe("stops it when its app has done nothing for so long"),
      warn_before: Duration.prefault("10m").describe("and warns this long before"),
    })
    .optional()
    .describe("never stopped for being idle unless told"),
});

const Door = z.strictObject({
  listen: z
    .array(
      z.strictObject({
        address: z.string().default("0.0.0.0").describe("which of this machine's addresses"),
        port: z.number().int().min(1).max(65_535).default(8022).describe("which port"),
      }),
    )
    .max(8)
    .prefault([{}])
    .describe("where ssh reaches the door; none with [], where a listener with ssh: true is the only way"),
  public_host: SshHost.optional().describe("what people type after ssh; the host of public_url unless told"),
  host_key_file: AbsolutePath.optional().describe("its host key (OpenSSH, Ed25519); made in state_dir unless told"),
  default_profile: ConfigName.optional().describe("launched for who connects and has no session; nothing is unless told"),
  connections_per_user: z.number().int().min(1).max(1000).default(20).describe("SSH connections of one person at a time"),
  agent_forwarding: z.boolean().default(false).describe("whether people's ssh agents may be forwarded into their sessions"),
  certificate_life: Duration.refine((ms) => ms <= 7 * 86_400_000, "at most 7d")
    .prefault("12h")
    .describe("how long a certificate of fairway login is valid"),
  banner: z.string().max(2000).optional().describe("what ssh shows before it asks for anything"),
});

const SecretFile = AbsolutePath.describe("a file (0600) with nothing else in it");

const Notify = z.strictObject({
  warn_before: z.array(Duration).max(5).prefault(["30m", "10m", "2m"]).describe("warns of a session's end so long before"),
  mail: z
    .strictObject({
      host: z.string().min(1).describe("the mail server"),
      port: z.number().int().min(1).max(65_535).default(587).describe("of its SMTP"),
      security: z.enum(["starttls", "tls", "none"]).default("starttls").describe("none: for a server on this machine"),
      user: z.string().optional().describe("for servers that ask for a sign-in"),
      password_file: SecretFile.optional(),
      from: z.string().min(3).describe('the sender: "Fairway <fairway@example.org>"'),
      to: z.string().includes("{user}").describe('where a person\'s mail goes: "{user}@example.org"'),
    })
    .optional()
    .describe("no mail unless told"),
  webhooks: z
    .array(
      z.strictObject({
        url_file: AbsolutePath.describe("a file (0600) that holds the URL: those of chat services are secrets"),
        secret_file: SecretFile.optional(),
      }),
    )
    .default([])
    .describe("each is sent every warning and end as JSON, signed (X-Fairway-Signature) where it has a secret"),
});

export const ConfigFile = z.strictObject({
  site: z
    .strictObject({
      name: Title.default("Fairway").describe("in the portal's header and on every page"),
      accent: z
        .string()
        .regex(/^#[0-9a-fA-F]{6}$/)
        .optional()
        .describe('the portal\'s one colour: "#0b6e99"'),
    })
    .prefault({})
    .describe("how the site presents itself"),
  demo: z.boolean().default(false).describe("allows plain passwords and plain HTTP; never for a real site"),
  base_url: z
    .string()
    .regex(/^\/([A-Za-z0-9_.-]+\/)*$/, "base_url starts and ends with '/'")
    .default("/")
    .describe('the path below which all of Fairway lives: "/jupyter/"'),
  public_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("what people type, without base_url; its origin may change things by cookie"),
  state_dir: AbsolutePath.default("/var/lib/fairway").describe("database, master key, certificates, the edge's snapshot"),
  runtime_dir: AbsolutePath.max(60).default("/run/fairway").describe("the sockets between hub and edge; private to the account"),
  listen: z.array(Listener).min(1).describe("where browsers, programs and jobs reach the edge"),
  door: Door.optional().describe("ssh into sessions, and jobs' tunnels; closed unless told"),
  trusted_proxies: z
    .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
    .default([])
    .describe("addresses or networks whose X-Forwarded-For, -Proto and -Host are believed"),
  web_dir: AbsolutePath.optional().describe("the built portal, if it is elsewhere"),
  database: z
    .strictObject({
      postgres_url_file: AbsolutePath.optional().describe("a file (0600) that holds the connection URL; SQLite in state_dir unless told"),
    })
    .prefault({})
    .describe("where the hub keeps what it must not forget"),
  sign_in: z
    .strictObject({
      demo_users: z.record(UserName, z.string().min(1)).optional().describe("name: scrypt hash; in demo mode also a plain password"),
      demo_notes: z.record(UserName, z.string().max(80)).default({}).describe("name: a note on the sign-in page, in demo mode"),
      pam: z
        .strictObject({
          cluster: ConfigName.describe("whose launcher checks it, as the person: not one with act_as service"),
          label: Title.default("Password").describe("the field's label"),
        })
        .optional()
        .describe("the site's own passwords, through PAM"),
    })
    .describe("at least one of pam and demo_users"),
  admins: z.array(UserName).default([]).describe("see and stop everybody's sessions"),
  clusters: z
    .record(ConfigName, Cluster)
    .refine((clusters) => Object.keys(clusters).length > 0, "at least one cluster is needed")
    .describe("by name: the batch systems"),
  apps: z.record(ConfigName, App).default({}).describe("by name: changes to the built-in apps, and apps of the site"),
  profiles: z.array(Profile).min(1).describe("what people can launch, in this order"),
  limits: z
    .strictObject({
      sessions_per_user: z.number().int().min(1).max(1000).default(5).describe("at a time, waiting ones included"),
      groups: z
        .record(
          GroupName,
          z.strictObject({
            sessions_per_user: z
              .number()
              .int()
              .min(0)
              .max(1000)
              .optional()
              .describe("of each member; the highest of somebody's groups counts"),
            sessions: z.number().int().min(0).optional().describe("of all its members together"),
          }),
        )
        .default({})
        .describe("by group, instead of the site's"),
    })
    .prefault({})
    .describe("on top of Slurm's own"),
  groups: z
    .record(GroupName, z.array(UserName))
    .default({})
    .describe("by name: who belongs to it, besides the members of a Unix group of that name"),
  notify: Notify.prefault({}).describe("how people hear of a session's end"),
  keep_history: Duration.prefault("400d").describe("sessions that ended longer ago are forgotten; audit log and people's own files stay"),
  log_level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("of the hub and the supervisor"),
});
export type ConfigFile = z.output<typeof ConfigFile>;
