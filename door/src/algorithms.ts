/**
 * What is spoken, to people's clients and to sessions alike: nothing older than OpenSSH 6.5. The client's taste
 * decides, and what OpenSSH likes best costs us most: chacha20 is done in WebAssembly here, CTR needs a MAC of its
 * own for each packet. So chacha20 is offered to nobody, and CTR to nobody who surely has GCM.
 * Keys are exchanged on elliptic curves alone: a stranger may have one exchanged at any time, and a group of whole
 * numbers takes a hundred times the work.
 */
import type { Algorithms } from "ssh2";

export const ALGORITHMS = {
  kex: ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"],
  cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr"],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  serverHostKey: ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"],
  // Compression would tell an onlooker about what is inside, and costs more than it saves.
  compress: ["none"],
} satisfies Algorithms;

const GCM = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];

/** The ciphers for a client by what it calls itself; null: all of them. */
export function ciphersFor(software: string): readonly string[] | null {
  return software.startsWith("OpenSSH_") ? GCM : null;
}
