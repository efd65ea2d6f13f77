/**
 * The arguments of the system's ssh, for each of the ways we use it. Pure. What a site's ssh_config says of a login node
 * counts (jumps, ciphers, GSSAPI); what would widen what we do (forwardings, agents, terminals, commands) never does.
 */
export interface SshSettings {
  /** Login nodes, by preference. */
  readonly hosts: readonly string[];
  readonly port?: number | undefined;
  /** The service account there. */
  readonly user?: string | undefined;
  readonly identityFile?: string | undefined;
  readonly knownHostsFile?: string | undefined;
  readonly configFile?: string | undefined;
  readonly proxyJump?: string | undefined;
}

/** Somebody's own way in, instead of the service account's. */
export interface PersonLogin {
  readonly user: string;
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** Of an attempt to connect: TCP, the banner and the keys. */
const CONNECT_TIMEOUT_SECONDS = 10;
/** A connection on which nothing comes back is given up after three of these. */
const ALIVE_SECONDS = 15;

const FIXED = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "UpdateHostKeys=no",
  "ForwardAgent=no",
  "ForwardX11=no",
  "Tunnel=no",
  "ClearAllForwardings=yes",
  "PermitLocalCommand=no",
  "RemoteCommand=none",
  "RequestTTY=no",
  `ConnectTimeout=${CONNECT_TIMEOUT_SECONDS}`,
  "ConnectionAttempts=1",
  `ServerAliveInterval=${ALIVE_SECONDS}`,
  "ServerAliveCountMax=3",
];

export type MasterPurpose =
  /** Until it is told to end. `ciphers`: by preference; ssh's own order where they are not known. */
  | { readonly kind: "standing"; readonly ciphers?: readonly string[] }
  /** Until it has been idle for so long. */
  | { readonly kind: "person"; readonly login: PersonLogin; readonly idleSeconds: number };

/** A master in the background, at `socket`: ssh ends with 0 as soon as it is up. */
export function masterArgv(settings: SshSettings, host: string, socket: string, purpose: MasterPurpose): [string, ...string[]] {
  const login = purpose.kind === "person" ? personOptions(purpose.login) : serviceOptions(settings);
  return [
    "ssh",
    ...connectionOptions(settings, login),
    ...option("LogLevel=ERROR"),
    ...option("ControlMaster=yes"),
    ...option(`ControlPersist=${purpose.kind === "person" ? purpose.idleSeconds : "no"}`),
    ...(purpose.kind === "standing" && purpose.ciphers !== undefined ? option(`Ciphers=${purpose.ciphers.join(",")}`) : []),
    // Of the Unix sockets that forwards listen at: ours alone, and what a dead master left behind is in nobody's way.
    ...option("StreamLocalBindMask=0177"),
    ...option("StreamLocalBindUnlink=yes"),
    ...["-S", withoutTokens(socket), "-f", "-N", "-T", "--", host],
  ];
}

/** What ssh would use for this login node: all its settings, a line each. Nothing is connected. */
export function settingsArgv(settings: SshSettings, host: string): [string, ...string[]] {
  return ["ssh", ...connectionOptions(settings, serviceOptions(settings)), "-G", "--", host];
}

/**
 * Of the ciphers that site and system let ssh use, AES-GCM first: sessions are carried on this connection, and with
 * the AES of today's processors it costs a third less than ChaCha20, which ssh likes better. None is added.
 * @param answer what `settingsArgv` printed. @returns undefined where it does not tell
 */
export function readCiphers(answer: string): readonly string[] | undefined {
  const allowed = /^ciphers (\S+)$/m.exec(answer)?.[1]?.split(",");
  if (allowed === undefined) return undefined;
  const isGcm = (name: string) => /^aes\d+-gcm@openssh\.com$/.test(name);
  return [...allowed.filter(isGcm), ...allowed.filter((name) => !isGcm(name))];
}

/** One connection of its own that only looks whether `target` can be reached; its words on stderr tell. */
export function reachArgv(settings: SshSettings, host: string, target: string): [string, ...string[]] {
  const options = [...connectionOptions(settings, serviceOptions(settings)), ...option("LogLevel=DEBUG2")];
  return ["ssh", ...options, "-S", "none", "-W", target, "--", host];
}

/** A command over the master at `socket`. It never connects by itself, so it needs neither keys nor configuration. */
export function commandArgv(socket: string, command: string): [string, ...string[]] {
  return ["ssh", ...overMaster(socket), "-T", "--", "login", command];
}

/**
 * A command on a connection of its own: one that goes on for long shall not take one of the few sessions that the
 * standing one may have (sshd's MaxSessions).
 */
export function streamArgv(settings: SshSettings, host: string, command: string): [string, ...string[]] {
  const options = [...connectionOptions(settings, serviceOptions(settings)), ...option("LogLevel=ERROR")];
  return ["ssh", ...options, "-S", "none", "-T", "--", host, command];
}

/** A request to the master at `socket`. */
export function controlArgv(
  socket: string,
  request: "check" | "exit" | "forward" | "cancel",
  ...args: readonly string[]
): [string, ...string[]] {
  return ["ssh", ...overMaster(socket), "-O", request, ...args, "--", "login"];
}

/** `-L` from a Unix socket to a port behind the login node. */
export function forwardArgs(path: string, { host, port }: { readonly host: string; readonly port: number }): [string, string] {
  const escaped = path.replaceAll(/[\\:]/g, "\\$&");
  return ["-L", `${escaped}:${toTarget(host, port)}`];
}

export const toTarget = (host: string, port: number) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);

/** Where the master is gone, ssh would connect by itself: it shall fail instead. */
const overMaster = (socket: string) => [
  "-F",
  "none",
  "-S",
  withoutTokens(socket),
  ...option("ControlMaster=no"),
  ...option("ProxyCommand=false"),
];

function connectionOptions(settings: SshSettings, login: readonly string[]): string[] {
  return [
    ...baseOptions(settings, login),
    ...(settings.port === undefined ? [] : ["-p", String(settings.port)]),
    ...(settings.proxyJump === undefined ? [] : option(`ProxyCommand=${jumpCommand(settings, settings.proxyJump)}`)),
  ];
}

function baseOptions(settings: SshSettings, login: readonly string[]): string[] {
  return [
    ...(settings.configFile === undefined ? [] : ["-F", settings.configFile]),
    ...FIXED.flatMap(option),
    ...(settings.knownHostsFile === undefined
      ? []
      : [...option(`UserKnownHostsFile=${quoted(settings.knownHostsFile)}`), ...option("GlobalKnownHostsFile=/dev/null")]),
    ...login,
  ];
}

/**
 * ssh's own ProxyJump would not take our keys, known hosts and strictness along to the jump host. The service account
 * goes through it, whoever arrives at the login node.
 */
function jumpCommand(settings: SshSettings, jump: string): string {
  const options = [...baseOptions(settings, serviceOptions(settings)), ...option("LogLevel=ERROR")];
  const before = ["ssh", ...options, "-S", "none"].map((word) => withoutTokens(shellQuoted(word)));
  return [...before, "-W", "'[%h]:%p'", "--", jump].join(" ");
}

function serviceOptions({ user, identityFile }: SshSettings): string[] {
  return [
    ...(user === undefined ? [] : ["-l", user]),
    ...(identityFile === undefined ? [] : ["-i", identityFile, ...option("IdentitiesOnly=yes")]),
  ];
}

function personOptions({ user, keyFile, certificateFile }: PersonLogin): string[] {
  const files = ["-i", keyFile, ...option(`CertificateFile=${quoted(certificateFile)}`)];
  return ["-l", user, ...files, ...["IdentitiesOnly=yes", "IdentityAgent=none", "PreferredAuthentications=publickey"].flatMap(option)];
}

const option = (text: string): [string, string] => ["-o", text];
/** As ssh_config reads a value with spaces. */
const quoted = (path: string) => (/[\s"]/.test(path) ? `"${path.replaceAll('"', '\\"')}"` : path);
/** As ssh_config reads a literal percent sign. */
const withoutTokens = (text: string) => text.replaceAll("%", "%%");
const shellQuoted = (word: string) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
