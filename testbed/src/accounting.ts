// What slurmdbd knows of people: accounts, QoS, associations. Pure: the lines sacctmgr is given.
import { people, services } from "./people.ts";

/** QoS beside Slurm's own `normal`. */
const qualities = {
  limited: "MaxJobsPerUser=1",
  long: "MaxWall=24:00:00 MaxTRESPerUser=cpu=8 Priority=5",
  capped: "MaxTRESPerJob=cpu=2 MaxWall=00:10:00 Flags=DenyOnLimit",
};

const operatorsAccount = "staff";

/** Lines for `sacctmgr -i`, in order: a cluster as a site's administrator would set it up. */
export function renderAccounting(cluster: string): string[] {
  const allowed = ["normal", ...Object.keys(qualities)].join(",");
  const accounts = [...new Set(people.flatMap((person) => person.accounts))].join(",");
  return [
    `add cluster ${cluster}`,
    ...Object.entries(qualities).map(([name, limits]) => `add qos ${name} ${limits}`),
    `add account ${accounts} cluster=${cluster} organization=demo qos=${allowed} defaultqos=normal`,
    ...renderUsers(),
    // An operator needs no right to compute, but sacctmgr adds nobody without an account.
    `add user ${services.operator.name} account=${operatorsAccount} defaultaccount=${operatorsAccount} adminlevel=Operator`,
    ...people.flatMap((person) => (person.coordinates ? [`add coordinator account=${person.coordinates} names=${person.name}`] : [])),
  ];
}

/** One line for all who are alike. */
function renderUsers(): string[] {
  const alike = Map.groupBy(
    people.filter((person) => person.accounts.length > 0),
    (person) => {
      const level = person.adminLevel ? ` adminlevel=${person.adminLevel}` : "";
      return `account=${person.accounts.join(",")} defaultaccount=${person.accounts[0]}${level}`;
    },
  );
  return [...alike].map(([rights, group]) => `add user ${group.map((person) => person.name).join(",")} ${rights}`);
}
