/** The operator's verbs as data: names, options, help. What each does is in the file of its name. */
import { Command } from "commander";
import { configFileFromEnvironment } from "../config/environment.ts";
import { checkConfig, showConfig } from "./config.ts";
import { backupDatabase, migrateDatabase, restoreDatabase } from "./db.ts";
import { type DoctorOptions, runDoctor } from "./doctor.ts";
import { prepareDoor } from "./door-config.ts";
import { prepareEdge } from "./edge-config.ts";
import { runHub } from "./hub.ts";
import { printJobScript } from "./job-script.ts";
import { serve } from "./serve.ts";
import { initSshAuthority, rotateSshAuthority, showSshAuthority } from "./ssh-ca.ts";
import { disableUser, enableUser } from "./user.ts";

const DEFAULT_CONFIG = "/etc/fairway/fairway.yaml";

export function createProgram(): Command {
  const program = new Command("fairway").description("Fairway's control plane: the operator's verbs").exitOverride().showHelpAfterError();
  const verb = (name: string, summary: string, parent = program) =>
    parent
      .command(name)
      .description(summary)
      .option("-c, --config <FILE>", "the configuration", configFileFromEnvironment() ?? DEFAULT_CONFIG)
      .exitOverride();

  verb("serve", "run hub, edge and door under one supervisor").action(async (options: { config: string }) => serve(options.config));
  verb("hub", "run the control plane alone (edge and door are units of their own)").action(async (options: { config: string }) =>
    runHub(options.config),
  );
  verb("doctor", "check what Fairway needs on this machine, line by line")
    .argument("[CLUSTER]", "only this cluster")
    .option("--user <NAME>", "also look into this person's home directory, as them, where commands run on a login node")
    .option("--probe", "by short jobs of that person: every route to CLUSTER's nodes (the running hub does it)")
    .option("--partition <NAME>", "where these jobs run")
    .option("--json", "as JSON")
    .action(async (cluster: string | undefined, options: DoctorOptions) => runDoctor(cluster, options));

  const config = program.command("config").description("the configuration").exitOverride();
  verb("check", "is it valid?", config).action((options: { config: string }) => checkConfig(options.config));
  verb("show", "every value, defaults included; no secrets", config).action((options: { config: string }) => showConfig(options.config));
  verb("edge", "write what the edge reads, and print where: for an edge that is another unit", config).action(
    async (options: { config: string }) => prepareEdge(options.config),
  );

  verb("door", "write what the door reads, and print where: for a door that is another unit", config).action(
    (options: { config: string }) => prepareDoor(options.config),
  );

  const db = program.command("db").description("the database").exitOverride();
  verb("migrate", "bring its schema up to date", db).action(async (options: { config: string }) => migrateDatabase(options.config));
  verb("backup", "write a copy, while Fairway runs", db)
    .argument("<FILE>")
    .action((file: string, options: { config: string }) => backupDatabase(options.config, file));
  verb("restore", "put a copy back, while Fairway is stopped", db)
    .argument("<FILE>")
    .action(async (file: string, options: { config: string }) => restoreDatabase(options.config, file));

  const user = program.command("user").description("who may come in").exitOverride();
  verb("disable", "shut somebody out at once: sign-ins, tokens, keys, what is connected", user)
    .argument("<NAME>")
    .option("--stop-sessions", "and stop their sessions")
    .action(async (name: string, options: { config: string; stopSessions?: boolean }) =>
      disableUser(options.config, name, options.stopSessions === true),
    );
  verb("enable", "let them in again", user)
    .argument("<NAME>")
    .action(async (name: string, options: { config: string }) => enableUser(options.config, name));

  const sshCa = program.command("ssh-ca").description("the authorities of SSH certificates").exitOverride();
  verb("init", "make them, and say what login nodes need", sshCa).action((options: { config: string }) => initSshAuthority(options.config));
  verb("show", "what login nodes need to trust them", sshCa)
    .option("--json", "as JSON")
    .action((options: { config: string; json?: boolean }) => showSshAuthority(options.config, options.json === true));
  verb("rotate", "replace one: login (in two steps, the second with --finish) or door", sshCa)
    .argument("<AUTHORITY>")
    .option("--finish", "login nodes know the next key: sign with it from now on")
    .action((which: string, options: { config: string; finish?: boolean }) =>
      rotateSshAuthority(options.config, which, options.finish === true),
    );

  program.command("job-script").description("print the job script of an app").argument("<APP>").exitOverride().action(printJobScript);
  return program;
}
