/** `fairway certificate`: what `fairway login` fetched for ssh, on this machine and on others. */
import type { SshCertificate } from "@fairway/contract/ssh-access.ts";
import type { Command } from "commander";
import { type CommonOptions, connect, printJson } from "../cli.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { addCommand } from "../program.ts";
import { fetchCertificate, forgetCertificate, freshCertificate, validCertificate } from "../ssh-certificate.ts";
import { sshFolderOf } from "../ssh-folder.ts";
import { type Column, createPaint, formatTable, type Terminal } from "../terminal.ts";
import { formatMoment } from "../times.ts";

const QUIET_TIMEOUT_MS = 15_000;

interface RenewOptions extends CommonOptions {
  readonly now?: boolean;
  readonly quiet?: boolean;
}

export function addCertificate(program: Command, terminal: Terminal): void {
  const { env, stdout, stderr, signal, now } = terminal;
  const columns: readonly Column<SshCertificate>[] = [
    { title: "ID", text: ({ id }) => id },
    { title: "KEY", text: ({ fingerprint }) => fingerprint },
    { title: "SIGNED", text: ({ createdAt }) => formatMoment(createdAt, now()) },
    { title: "EXPIRES", text: ({ expiresAt }) => formatMoment(expiresAt, now()) },
  ];
  const certificate = program.command("certificate").description("List, renew and revoke your certificates").helpGroup("Account:");

  addCommand(certificate, "list", "List your certificates that are still valid", [
    "fairway certificate list",
    "fairway certificate list --json",
  ]).action(async (options: CommonOptions) => {
    const list = await connect(terminal, options).call("listCertificates");
    if (options.json === true) return printJson(terminal, list);
    stdout.write(formatTable(columns, list.certificates, createPaint(stdout, env)));
  });

  addCommand(certificate, "renew", "Fetch another certificate for this machine when the one here is half over", [
    "fairway certificate renew",
    "fairway certificate renew --quiet",
  ])
    .option("--now", "another one, however long the one here lasts")
    .option("--quiet", "say nothing when all is well: this is what ssh calls")
    .action(async (options: RenewOptions) => {
      if (options.quiet === true) return renewQuietly(terminal, options);
      const client = connect(terminal, options);
      const folder = sshFolderOf(env, client.site);
      const fresh = options.now === true ? null : freshCertificate(folder, now());
      const times = fresh ?? (await fetchCertificate(client, folder, signal)).times;
      if (options.json === true) return printJson(terminal, { ...times, file: folder.certificate, renewed: fresh === null });
      stderr.write(`${fresh === null ? "Renewed" : "Still good"}: valid until ${formatMoment(times.expiresAt, now())}.\n`);
    });

  addCommand(certificate, "revoke <id...>", "Revoke certificates at once", [
    "fairway certificate revoke k3x9qa2mw4tz",
    "fairway certificate revoke ID1 ID2",
  ]).action(async (ids: readonly string[], options: CommonOptions) => {
    const client = connect(terminal, options);
    const folder = sshFolderOf(env, client.site);
    const here = validCertificate(folder, now())?.id;
    for (const id of ids) await client.call("revokeCertificate", { params: { id } });
    if (here !== undefined && ids.includes(here)) forgetCertificate(folder);
    if (options.json === true) return printJson(terminal, { revoked: ids });
    stderr.write(`Revoked: ${ids.join(", ")}. Connections that they opened are cut.\n`);
  });
}

/** ssh waits for this. A site that is away shall not keep it from a certificate that still counts. */
async function renewQuietly(terminal: Terminal, options: CommonOptions): Promise<void> {
  const { env, now } = terminal;
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(QUIET_TIMEOUT_MS)]);
  const client = connect({ ...terminal, signal }, options);
  const folder = sshFolderOf(env, client.site);
  if (freshCertificate(folder, now()) !== null) return;
  try {
    await fetchCertificate(client, folder, signal);
  } catch (error) {
    if (validCertificate(folder, now()) !== null) return;
    if (error instanceof CliFailure || terminal.signal.aborted) throw error;
    throw new CliFailure(EXIT.timedOut, `${client.site.href} did not answer in time.`, { cause: error });
  }
}
