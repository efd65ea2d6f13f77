/** The stub's keys, certificates and device sign-ins, as the contract has them. */
import type { DeviceRequest, SshAccess, SshCertificate, SshKey } from "@fairway/contract/ssh-access.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

export const ACCESS: SshAccess = {
  host: "hub.example.org",
  port: 8022,
  knownHosts: ["[hub.example.org]:8022 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"],
  agentForwarding: false,
  defaultProfile: null,
};

const makeCertificate = (now: number): SshCertificate => ({
  id: "certif222222",
  fingerprint: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
  createdAt: now - 30 * MINUTE,
  expiresAt: now + 690 * MINUTE,
});

const makeKey = (now: number): SshKey => ({
  id: "sshkey222222",
  note: "laptop",
  fingerprint: "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
  type: "ssh-ed25519",
  createdAt: now - 40 * DAY,
  lastUsedAt: now - 5 * MINUTE,
});

export const WAITING_CODE = "ABCD-EF23";
const makeRequest = (now: number): DeviceRequest => ({
  userCode: WAITING_CODE,
  note: "fairway on login1",
  address: "192.0.2.17",
  createdAt: now - 20_000,
  expiresAt: now + 9 * MINUTE,
});

/** `hasDoor` false: a site without SSH. All that has an age is as old when a test begins, however late that is. */
export class SshApi {
  readonly #hasDoor: boolean;
  readonly #request: DeviceRequest;
  #keys: SshKey[];
  #certificates: SshCertificate[];
  #isAsked = true;

  constructor(hasDoor: boolean) {
    const now = Date.now();
    this.#hasDoor = hasDoor;
    this.#request = makeRequest(now);
    this.#keys = [makeKey(now)];
    this.#certificates = [makeCertificate(now)];
  }

  /** Undefined: not a call of these. Null: there is no such thing. */
  answer(method: string, resource: string, id: string, body: unknown): object | null | undefined {
    switch (`${method} ${resource}`) {
      case "GET ssh":
        return this.#hasDoor ? ACCESS : null;
      case "GET ssh-keys":
        return { keys: this.#keys };
      case "POST ssh-keys": {
        const { publicKey, note } = body as { publicKey: string; note: string };
        const now = Date.now();
        const key: SshKey = {
          ...makeKey(now),
          id: "sshkey333333",
          note,
          type: publicKey.split(" ")[0] ?? "",
          createdAt: now,
          lastUsedAt: null,
        };
        this.#keys = [...this.#keys, key];
        return key;
      }
      case "DELETE ssh-keys":
        this.#keys = this.#keys.filter((key) => key.id !== id);
        return {};
      case "GET certificates":
        return { certificates: this.#certificates };
      case "DELETE certificates":
        this.#certificates = this.#certificates.filter((certificate) => certificate.id !== id);
        return {};
      case "GET device-sign-ins":
        return this.#isAsked && id === WAITING_CODE ? this.#request : null;
      case "POST device-sign-ins":
        if (!this.#isAsked || id !== WAITING_CODE) return null;
        this.#isAsked = false;
        return {};
      default:
        return undefined;
    }
  }
}
