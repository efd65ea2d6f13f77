/**
 * What a site does on its login node for a gateway that comes by ssh: an account that lets the hub's key in, the
 * node files, and for clusters with act_as: certificate the authority that signs these. Each may be repeated.
 */
import { findNode, services, type Testbed } from "@fairway/testbed/index.ts";

const LOGIN = "login";
const { name: account, home } = services.fairway;
const KEY = `${home}/.ssh/id_ed25519`;
const KNOWN_HOSTS = `${home}/.ssh/known_hosts`;
const AUTHORITY = "/etc/ssh/fairway-login-ca.pub";
/** As `fairway ssh-ca show` says it. */
const SSHD_SETTINGS = `TrustedUserCAKeys ${AUTHORITY}
Match User root
  TrustedUserCAKeys none
`;

/** `clusters.NAME.ssh` of the configuration. */
export const sshToLogin = { hosts: [LOGIN], user: account, identity_file: KEY, known_hosts_file: KNOWN_HOSTS } as const;

/** What install-node-files needs: the checkout is only on the hub node. */
export async function showShare(testbed: Testbed, folder: string): Promise<void> {
  const share = await testbed.mustExec("hub", ["tar", "-C", folder, "-c", "share"]);
  await testbed.mustExec(LOGIN, ["mkdir", "-p", folder]);
  await testbed.mustExec(LOGIN, ["tar", "-C", folder, "-x"], { stdin: share });
}

/** The hub's key pair, the login node's key in its known_hosts, and the account there that lets it in. */
export async function letHubIn(testbed: Testbed): Promise<void> {
  const make = `umask 077; mkdir -p ~/.ssh; [ -e "$0" ] || ssh-keygen -q -t ed25519 -N '' -C fairway-hub -f "$0"; cat "$0.pub"`;
  const publicKey = await testbed.mustExec("hub", ["sh", "-c", make, KEY], { user: account });
  const [type, key] = (await testbed.mustExec(LOGIN, ["cat", "/etc/ssh/ssh_host_ed25519_key.pub"])).split(" ");
  const known = `${LOGIN},${findNode(testbed.layout, LOGIN).address} ${type} ${key}\n`;
  await testbed.mustExec("hub", ["tee", KNOWN_HOSTS], { user: account, stdin: known });

  await testbed.mustExec(LOGIN, ["install", "-d", "-o", account, "-g", account, "-m", "700", home, `${home}/.ssh`]);
  const allowed = "umask 077; cat >~/.ssh/authorized_keys";
  await testbed.mustExec(LOGIN, ["sh", "-c", allowed], { user: account, stdin: `restrict,port-forwarding ${publicKey}` });
}

/** The login node's sshd lets in whom the authority certifies, for as long and for what it says. */
export async function trustAuthority(testbed: Testbed, publicKey: string): Promise<void> {
  await testbed.mustExec(LOGIN, ["tee", AUTHORITY], { stdin: `${publicKey}\n` });
  await testbed.mustExec(LOGIN, ["tee", "/etc/ssh/sshd_config.d/fairway.conf"], { stdin: SSHD_SETTINGS });
  await testbed.fault("stop", `sshd@${LOGIN}`);
  await testbed.fault("start", `sshd@${LOGIN}`);
}
