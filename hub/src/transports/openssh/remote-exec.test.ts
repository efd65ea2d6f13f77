import { expect, test } from "vitest";
import { readSilence } from "./remote-exec.ts";

const ALONE = "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n";

test.each([
  ["no_master", ALONE],
  ["no_master", "ssh_exchange_identification: Connection closed by remote host\r\n"],
  ["no_master", `mux_client_hello_exchange: read packet failed: Broken pipe\r\n${ALONE}`],
  ["no_master", `mux_client_request_session: master alive request failed\r\n${ALONE}`],
  ["refused", `mux_client_request_session: session request failed: Session open refused by peer\r\n${ALONE}`],
  ["silent", `mux_client_request_session: read from master failed: Connection reset by peer\r\n${ALONE}`],
  ["silent", "This account is currently not available.\n"],
  ["silent", ""],
] as const)("%s, from %j", (kind, stderr) => {
  expect(readSilence(stderr)).toBe(kind);
});
