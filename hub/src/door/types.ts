/** What the hub does for the door; shapes are the contract's (`door.ts`). */
import type {
  DoorAudit,
  DoorCredential,
  DoorEnter,
  DoorEntry,
  DoorKeys,
  DoorLogin,
  DoorLoginEntry,
  DoorSignIn,
  DoorTunnel,
  DoorTunnelPaths,
} from "@fairway/contract/door.ts";

export interface DoorService {
  keys(): DoorKeys;
  /** Null: no. Says nothing of why. @throws too_many */
  signIn(request: DoorSignIn): Promise<DoorCredential | null>;
  /** Launches the default profile where the person has no session. Asked again while it waits. */
  enter(request: DoorEnter): Promise<DoorEntry>;
  enterLoginNode(request: DoorLogin): Promise<DoorLoginEntry>;
  /** Null: no such session, not its key, or it is reached another way. */
  tunnel(request: DoorTunnel): Promise<DoorTunnelPaths | null>;
  audit(entry: DoorAudit): Promise<void>;
  /** Writes down what was only counted so far. */
  close(): Promise<void>;
}
