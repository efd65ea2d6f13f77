import { expect, it } from "vitest";
import { createLog } from "./log.ts";

it("blots out what could be a secret, at whatever depth it was logged", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  const secret = "s3cr3t";
  log.info({
    token: secret,
    password: secret,
    req: { headers: { authorization: secret, cookie: secret, "set-cookie": secret, "x-xsrftoken": secret } },
  });
  log.info({ body: { secret, login: secret, nonce: secret }, user: "alice" });
  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toContain(secret);
  expect(lines.join("")).toContain("alice");
});
