/** `fairway config check` and `fairway config show`. Neither starts anything. */
import { stringify } from "yaml";
import { loadConfig } from "../config/load.ts";

/** @throws ConfigError with every problem. */
export function checkConfig(file: string): void {
  const config = loadConfig(file);
  process.stdout.write(
    `${file} is valid: ${count(Object.keys(config.clusters).length, "cluster")}, ${count(config.profiles.length, "profile")}.\n`,
  );
}

/** Passwords of demo users are the only values here that open anything: they are left out. */
export function showConfig(file: string): void {
  const config = loadConfig(file);
  const users = config.sign_in.demo_users;
  const hidden = users === undefined ? {} : { demo_users: Object.fromEntries(Object.keys(users).map((name) => [name, "(not shown)"])) };
  process.stdout.write(stringify({ ...config, sign_in: { ...config.sign_in, ...hidden } }, { aliasDuplicateObjects: false }));
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
