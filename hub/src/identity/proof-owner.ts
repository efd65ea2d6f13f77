/**
 * Whose a proof is that lets nobody in: a removed key, an expired token, a valid one that was shown under another's name.
 * For the audit log alone: whoever shows one is no stranger.
 */
import type { DoorSignIn } from "@fairway/contract/door.ts";
import type { IdentityContext } from "./context.ts";
import type { ProofOwner } from "./types.ts";

/** Null: nobody's that we know (any more). */
export async function ownerOfProof({ store }: Pick<IdentityContext, "store">, proof: DoorSignIn["proof"]): Promise<ProofOwner | null> {
  const row = await find();
  return row === null ? null : { kind: proof.kind, id: row.id, user: row.user };

  async function find(): Promise<{ readonly id: string; readonly user: string } | null> {
    switch (proof.kind) {
      case "ssh-key":
        return store.sshKeys.lastByFingerprint(proof.fingerprint);
      case "certificate":
        return store.certificates.get(proof.id);
      case "token":
        return store.tokens.byHash(proof.sha256);
    }
  }
}
