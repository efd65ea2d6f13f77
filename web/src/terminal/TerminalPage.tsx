/** A shell in a session or on a cluster's login node, as the address says. */
import { useParams } from "@tanstack/react-router";
import { LoginNodeTerminal } from "./LoginNodeTerminal.tsx";
import { readPlace } from "./place.ts";
import { SessionTerminal } from "./SessionTerminal.tsx";

export function TerminalPage() {
  const { id } = useParams({ from: "/terminal/$id" });
  const place = readPlace(id);
  return place.kind === "session" ? <SessionTerminal id={place.id} /> : <LoginNodeTerminal name={place.cluster} />;
}
