/** What is wrong with a configuration, all of it at once, each with its place. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(`${file} is not valid:\n${problems.map(({ path, message }) => `  ${path === "" ? "(file)" : path}: ${message}`).join("\n")}`);
    this.problems = problems;
  }
}
