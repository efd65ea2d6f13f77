// A program: answers on the host's 127.0.0.1:HOSTPORT with a TCP port of a node. It copies bytes, and knows no protocol.
//
//   relay.ts HOSTPORT ADDRESS PORT fairway-testbed NAME relay:NODE:PORT:HOSTPORT
//
// It ends when it is killed; `up`, `down` and `unpublish` find it by the last three words.
import { connect, createServer } from "node:net";

const [hostPort, address, port] = process.argv.slice(2);

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const node = connect({ host: address, port: Number(port), allowHalfOpen: true, noDelay: true });
  client.pipe(node);
  node.pipe(client);
  // An end that fails takes the other with it; an end that only finishes does not.
  client.on("error", () => node.destroy());
  node.on("error", () => client.destroy());
  client.on("close", () => node.destroy());
  node.on("close", () => client.destroy());
});

server.listen(Number(hostPort), "127.0.0.1", () => {
  process.stdout.write("listening\n");
});
