// The app that the bench measures through every way: 1 KB at small, 200 MB at big, and a WebSocket that echoes.
// It lives on a compute node, with Node's own modules alone. It listens where the job script says (a Unix socket, or
// a port with the session's key), and in the clear on PLAIN_PORT, for a plain `ssh -L`. It asks nobody who they are.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";

const SMALL = Buffer.alloc(1024, "x");
const PIECE = Buffer.alloc(64 * 1024, "x");
const BIG_BYTES = 200 * 1024 * 1024;
const { SOCKET, BIND, PORT, KEY_FILE, CERT_FILE, PLAIN_PORT } = process.env;

const isTls = Boolean(KEY_FILE) && !SOCKET;
const server = isTls ? createTlsServer({ key: readFileSync(KEY_FILE), cert: readFileSync(CERT_FILE) }) : createServer();
serve(server);
if (SOCKET) server.listen(SOCKET);
else server.listen(Number(PORT), BIND);
if (PLAIN_PORT) {
  const plain = createServer();
  serve(plain);
  plain.listen(Number(PLAIN_PORT), "0.0.0.0");
}

function serve(each) {
  each.keepAliveTimeout = 60_000;
  each.on("request", (request, response) => {
    if (!request.url.endsWith("/big")) {
      response.writeHead(200, { "content-type": "text/plain", "content-length": SMALL.length }).end(SMALL);
      return;
    }
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": BIG_BYTES });
    send(response, BIG_BYTES);
  });
  each.on("upgrade", (request, socket) => {
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.setNoDelay(true);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("error", () => socket.destroy());
    socket.on("data", (frame) => socket.write(toEcho(frame)));
  });
}

function send(response, left) {
  let rest = left;
  const more = () => {
    while (rest > 0) {
      const piece = rest < PIECE.length ? PIECE.subarray(0, rest) : PIECE;
      rest -= piece.length;
      if (!response.write(piece)) return void response.once("drain", more);
    }
    response.end();
  };
  more();
}

/** One short masked frame a packet, as the measuring client sends them (RFC 6455, 5.2): the same, unmasked. */
function toEcho(frame) {
  const length = frame[1] & 0x7f;
  const at = length === 126 ? 4 : 2;
  const mask = frame.subarray(at, at + 4);
  const body = Buffer.from(frame.subarray(at + 4));
  for (let index = 0; index < body.length; index += 1) body[index] ^= mask[index % 4];
  const head = Buffer.from(frame.subarray(0, at));
  head[1] &= 0x7f;
  return Buffer.concat([head, body]);
}
