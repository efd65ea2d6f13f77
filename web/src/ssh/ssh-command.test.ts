import { expect, it } from "vitest";
import { toFingerprint } from "./fingerprint.ts";
import { toSshCommand } from "./ssh-command.ts";

it.each([
  [8022, "", "ssh -p 8022 alice@hub.example.org"],
  [8022, "gpu-2", "ssh -p 8022 alice+gpu-2@hub.example.org"],
  [22, "", "ssh alice@hub.example.org"],
])("port %d, session %j: %s", (port, session, command) => {
  expect(toSshCommand({ host: "hub.example.org", port }, "alice", session)).toBe(command);
});

it("a host key has the fingerprint that ssh-keygen -l shows", async () => {
  const line = "[hub]:8022 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
  expect(await toFingerprint(line)).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
});
