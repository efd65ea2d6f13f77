/** People's SSH keys and certificates for the door. */
import { AppError } from "@fairway/contract/errors.ts";
import type { SshAccessService } from "./types.ts";

const unbuilt = () => {
  throw new AppError("not_found", "This site has no door for SSH.");
};

export function createSshAccess(): SshAccessService {
  return {
    access: unbuilt,
    listKeys: async () => [],
    addKey: async () => unbuilt(),
    removeKey: async () => unbuilt(),
    listCertificates: async () => [],
    sign: async () => unbuilt(),
    revokeCertificate: async () => unbuilt(),
  };
}
