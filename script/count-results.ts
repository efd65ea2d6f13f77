/**
 * Adds up what `script/test` has run, from vitest's own reports, and says it in one line. A layer
 * that failed without a failed test (a file that could not be loaded, a hook, an unhandled error, no
 * report at all) counts as one failure: nothing may pass by not having been counted.
 *
 *   node script/count-results.ts DIRECTORY
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of vitest's JSON report (Jest's format) that is counted. */
export interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

export function countLayer(report: Report | null, exitCode: number): Counts {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.testResults
    .map((file) => Math.max(file.assertionResults.filter(({ status }) => status === "failed").length, file.status === "failed" ? 1 : 0))
    .reduce((sum, count) => sum + count, 0);
  const skipped = report.numPendingTests + report.numTodoTests;
  return { passed: report.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped };
}

export function addCounts(counts: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => counts.reduce((total, one) => total + one[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

function readCounts(directory: string): readonly Counts[] {
  const files = readdirSync(directory);
  const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), "utf8"));
  return files.flatMap((file) => {
    const [kind, name = ""] = file.replace(/\.json$/, "").split(/-(.*)/s);
    switch (kind) {
      case "check": {
        const { outcome } = read(file) as { outcome: "passed" | "failed" };
        return [{ passed: Number(outcome === "passed"), failed: Number(outcome !== "passed"), skipped: 0 }];
      }
      case "exit": {
        const { exitCode } = read(file) as { exitCode: number };
        return [countLayer(files.includes(`layer-${name}.json`) ? (read(`layer-${name}.json`) as Report) : null, exitCode)];
      }
      case "skipped":
        return [{ passed: 0, failed: 0, skipped: 1 }];
      default:
        return [];
    }
  });
}

if (import.meta.main) {
  const counts = addCounts(readCounts(process.argv[2] ?? "."));
  process.stdout.write(`${formatCounts(counts)}\n`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}
