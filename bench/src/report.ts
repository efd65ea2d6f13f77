// What a benchmark hands back, as a line of JSON for programs and as a table for people. Pure.

export type Figures = Readonly<Record<string, number>>;

export interface Target {
  readonly op: "<=" | ">=";
  readonly value: number;
}

export interface Report {
  readonly bench: string;
  /** Ours; keys carry their unit. */
  readonly figures: Figures;
  /** The same of the others, from the same run. */
  readonly peers: Readonly<Record<string, Figures>>;
  readonly targets: Readonly<Record<string, Target>>;
  /** What could not be had, and why. */
  readonly missing: readonly string[];
  /** For people only. */
  readonly notes?: readonly string[];
}

/** Every target is met; one whose figure is missing is not. */
export function isOk({ figures, targets }: Report): boolean {
  return Object.entries(targets).every(([key, target]) => isMet(figures[key], target));
}

/** One line, the last that `--json` prints. */
export function toJsonLine(report: Report): string {
  const { bench, figures, peers, targets, missing } = report;
  const rounded = Object.fromEntries(Object.entries(peers).map(([peer, own]) => [peer, roundAll(own)]));
  const line = { bench, figures: roundAll(figures), peers: rounded, targets, ok: isOk(report) };
  return JSON.stringify(missing.length === 0 ? line : { ...line, missing });
}

export function toTable(report: Report): string {
  const peers = Object.keys(report.peers);
  const keys = [...new Set([report.figures, ...Object.values(report.peers)].flatMap((figures) => Object.keys(figures)))];
  const rows = [
    [report.bench, "fairway", ...peers, "target"],
    ...keys.map((key) => [
      key,
      show(report.figures[key]),
      ...peers.map((peer) => show(report.peers[peer]?.[key])),
      showTarget(report, key),
    ]),
    ...Object.keys(report.targets)
      .filter((key) => !keys.includes(key))
      .map((key) => [key, "-", ...peers.map(() => "-"), showTarget(report, key)]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "),
  );
  const missing = report.missing.map((what) => `missing: ${what}`);
  return [...lines, ...missing, ...(report.notes ?? []), isOk(report) ? "All targets are met." : "Not all targets are met."].join("\n");
}

function isMet(figure: number | undefined, { op, value }: Target): boolean {
  if (figure === undefined) return false;
  return op === "<=" ? figure <= value : figure >= value;
}

function showTarget({ figures, targets }: Report, key: string): string {
  const target = targets[key];
  return target === undefined ? "" : `${target.op} ${target.value} ${isMet(figures[key], target) ? "met" : "MISSED"}`;
}

function show(figure: number | undefined): string {
  return figure === undefined ? "-" : String(round(figure));
}

function roundAll(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([key, figure]) => [key, round(figure)]));
}

/** To a tenth; small ones, which are ratios, to a thousandth. Only for showing: targets see the whole figure. */
function round(figure: number): number {
  const places = Math.abs(figure) < 10 ? 1000 : 10;
  return Math.round(figure * places) / places;
}
