/** The door's questions as HTTP, on the internal Unix socket that the feed is on. Nothing but translation. */
import { DoorAudit, DoorEnter, DoorLogin, DoorSignIn, DoorTunnel } from "@fairway/contract/door.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { FastifyInstance } from "fastify";
import { readBody } from "../http/problems.ts";
import type { DoorService } from "./types.ts";

export function addDoorRoutes(app: FastifyInstance, door: DoorService): void {
  app.get("/door/keys", async () => door.keys());
  app.post("/door/sign-in", async (request) => {
    const credential = await door.signIn(readBody(DoorSignIn, request.body));
    if (credential === null) throw new AppError("not_signed_in", "No.");
    return credential;
  });
  app.post("/door/enter", async (request) => door.enter(readBody(DoorEnter, request.body)));
  app.post("/door/login-node", async (request) => door.enterLoginNode(readBody(DoorLogin, request.body)));
  app.post("/door/tunnel", async (request) => {
    const paths = await door.tunnel(readBody(DoorTunnel, request.body));
    if (paths === null) throw new AppError("not_allowed", "No.");
    return paths;
  });
  app.post("/door/audit", async (request, reply) => {
    await door.audit(readBody(DoorAudit, request.body));
    return reply.code(204).send();
  });
}
