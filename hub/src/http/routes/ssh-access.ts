/** SSH: how it reaches sessions, my keys and certificates, and sign-ins of programs without a browser. */
import type { HttpContext } from "../context.ts";
import type { Handlers } from "../operations.ts";

type KeyHandlers = Pick<
  Handlers,
  "sshAccess" | "listSshKeys" | "addSshKey" | "removeSshKey" | "listCertificates" | "signCertificate" | "revokeCertificate"
>;
type DeviceHandlers = Pick<Handlers, "startDeviceSignIn" | "pollDeviceSignIn" | "deviceSignIn" | "judgeDeviceSignIn">;

export function sshAccessHandlers({ sshAccess, deviceSignIns }: HttpContext): KeyHandlers & DeviceHandlers {
  return {
    sshAccess: async () => sshAccess.access(),
    listSshKeys: async ({ actor }) => ({ keys: [...(await sshAccess.listKeys(actor))] }),
    addSshKey: ({ actor, body }) => sshAccess.addKey(actor, body.publicKey, body.note),
    removeSshKey: ({ actor, params }) => sshAccess.removeKey(actor, params.id),
    listCertificates: async ({ actor }) => ({ certificates: [...(await sshAccess.listCertificates(actor))] }),
    signCertificate: ({ actor, body }) => sshAccess.sign(actor, body.publicKey),
    revokeCertificate: ({ actor, params }) => sshAccess.revokeCertificate(actor, params.id),
    startDeviceSignIn: ({ body, visit }) => deviceSignIns.start(body.note, { address: visit.clientAddress }),
    pollDeviceSignIn: ({ body }) => deviceSignIns.poll(body.deviceCode),
    deviceSignIn: ({ actor, params }) => deviceSignIns.request(actor, params.code),
    judgeDeviceSignIn: ({ actor, params, body }) => deviceSignIns.judge(actor, params.code, body.confirm),
  };
}
