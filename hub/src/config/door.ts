/** The door's references: what it launches exists, and whoever is sent to it finds it. */
import type { ConfigProblem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";
import { suggest } from "./suggest.ts";

export function checkDoor({
  door,
  listen,
  profiles,
  clusters,
}: Pick<ConfigFile, "door" | "listen" | "profiles" | "clusters">): ConfigProblem[] {
  const shared = listen.flatMap((listener, index) => ("port" in listener && listener.ssh ? [index] : []));
  if (door === undefined) {
    const wanting = Object.entries(clusters).filter(([, { shells }]) => shells?.login === true || shells?.jobs === true);
    return [
      ...shared.map((index) => ({ path: `listen.${index}.ssh`, message: "there is no door that it could hand SSH to" })),
      ...wanting.map(([name]) => ({
        path: `clusters.${name}.shells`,
        message: "there is no door, by which people come to them: add door",
      })),
    ];
  }
  const problems: ConfigProblem[] = [];
  const names = profiles.map(({ name }) => name);
  const { default_profile: launched } = door;
  if (launched !== undefined && !names.includes(launched)) {
    const near = suggest(launched, names);
    const hint = near === null ? ` (known: ${names.join(", ")})` : `; did you mean "${near}"?`;
    problems.push({ path: "door.default_profile", message: `there is no profile "${launched}"${hint}` });
  }
  if (door.listen.length === 0 && shared.length === 0) {
    problems.push({ path: "door.listen", message: "nobody could come in: name a port, or set ssh: true for one of listen" });
  }
  return problems;
}
