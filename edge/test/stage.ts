/** alice's running session: a hub, her app and an edge that knows of both. */
import { type EdgeWishes, TestEdge } from "./harness.ts";
import { makeCertificate, TestApp } from "./test-app.ts";
import { TestHub, toRoute } from "./test-hub.ts";

export interface Stage {
  readonly hub: TestHub;
  readonly app: TestApp;
  readonly edge: TestEdge;
  /** What a program of alice's sends. */
  readonly headers: { readonly authorization: string };
  close(): Promise<void>;
}

export async function openStage(wishes: EdgeWishes = {}): Promise<Stage> {
  const hub = new TestHub();
  const app = await new TestApp(makeCertificate("alice")).listen();
  hub.state.routes = [toRoute("alice", app.upstream)];
  await hub.start();
  const edge = await TestEdge.start(hub, wishes);
  await edge.knowsHub();
  return {
    hub,
    app,
    edge,
    headers: { authorization: `token ${hub.newToken("alice")}` },
    close: async () => {
      await edge.close();
      await app.close();
      await hub.stop();
    },
  };
}
