/**
 * The edge: Fairway's data plane. It decides who may reach which session, and carries the bytes.
 * It imports the contract and nothing of the hub; what it knows, the hub's feed told it.
 */
export { EdgeConfig, type ListenerConfig } from "./config.ts";
export { type Edge, startEdge } from "./edge.ts";
