/** The lines of ssh_config by which stock ssh, and whatever uses it (VS Code, scp, rsync), reach a site's sessions. Pure. */
import type { SshAccess } from "@fairway/contract/ssh-access.ts";
import type { SshFolder } from "./ssh-folder.ts";

export interface HostBlock {
  readonly site: string;
  /** What people type after ssh. */
  readonly alias: string;
  readonly user: string;
  /** Names of open sessions, each of which gets an alias of its own; "" is the alias itself. */
  readonly sessions: readonly string[];
  readonly access: Pick<SshAccess, "host" | "port">;
  readonly folder: SshFolder;
  /** This program, for ssh to call: its words. */
  readonly program: readonly string[];
}

/**
 * ssh asks `exec` of a Match each time it connects: that renews the certificate in time, without a ProxyCommand in the
 * way of the bytes. `originalhost` comes first, so that nothing is run for other hosts.
 */
export function formatSshConfig({ site, alias, user, sessions, access, folder, program }: HostBlock): string {
  const named = sessions.filter((name) => name !== "");
  const aliases = [alias, ...named.map((name) => aliasOf(alias, name))];
  const renew = [...program, "certificate", "renew", "--quiet", "--url", site].map(quoteForShell).join(" ");
  const people = [alias, ...named].map((name, index) =>
    index === 0 ? `Host ${alias}\n  User ${user}` : `Host ${aliasOf(alias, name)}\n  User ${user}+${name}`,
  );
  return `${[
    `# ${site}: written by \`fairway ssh-config --write\`; the next one replaces it.`,
    `Match originalhost ${aliases.join(",")} exec "${renew}"`,
    `  CertificateFile ${quote(folder.certificate)}`,
    ...people,
    `Host ${aliases.join(" ")}`,
    ...formatOptions(access, folder).map(([name, value]) => `  ${name} ${value}`),
  ].join("\n")}\n`;
}

/** For `ssh -o`: without the names of hosts. */
export function formatOptions(access: Pick<SshAccess, "host" | "port">, folder: SshFolder): readonly (readonly [string, string])[] {
  return [
    ["HostName", access.host],
    ["Port", String(access.port)],
    ["IdentityFile", quote(folder.key)],
    ["IdentitiesOnly", "yes"],
    ["UserKnownHostsFile", quote(folder.knownHosts)],
    ["StrictHostKeyChecking", "yes"],
    ["ServerAliveInterval", "30"],
    ["ServerAliveCountMax", "4"],
  ];
}

/** The certificate is apart: in a file it depends on its renewal. */
export function certificateOption(folder: SshFolder): readonly [string, string] {
  return ["CertificateFile", quote(folder.certificate)];
}

/** How ssh names a person and one of their sessions to the door. */
export function doorUser(user: string, session: string): string {
  return session === "" ? user : `${user}+${session}`;
}

function aliasOf(alias: string, session: string): string {
  return `${alias}--${session}`;
}

/** ssh_config knows `%` tokens in paths, and words in double quotes. */
function quote(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}

/** A word of the shell, inside double quotes of ssh_config, which has no way to write one of these itself. */
function quoteForShell(word: string): string {
  if (word.includes('"')) throw new Error(`a path with a double quote cannot stand in ssh_config: ${word}`);
  return `'${word.replaceAll("'", "'\\''").replaceAll("%", "%%")}'`;
}
