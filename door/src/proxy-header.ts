/** The one line that the edge sends before a connection: who is at its other end (PROXY protocol, version 1). */
import { isIP, type Socket } from "node:net";

/** "PROXY TCP6 " and two addresses and ports. */
const MOST_BYTES = 107;

/** Null: this is no such line. */
export function parseProxyHeader(line: string): string | null {
  const [, family, address = ""] = /^PROXY TCP([46]) ([0-9A-Fa-f:.]+) [0-9A-Fa-f:.]+ \d{1,5} \d{1,5}$/.exec(line) ?? [];
  return family !== undefined && isIP(address) === Number(family) ? address : null;
}

/** Takes the line off the socket, and nothing after it. @throws when it does not come, or is another */
export function readProxyHeader(socket: Socket, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      socket.off("readable", read).off("close", fail).off("error", fail);
      finish();
    };
    const fail = () => settle(() => reject(new Error("no line of the PROXY protocol came")));
    const timer = setTimeout(fail, timeoutMs);
    const read = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n");
      if (end < 0 && head.length <= MOST_BYTES) return;
      const address = end < 0 || end > MOST_BYTES ? null : parseProxyHeader(head.toString("latin1", 0, end));
      if (address === null) {
        fail();
        return;
      }
      settle(() => {
        if (head.length > end + 2) socket.unshift(head.subarray(end + 2));
        resolve(address);
      });
    };
    socket.on("readable", read).once("close", fail).once("error", fail);
  });
}
