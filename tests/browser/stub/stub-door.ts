/**
 * Shells for a browser's terminal, as the door speaks of them: they echo, remember what they said, and do
 * what a test wants. A real one is in the tests on a testbed.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { TerminalAnswer, TerminalRequest } from "@fairway/contract/terminal.ts";
import { type WebSocket, WebSocketServer } from "ws";

const ID = "AAAAAAAAAAAAAAAAAAAAAA";
const PROMPT = "alice@c2:~$ ";

export class StubDoor {
  /** What browsers said, typed bytes as text. */
  readonly heard: (TerminalRequest | string)[] = [];
  /** The last one's path, which says of which place a shell is wanted. */
  path = "";
  /** False: connections are refused, as when the network is away. */
  isReachable = true;
  /** Said instead of a shell, if set. */
  refusal: TerminalAnswer | null = null;
  readonly #server = new WebSocketServer({ noServer: true });
  #output = Buffer.alloc(0);
  #hasShell = false;

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.path = request.url ?? "";
    if (!this.isReachable) socket.destroy();
    else this.#server.handleUpgrade(request, socket, head, (client) => this.#serve(client));
  }

  /** Output of the shell, whether anybody looks or not. */
  say(text: string): void {
    const bytes = Buffer.from(text);
    this.#output = Buffer.concat([this.#output, bytes]);
    for (const client of this.#server.clients) client.send(bytes);
  }

  answer(answer: TerminalAnswer): void {
    for (const client of this.#server.clients) client.send(JSON.stringify(answer));
  }

  /** The shell ends, and its browser is told. */
  endShell(line: string): void {
    this.#hasShell = false;
    this.answer({ kind: "ended", line });
  }

  cut(): void {
    for (const client of this.#server.clients) client.terminate();
  }

  #serve(client: WebSocket): void {
    client.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        this.heard.push(data.toString());
        this.say(data.toString().replaceAll("\r", `\r\n${PROMPT}`));
        return;
      }
      const request = JSON.parse(data.toString()) as TerminalRequest;
      this.heard.push(request);
      if (request.kind === "ping") client.send(JSON.stringify({ kind: "pong" } satisfies TerminalAnswer));
      if (request.kind === "attach") this.#attach(client, request);
    });
  }

  #attach(client: WebSocket, { terminal, offset }: Extract<TerminalRequest, { kind: "attach" }>): void {
    if (this.refusal !== null) {
      client.send(JSON.stringify(this.refusal));
      return;
    }
    const isNew = terminal === null || !this.#hasShell;
    if (isNew) this.#output = Buffer.from(PROMPT);
    this.#hasShell = true;
    const from = isNew ? 0 : offset;
    const end = this.#output.length;
    client.send(JSON.stringify({ kind: "attached", terminal: ID, offset: from, end, isNew } satisfies TerminalAnswer));
    client.send(this.#output.subarray(from));
  }
}
