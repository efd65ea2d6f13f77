/** The door's configuration: a JSON file (0600) that the hub's commands write. It holds no policy and no secret. */
import { readFileSync } from "node:fs";
import { z } from "zod";

export const DoorConfig = z.strictObject({
  siteName: z.string(),
  listen: z.array(z.strictObject({ address: z.string(), port: z.int().min(0).max(65_535) })),
  /** Where the edge hands on SSH that came to its own port, each with the client's address before it. */
  socket: z.string().max(100),
  feedSocket: z.string(),
  /** Where the edge hands on browsers' terminals. */
  terminalsSocket: z.string().max(100),
  /** Where the hub has us listen for what jobs' tunnels bring; nobody else puts anything there. */
  tunnelsDir: z.string(),
  banner: z.string().nullable(),
  agentForwarding: z.boolean(),
  connectionsPerUser: z.int().min(1),
});
export type DoorConfig = z.infer<typeof DoorConfig>;

/** @throws {Error} with the file's name and every fault, when it cannot be read or is not valid. */
export function loadConfig(file: string): DoorConfig {
  const parsed = DoorConfig.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file} is not a valid configuration of the door:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
