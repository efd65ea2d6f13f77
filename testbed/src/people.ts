// The people of every testbed: the same names, numbers and password in every node. Pure.

export interface Person {
  readonly name: string;
  readonly uid: number;
  /** Slurm accounts, the default one first; none: a login without the right to compute. */
  readonly accounts: readonly string[];
  readonly adminLevel?: "Operator" | "Admin";
  /** The account this person coordinates. */
  readonly coordinates?: string;
}

/** Everybody's password. A testbed is for demonstrations and tests, on one host's own bridge. */
export const demoPassword = "fairway";

const students = Array.from({ length: 40 }, (_, index): Person => {
  return { name: `student${String(index + 1).padStart(2, "0")}`, uid: 10021 + index, accounts: ["class"] };
});

export const people: readonly Person[] = [
  { name: "alice", uid: 10001, accounts: ["physics"] },
  { name: "bob", uid: 10002, accounts: ["physics", "chemistry"] },
  { name: "carol", uid: 10003, accounts: [] },
  { name: "admin", uid: 10010, accounts: ["staff"], adminLevel: "Operator" },
  { name: "teacher", uid: 10020, accounts: ["class"], coordinates: "class" },
  ...students,
];

export const humansGroup = { name: "cluster-users", gid: 10000 };

/** Accounts that run services; nobody signs in as these. */
export const services = {
  fairway: { name: "fairway", uid: 970, home: "/var/lib/fairway", shell: "/bin/sh" },
  slurmrest: { name: "slurmrest", uid: 971, home: "/nonexistent", shell: "/usr/sbin/nologin" },
  /** An operator of Slurm's: raises time limits for Fairway. */
  operator: { name: "fairway-operator", uid: 972, home: "/nonexistent", shell: "/usr/sbin/nologin" },
} as const;

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
}

/** Adds the service accounts and the people to a root's account files. `passwordHash` is crypt(5)'s. */
export function addPeople(base: AccountFiles, passwordHash: string, humans: readonly Person[] = people): AccountFiles {
  const system = Object.values(services);
  return {
    passwd: lines(base.passwd, [
      ...system.map((account) => `${account.name}:x:${account.uid}:${account.uid}::${account.home}:${account.shell}`),
      ...humans.map((person) => `${person.name}:x:${person.uid}:${person.uid}:${person.name}:/home/${person.name}:/bin/bash`),
    ]),
    group: lines(base.group, [
      `${humansGroup.name}:x:${humansGroup.gid}:${humans.map((person) => person.name).join(",")}`,
      ...[...system, ...humans].map((account) => `${account.name}:x:${account.uid}:`),
    ]),
    // "*" means no password, and not locked: sshd without PAM refuses "!".
    shadow: lines(base.shadow, [
      ...system.map((account) => `${account.name}:*:19000:0:99999:7:::`),
      ...humans.map((person) => `${person.name}:${passwordHash}:19000:0:99999:7:::`),
    ]),
  };
}

/** A name's numbers in passwd(5) text; undefined when it is not there. */
export function findAccount(passwd: string, name: string): { uid: number; gid: number; home: string; shell: string } | undefined {
  const line = passwd.split("\n").find((candidate) => candidate.startsWith(`${name}:`));
  const [, , uid, gid, , home, shell] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined || home === undefined || shell === undefined) return undefined;
  return { uid: Number(uid), gid: Number(gid), home, shell };
}

function lines(base: string, added: readonly string[]): string {
  return `${base.trimEnd()}\n${added.join("\n")}\n`;
}
