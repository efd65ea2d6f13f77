/** The door's questions as HTTP, on the internal Unix socket that the feed is on. Nothing but translation. */
import { DoorAudit, DoorEnter, DoorSignIn, DoorTunnel } from "@fairway/contract/door.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import { toInvalidInput } from "../http/problems.ts";
import type { DoorService } from "./types.ts";

export function addDoorRoutes(app: FastifyInstance, door: DoorService): void {
  app.get("/door/keys", async () => door.keys());
  app.post("/door/sign-in", async (request) => {
    const credential = await door.signIn(read(DoorSignIn, request.body));
    if (credential === null) throw new AppError("not_signed_in", "No.");
    return credential;
  });
  app.post("/door/enter", async (request) => door.enter(read(DoorEnter, request.body)));
  app.post("/door/tunnel", async (request) => {
    const paths = await door.tunnel(read(DoorTunnel, request.body));
    if (paths === null) throw new AppError("not_allowed", "No.");
    return paths;
  });
  app.post("/door/audit", async (request, reply) => {
    await door.audit(read(DoorAudit, request.body));
    return reply.code(204).send();
  });
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw toInvalidInput(result.error, "body");
  return result.data;
}
