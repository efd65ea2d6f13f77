/** Forwards without a login node: Unix sockets of this process that lead where they are told. A test takes the login node away. */
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Forwards, Reach } from "../../transports/types.ts";

export class MemoryForwards implements Forwards {
  readonly #folder: string;
  readonly #open = new Map<string, { server: Server; target: string; sockets: Set<Socket> }>();
  isAway = false;
  /** What a trial says. */
  reach: Reach = { ok: true, ms: 5 };
  tries = 0;
  /** Every forward that ever was. */
  readonly opened: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** By id: HOST:PORT. */
  get targets(): Record<string, string> {
    return Object.fromEntries([...this.#open].map(([id, { target }]) => [id, target]));
  }

  pathOf(id: string): string {
    return join(this.#folder, `${id}.sock`);
  }

  async ensure(id: string, { host, port }: { host: string; port: number }): Promise<string> {
    if (this.isAway) throw new Error("ssh: connect to host login1: Connection timed out");
    const path = this.pathOf(id);
    if (this.#open.has(id)) return path;
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(port, host);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from);
        from.on("error", () => to.destroy()).on("close", () => to.destroy());
        from.pipe(to);
      }
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    this.opened.push(id);
    this.#open.set(id, { server, target: `${host}:${port}`, sockets });
    return path;
  }

  async remove(id: string): Promise<void> {
    const forward = this.#open.get(id);
    this.#open.delete(id);
    if (forward === undefined) return;
    for (const socket of forward.sockets) socket.destroy();
    await new Promise((resolve) => forward.server.close(resolve));
    rmSync(this.pathOf(id), { force: true });
  }

  async keepOnly(ids: ReadonlySet<string>): Promise<void> {
    for (const id of this.#open.keys()) if (!ids.has(id)) await this.remove(id);
  }

  async tryReach(): Promise<Reach> {
    this.tries += 1;
    return this.reach;
  }
}
