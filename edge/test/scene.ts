/** A stage whose edge comes and goes, and people who open WebSockets on it. */
import { once } from "node:events";
import { WebSocket, WebSocketServer } from "ws";
import type { Limits } from "../src/limits.ts";
import { ask, TestEdge } from "./harness.ts";
import { type Certificate, TestApp } from "./test-app.ts";
import { TestHub, toRoute } from "./test-hub.ts";

export class Scene {
  readonly hub = new TestHub();
  readonly app: TestApp;
  readonly wss = new WebSocketServer({ noServer: true });
  readonly #edges: TestEdge[] = [];

  constructor(certificate: Certificate) {
    this.app = new TestApp(certificate);
  }

  /** Hub and app are up; no edge yet. */
  static async open(certificate: Certificate): Promise<Scene> {
    const scene = new Scene(certificate);
    await scene.app.listen();
    scene.app.server.on("upgrade", (req, socket, head) => {
      scene.wss.handleUpgrade(req, socket, head, (ws) => scene.wss.emit("connection", ws, req));
    });
    scene.hub.state.routes = [toRoute("alice", scene.app.upstream)];
    await scene.hub.start();
    return scene;
  }

  get edge(): TestEdge {
    const edge = this.#edges.at(-1);
    if (edge === undefined) throw new Error("no edge was started");
    return edge;
  }

  async startEdge(limits: Partial<Limits> = {}, clock: () => number = Date.now): Promise<void> {
    this.#edges.push(await TestEdge.start(this.hub, { limits, clock }));
  }

  async close(): Promise<void> {
    for (const edge of this.#edges) await edge.close();
    await this.app.close();
    await this.hub.stop();
  }

  /** What a browser of theirs sends, from a page of ours. */
  async byCookie(user = "alice", login = `login-of-${user}`): Promise<Record<string, string>> {
    return { cookie: `fairway=${await this.hub.signCookie(user, { login })}`, origin: this.edge.origin };
  }

  async openSocket(headers: Record<string, string>): Promise<WebSocket> {
    const socket = new WebSocket(`ws://${this.edge.host}/user/alice/ws`, { headers });
    await once(socket, "open");
    return socket;
  }

  async status(headers: Record<string, string>, path = "/user/alice/"): Promise<number> {
    return (await ask(this.edge, path, { headers })).status;
  }
}

export function byToken(token: string): Record<string, string> {
  return { authorization: `token ${token}` };
}
