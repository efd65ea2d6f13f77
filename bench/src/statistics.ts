// The two numbers that a benchmark tells of its runs. Pure.

export function median(values: readonly number[]): number {
  const sorted = sort(values);
  const upper = at(sorted, Math.floor(sorted.length / 2));
  return sorted.length % 2 === 1 ? upper : (at(sorted, sorted.length / 2 - 1) + upper) / 2;
}

/** By nearest rank: a value that was measured, never one in between. `p` is 1 to 100. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = sort(values);
  return at(sorted, Math.ceil((p / 100) * sorted.length) - 1);
}

function sort(values: readonly number[]): number[] {
  if (values.length === 0) throw new Error("There is no median of nothing: no run was measured.");
  return values.toSorted((a, b) => a - b);
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`There is no value ${index} among ${values.length}.`);
  return value;
}
