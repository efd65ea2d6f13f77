/**
 * The door: SSH into people's sessions, and jobs' tunnels out of them. It proves who connects and asks the hub what
 * they may; it carries the bytes. It imports the contract and nothing of the hub.
 */
export { DoorConfig } from "./config.ts";
export { type Door, startDoor } from "./door.ts";
