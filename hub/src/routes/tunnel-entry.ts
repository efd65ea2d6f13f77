/** Where a job's own ssh dials to, and how it knows that it is the door that answers. */
import type { Cluster } from "../clusters/cluster.ts";
import type { Config } from "../config/load.ts";

export interface TunnelEntry {
  /** The door's public host key, authorized_keys form. */
  readonly hostKey: string;
  /** HOST:PORT, as seen from a cluster's nodes. */
  addressFor(cluster: Cluster): string;
}

/** The name that jobs know the door's key by, whatever address they dial. job.sh says the same. */
const ALIAS = "fairway-door";

/** Null without a door. */
export function createTunnelEntry(config: Pick<Config, "door" | "public_url">, readHostKey: () => string): TunnelEntry | null {
  const { door } = config;
  if (door === undefined) return null;
  return {
    hostKey: readHostKey(),
    addressFor: ({ config: { tunnel_to: address, callback_url: callback } }) => {
      if (address !== undefined) return address;
      const url = new URL(callback ?? config.public_url ?? "https://localhost");
      // Without a port of its own the door is behind the listener that jobs call back to.
      return `${url.hostname}:${door.listen[0]?.port ?? (url.port === "" ? 443 : url.port)}`;
    },
  };
}

/** One line of known_hosts. */
export function toKnownHosts({ hostKey }: TunnelEntry): string {
  return `${ALIAS} ${hostKey.split(" ", 2).join(" ")}\n`;
}
