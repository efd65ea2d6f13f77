/**
 * `fairway ssh-ca init|rotate|show`: the SSH authorities. What login nodes trust changes in two steps, since they
 * must hear of the next key before it signs; the door is told by the hub.
 */
import { loadConfig } from "../config/load.ts";
import {
  finishLoginRotation,
  openSshAuthority,
  prepareLoginRotation,
  rotateDoorAuthority,
  type SshAuthority,
} from "../pki/ssh-authority.ts";
import { fingerprintOf, parsePublicKeyLine } from "../pki/ssh-wire.ts";

const TRUSTED_FILE = "/etc/ssh/fairway-login-ca.pub";
const WHICH = ["login", "door"] as const;

export function initSshAuthority(file: string): void {
  const { state_dir: stateDir } = loadConfig(file);
  const authority = openSshAuthority(stateDir);
  process.stdout.write(`The SSH authorities are in ${stateDir}/ssh-ca. Keep that folder as safe as root's keys of your login nodes.\n\n`);
  process.stdout.write(describe(authority));
}

export function showSshAuthority(file: string, isJson: boolean): void {
  const authority = openSshAuthority(loadConfig(file).state_dir);
  if (!isJson) return void process.stdout.write(describe(authority));
  const { current, next } = authority.loginAuthorities();
  process.stdout.write(`${JSON.stringify({ login: { current, next }, door: authority.doorAuthorities(Date.now()) }, null, 2)}\n`);
}

/** @throws for another name than `login` and `door` */
export function rotateSshAuthority(file: string, which: string, isFinish: boolean): void {
  const { state_dir: stateDir } = loadConfig(file);
  const authority = openSshAuthority(stateDir);
  if (which !== "login" && which !== "door") throw new Error(`There is no authority "${which}": say ${WHICH.join(" or ")}.`);
  if (which === "door") {
    if (isFinish) throw new Error("The door's authority is rotated in one step: leave out --finish.");
    rotateDoorAuthority(stateDir, Date.now());
    process.stdout.write(
      "Another key signs people's certificates from the hub's next start on: restart it within a week. Those of the former one stay valid to their end.\n",
    );
    return;
  }
  if (isFinish) {
    finishLoginRotation(stateDir);
    process.stdout.write(`The next key signs from now on. Take the former one out of ${TRUSTED_FILE}, which is now:\n\n`);
  } else {
    prepareLoginRotation(stateDir, Date.now());
    process.stdout.write(
      "The next key is made and signs nothing yet. First bring both lines to every login node, then run this with --finish.\n\n",
    );
  }
  process.stdout.write(describe(authority));
}

function describe(authority: SshAuthority): string {
  const { current, next } = authority.loginAuthorities();
  const doors = authority.doorAuthorities(Date.now());
  return [
    `For login nodes (clusters with act_as: certificate). Put ${next === null ? "this line" : "these two lines"} into ${TRUSTED_FILE} there:`,
    "",
    ...[current, ...(next === null ? [] : [next])].map((line) => `  ${line}`),
    "",
    "and this at the end of their sshd_config, then reload sshd:",
    "",
    `  TrustedUserCAKeys ${TRUSTED_FILE}`,
    "  # Fairway signs nothing for root; so a login node need not believe that it does not.",
    "  Match User root",
    "    TrustedUserCAKeys none",
    "",
    "Each certificate names one account, lives an hour at most and may run commands; it may forward nothing.",
    "",
    `People's certificates for the door are signed by ${doors.length === 1 ? "another authority" : "others"}, which nothing else must trust:`,
    "",
    ...doors.map((line) => `  ${fingerprintOf(parsePublicKeyLine(line).blob)}`),
    "",
  ].join("\n");
}
