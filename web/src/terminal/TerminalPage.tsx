/** A shell in a session or on a cluster's login node, as the address says. */
import { splitTerminalSegment } from "@fairway/contract/terminal-place.ts";
import { useParams } from "@tanstack/react-router";
import { LoginNodeTerminal } from "./LoginNodeTerminal.tsx";
import { SessionTerminal } from "./SessionTerminal.tsx";

export function TerminalPage() {
  const { id } = useParams({ from: "/terminal/$id" });
  const place = splitTerminalSegment(id);
  return place.kind === "session" ? <SessionTerminal id={place.id} /> : <LoginNodeTerminal name={place.cluster} />;
}
