/**
 * What a person may use on a cluster, by the cluster's own rules. Pure. Where something is not known
 * (groups, accounts above accounts) nobody is refused for it: the scheduler has the last word anyway.
 */
import type { Association, PartitionFacts, QosFacts, ReservationFacts, Rules } from "../schedulers/facts.ts";

/** Somebody as the cluster knows them. */
export interface Person {
  /** The account their jobs run as. */
  readonly user: string;
  /** Unix groups. Null: not known. */
  readonly groups: readonly string[] | null;
}

export interface Entitlements {
  /** Why they can use nothing at all; null: they can. */
  readonly refusal: string | null;
  /** All of the cluster's, each with the reason why not. */
  readonly partitions: readonly { readonly facts: PartitionFacts; readonly refusal: string | null }[];
  /** Slurm accounts of theirs; empty also where there are none to choose from. */
  readonly accounts: readonly {
    readonly name: string;
    readonly isDefault: boolean;
    readonly qos: readonly string[];
    readonly defaultQos: string | null;
  }[];
  readonly qos: readonly QosFacts[];
  readonly reservations: readonly ReservationFacts[];
}

export function entitlementsOf(rules: Rules, person: Person): Entitlements {
  const own = associationsOf(rules, person);
  const qosNames = own === null || !rules.enforcesQos ? null : new Set(own.flatMap(({ qos }) => qos.map(fold)));
  return {
    refusal: refuseEverything(rules, person),
    partitions: rules.partitions.map((facts) => ({ facts, refusal: refusePartitionAltogether(rules, person, facts) })),
    accounts: [...Map.groupBy(own ?? [], ({ account }) => account)].map(([name, rows]) => ({
      name,
      isDefault: rows.some((row) => row.isDefaultAccount),
      qos: [...new Set(rows.flatMap((row) => allowedQos(rules, row) ?? []))],
      defaultQos: rows[0] === undefined ? null : defaultQosOf(rows[0]),
    })),
    qos: rules.qos.filter(({ name }) => qosNames === null || qosNames.has(fold(name))),
    reservations: rules.reservations.filter((reservation) => refuseReservation(rules, reservation, person, own) === null),
  };
}

/** Null: this site enforces none. */
export function associationsOf(rules: Rules, person: Person): readonly Association[] | null {
  return rules.associations?.filter((row) => row.user === person.user) ?? null;
}

export function refuseEverything(rules: Rules, person: Person): string | null {
  if (associationsOf(rules, person)?.length !== 0) return null;
  return `${person.user} has no account for computing on this cluster; those who run it can give one.`;
}

/**
 * The row that counts for this account (null: the person's default one) in this partition: one for the
 * partition itself before one for all. Null: there is none, and Slurm refuses the combination.
 */
export function findAssociation(own: readonly Association[], account: string | null, partition: string): Association | null {
  const wanted = account ?? own.find((row) => row.isDefaultAccount)?.account;
  const rows = own.filter((row) => wanted !== undefined && fold(row.account) === fold(wanted));
  return rows.find((row) => row.partition === partition) ?? rows.find((row) => row.partition === null) ?? null;
}

/** Null: any. */
export function allowedQos(rules: Rules, association: Association): readonly string[] | null {
  return rules.enforcesQos && association.qos.length > 0 ? association.qos : null;
}

/** What a job gets that asks for none: the association's default, its only one, or the one that Slurm always has. */
export function defaultQosOf({ defaultQos, qos }: Association): string {
  return defaultQos ?? (qos.length === 1 ? qos[0] : undefined) ?? "normal";
}

/** Whether the partition takes work, and this person's at all. */
export function refusePartition(partition: PartitionFacts, person: Person): string | null {
  if (partition.state === "DOWN") return `The partition ${partition.name} is down: jobs wait there until its administrators bring it up.`;
  if (partition.state !== "UP") return `The partition ${partition.name} takes no new jobs at the moment.`;
  const { allowGroups } = partition;
  if (allowGroups === null) return null;
  if (allowGroups.length === 0) return `The partition ${partition.name} is for administrators alone.`;
  if (person.groups === null || person.groups.some((group) => allowGroups.includes(group))) return null;
  return `The partition ${partition.name} is only for ${listNames("the group", "the groups", allowGroups)}.`;
}

/** A list of those allowed wins over one of those denied, as in Slurm; both speak of the accounts below, too. */
export function refuseAccount(partition: PartitionFacts, account: string, rules: Rules): string | null {
  const { name, allowAccounts, denyAccounts } = partition;
  if (allowAccounts === null) {
    // Older versions deny the account itself alone: in doubt they decide.
    return hasName(denyAccounts, account) ? `The partition ${name} is not for the account ${account}.` : null;
  }
  if (isBelow(account, allowAccounts, rules.accountParents)) return null;
  return `The partition ${name} is only for ${listNames("the account", "the accounts", allowAccounts)}, not for ${account}.`;
}

export function refuseQos({ name, allowQos, denyQos }: PartitionFacts, qos: string): string | null {
  if (allowQos === null) return hasName(denyQos, qos) ? `The partition ${name} is not for the QoS ${qos}.` : null;
  return hasName(allowQos, qos) ? null : `The partition ${name} is only for the QoS ${allowQos.join(", ")}, not for ${qos}.`;
}

/**
 * A reservation names users or groups, or accounts, or both: then one must be in both.
 * @param rows the associations that may be used for it; null: accounts do not count here
 */
export function refuseReservation(
  rules: Rules,
  reservation: ReservationFacts,
  person: Person,
  rows: readonly Association[] | null,
): string | null {
  const { name, users, accounts, groups } = reservation;
  const isIn = [
    isListed(users, (user) => user === person.user),
    isListed(groups, (group) => person.groups === null || person.groups.includes(group)),
    isListed(accounts, (account) => rows === null || rows.some((row) => isBelow(row.account, [account], rules.accountParents))),
  ];
  return isIn.includes(false) ? `The reservation ${name} is not for ${person.user}.` : null;
}

/** An empty list is no condition. Slurm notes those who are kept out with a minus; the others are in. */
function isListed(names: readonly string[], isThem: (name: string) => boolean): boolean {
  if (names.length === 0) return true;
  const [out, into] = [names.filter((name) => name.startsWith("-")), names.filter((name) => !name.startsWith("-"))];
  return !out.some((name) => isThem(name.slice(1))) && (into.length === 0 || into.some(isThem));
}

/** With no account and QoS of theirs. The reason of the first combination, which is the default one where there is one. */
function refusePartitionAltogether(rules: Rules, person: Person, partition: PartitionFacts): string | null {
  const refusal = refusePartition(partition, person) ?? refuseEverything(rules, person);
  const own = associationsOf(rules, person);
  if (refusal !== null || own === null) return refusal;
  const rows = own.filter((row) => row.partition === null || row.partition === partition.name);
  if (rows.length === 0) return `None of your accounts may be used in the partition ${partition.name}.`;
  const reasons = rows.map((row) => {
    const qos = allowedQos(rules, row) ?? rules.qos.map(({ name }) => name);
    const isAnyQosGood = qos.length === 0 || qos.some((name) => refuseQos(partition, name) === null);
    return refuseAccount(partition, row.account, rules) ?? (isAnyQosGood ? null : refuseQos(partition, defaultQosOf(row)));
  });
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}

/** Accounts and QoS are the same in any case; partitions and reservations are not. */
export const fold = (name: string): string => name.toLowerCase();

const hasName = (names: readonly string[], name: string) => names.some((one) => fold(one) === fold(name));

/** Is it one of these, or somewhere below one? In doubt, yes: without the tree, older and newer versions differ. */
function isBelow(account: string, names: readonly string[], parents: Rules["accountParents"]): boolean {
  if (Object.keys(parents).length === 0) return true;
  const seen = new Set<string>();
  for (let at: string | undefined = account; at !== undefined && !seen.has(at); at = parents[at]) {
    if (hasName(names, at)) return true;
    seen.add(at);
  }
  return false;
}

function listNames(one: string, many: string, names: readonly string[]): string {
  return `${names.length === 1 ? one : many} ${names.join(", ")}`;
}
