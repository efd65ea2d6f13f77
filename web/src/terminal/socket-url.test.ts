import { readTerminalSegment } from "@fairway/contract/names.ts";
import { splitTerminalSegment, type TerminalPlace, toTerminalSegment } from "@fairway/contract/terminal-place.ts";
import { describe, expect, it } from "vitest";
import { toSocketUrl } from "./socket-url.ts";

const SESSION = { kind: "session", id: "abcdefgh2345" } as const satisfies TerminalPlace;
const LOGIN_NODE = { kind: "login-node", cluster: "hpc_2-a" } as const satisfies TerminalPlace;

describe("a terminal's address", () => {
  it.each([SESSION, LOGIN_NODE])("is the one that edge and door read: %j", (place) => {
    expect(splitTerminalSegment(toTerminalSegment(place))).toEqual(place);
    const url = new URL(toSocketUrl(place, "/jupyter/", "https://hub.example.org/jupyter/terminal/x"));
    const segment = /^\/jupyter\/terminal\/([^/]+)\/socket$/.exec(url.pathname)?.[1] ?? "";
    expect(readTerminalSegment(segment)).toEqual(place);
  });

  it("is as safe as the page's own", () => {
    expect(toSocketUrl(SESSION, "/", "https://hub.example.org/terminal/x")).toMatch(/^wss:\/\/hub\.example\.org\//);
    expect(toSocketUrl(SESSION, "/", "http://127.0.0.1:8000/terminal/x")).toMatch(/^ws:\/\/127\.0\.0\.1:8000\//);
  });
});
