import { defineConfig } from "vitest/config";

/** A condition that is waited for may take its time on a busy machine; the default is one second. */
const expect = { poll: { timeout: 20_000 } };
/** A machine may stand still for seconds, and who waits for a condition shall be the one to say that it did not come. */
const patient = { testTimeout: 60_000, hookTimeout: 120_000 };
const shared = { exclude: ["**/node_modules/**", "**/dist/**"], isolate: true, expect };
const alone = { fileParallelism: false, testTimeout: 400_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          ...patient,
          name: "unit",
          include: ["**/*.test.{ts,tsx}"],
          exclude: [...shared.exclude, "**/*.{component,system,browser,matrix,soak}.test.ts"],
        },
      },
      {
        test: {
          ...shared,
          ...patient,
          name: "component",
          include: ["**/*.component.test.ts"],
          fileParallelism: false,
        },
      },
      // Each file has a testbed of its own, and mostly waits for it.
      { test: { ...shared, ...alone, fileParallelism: true, maxWorkers: 2, name: "system", include: ["**/*.system.test.ts"] } },
      { test: { ...shared, ...alone, name: "browser", include: ["**/*.browser.test.ts"] } },
      { test: { ...shared, ...alone, name: "matrix", include: ["**/*.matrix.test.ts"] } },
    ],
  },
});
