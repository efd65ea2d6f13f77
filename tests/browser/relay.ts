/** The network between a browser and a site, which a test can take away and give back. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What comes from these is swallowed. */
  readonly #silenced = new WeakSet<Socket>();
  #mode: "open" | "cut" | "silent" = "open";

  private constructor(targetPort: number) {
    this.#server = createServer((client) => {
      this.#keep(client);
      if (this.#mode === "cut") client.destroy();
      if (this.#mode !== "open") return;
      const site = connect(targetPort, "127.0.0.1");
      this.#keep(site);
      this.#pass(client, site);
      this.#pass(site, client);
    });
  }

  /** To a port of this machine's loopback. */
  static async open(targetPort: number): Promise<Relay> {
    const relay = new Relay(targetPort);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections are reset, and refused. */
  cut(): void {
    this.#mode = "cut";
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing passes and nobody is told, as when a laptop changes its network. */
  silence(): void {
    this.#mode = "silent";
    for (const socket of this.#sockets) this.#silenced.add(socket);
  }

  /** For new connections; those that were silenced never hear anything again. */
  restore(): void {
    this.#mode = "open";
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #pass(from: Socket, to: Socket): void {
    from.on("data", (bytes) => {
      if (!this.#silenced.has(from)) to.write(bytes);
    });
    from.once("close", () => {
      if (!this.#silenced.has(from)) to.destroy();
    });
  }
}
