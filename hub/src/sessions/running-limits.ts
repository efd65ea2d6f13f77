/**
 * Limits on how many jobs of a person may run at a time. A trial does not look at them (seen on
 * 24.11), so that it promises a start which does not come. Pure. Only our own sessions are counted:
 * what is over the limit by these is over it for sure.
 */
import type { Resources } from "@fairway/contract/sessions.ts";
import { associationsOf, defaultQosOf, findAssociation, fold, type Person } from "../clusters/entitlements.ts";
import { findPartition } from "../clusters/room.ts";
import type { Rules } from "../schedulers/facts.ts";

/** Why it would not start at once, whatever is free; null: nothing known against it. `running`: what theirs have asked for. */
export function findRunningLimit(rules: Rules, person: Person, resources: Resources, running: readonly Resources[]): string | null {
  const termsOf = ({ account, qos, partition }: Resources) => {
    const where = findPartition(rules.partitions, partition);
    const own = associationsOf(rules, person);
    const association = where === null || own === null ? null : findAssociation(own, account, where.name);
    return { association, qos: qos ?? (association === null ? null : defaultQosOf(association)) };
  };
  const { association, qos } = termsOf(resources);
  if (association === null || qos === null || !rules.enforcesQos) return null;
  const others = running.map(termsOf);
  const ofQos = rules.qos.find(({ name }) => fold(name) === fold(qos))?.maxJobsPerUser ?? null;
  const inQos = others.filter((other) => other.qos !== null && fold(other.qos) === fold(qos)).length;
  if (ofQos !== null && inQos >= ofQos) return describe(`The QoS ${qos}`, ofQos);
  const inAccount = others.filter((other) => other.association === association).length;
  return association.maxJobs !== null && inAccount >= association.maxJobs
    ? describe(`The account ${association.account}`, association.maxJobs)
    : null;
}

const describe = (who: string, limit: number) =>
  `${who} lets ${limit === 1 ? "one job" : `${limit} jobs`} of yours run at a time: it starts when one of those has ended.`;
