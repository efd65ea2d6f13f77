/** What this site's door is to people: where ssh finds it, by which key it is known, who signs certificates for it. */
import { hostname } from "node:os";
import type { Config } from "../config/load.ts";
import { openSshAuthority } from "../pki/ssh-authority.ts";
import { openDoorHostKey } from "../pki/ssh-key-file.ts";
import type { DoorFacts } from "./ssh-access.ts";

const SSH_PORT = 22;
const DOOR_PORT = 8022;

/** Makes the door's keys on the first start. @returns undefined where there is no door */
export function openDoorFacts(config: Pick<Config, "door" | "listen" | "public_url" | "state_dir">): DoorFacts | undefined {
  const { door, state_dir: stateDir } = config;
  if (door === undefined) return undefined;
  const host = door.public_host ?? (config.public_url === undefined ? hostname() : hostOf(config.public_url));
  const port = door.listen[0]?.port ?? sharedPort(config) ?? DOOR_PORT;
  const [type = "", key = ""] = openDoorHostKey(stateDir, door.host_key_file).publicKey.split(" ");
  const authority = openSshAuthority(stateDir);
  return {
    access: {
      ...{ host, port, agentForwarding: door.agent_forwarding, defaultProfile: door.default_profile ?? null },
      knownHosts: [`${port === SSH_PORT ? host : `[${host}]:${port}`} ${type} ${key}`],
    },
    certificateLifeMs: door.certificate_life,
    sign: (request) => authority.signDoorCertificate(request),
  };
}

/** Of a listener where the edge tells SSH from TLS. */
function sharedPort({ listen }: Pick<Config, "listen">): number | undefined {
  return listen.flatMap((listener) => ("port" in listener && listener.ssh ? [listener.port] : []))[0];
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, "");
}
