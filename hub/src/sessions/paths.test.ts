import { AppError } from "@fairway/contract/errors.ts";
import { OpenPath } from "@fairway/contract/sessions.ts";
import { describe, expect, test } from "vitest";
import { placePaths } from "./paths.ts";

const HOME = async () => "/home/alice";
const UNKNOWN = async () => null;
const file = (value: string) => ({ option: "notebook", kind: "file", value }) as const;

describe("folder and file", () => {
  test.each([
    // folder, file -> where it starts, what Open leads to
    [null, null, null, ""],
    ["/scratch/x/", null, "/scratch/x", ""],
    ["projects/x", null, "/home/alice/projects/x", ""],
    ["~", null, "/home/alice", ""],
    ["~/projects//x/.", null, "/home/alice/projects/x", ""],
    [null, "a.ipynb", null, "lab/tree/a.ipynb"],
    [null, "~/sub/a.ipynb", null, "lab/tree/sub/a.ipynb"],
    [null, "/home/alice/sub/a.ipynb", null, "lab/tree/sub/a.ipynb"],
    [null, "/scratch/a.ipynb", "/scratch", "lab/tree/a.ipynb"],
    [null, "/home/alice2/a.ipynb", "/home/alice2", "lab/tree/a.ipynb"],
    ["/scratch", "/scratch/deep/a.ipynb", "/scratch", "lab/tree/deep/a.ipynb"],
    ["projects", "projects/a.ipynb", "/home/alice/projects", "lab/tree/a.ipynb"],
    ["/home/alice/projects", "projects/a.ipynb", "/home/alice/projects", "lab/tree/a.ipynb"],
    ["/", "/scratch/a.ipynb", "/", "lab/tree/scratch/a.ipynb"],
    [null, "a b/ü?#%&.ipynb", null, "lab/tree/a%20b/%C3%BC%3F%23%25%26.ipynb"],
  ])("%j and %j: in %j, %j", async (folder, opened, workingDirectory, openPath) => {
    const placed = await placePaths({ workingDirectory: folder, open: opened === null ? null : file(opened) }, HOME);
    expect(placed).toEqual({ workingDirectory, openPath });
    expect(OpenPath.safeParse(placed.openPath).success).toBe(true);
  });

  test("an address is opened as it is", async () => {
    const open = { option: "page", kind: "address", value: "lab?reset" } as const;
    expect(await placePaths({ workingDirectory: null, open }, UNKNOWN)).toEqual({ workingDirectory: null, openPath: "lab?reset" });
  });
});

test.each(["/home/alice/a.ipynb", "/scratch-other/a.ipynb", "/scratch", "a.ipynb"])(
  "%s outside of the chosen folder is refused at its option",
  async (path) => {
    const placing = placePaths({ workingDirectory: "/scratch", open: file(path) }, HOME);
    await expect(placing).rejects.toMatchObject({ code: "invalid_input", fields: [{ path: "options.notebook" }] });
  },
);

describe("a home that is not known", () => {
  test("is not needed for what is absolute, or opened where the session starts", async () => {
    expect((await placePaths({ workingDirectory: "/scratch", open: file("/scratch/a.ipynb") }, UNKNOWN)).openPath).toBe("lab/tree/a.ipynb");
    expect((await placePaths({ workingDirectory: null, open: file("a.ipynb") }, UNKNOWN)).openPath).toBe("lab/tree/a.ipynb");
    expect(await placePaths({ workingDirectory: null, open: file("/home/alice/a.ipynb") }, UNKNOWN)).toEqual({
      workingDirectory: "/home/alice",
      openPath: "lab/tree/a.ipynb",
    });
  });

  test("is said where it is", async () => {
    const placing = placePaths({ workingDirectory: "projects", open: null }, UNKNOWN);
    await expect(placing).rejects.toBeInstanceOf(AppError);
    await expect(placing).rejects.toMatchObject({ code: "cluster_away", next: expect.stringContaining("absolute") as unknown as string });
  });
});
