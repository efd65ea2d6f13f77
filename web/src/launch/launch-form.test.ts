import type { Profile } from "@fairway/contract/profiles.ts";
import { describe, expect, it } from "vitest";
import {
  checkDraft,
  isAsked,
  NAME_FIELD,
  suggestName,
  toDraft,
  toFieldErrors,
  toFilled,
  toOtherProblems,
  toQuery,
  toReset,
  toSharedQuery,
} from "./launch-form.ts";
import { summarise, toSeconds } from "./summary.ts";

const profile: Profile = {
  name: "gpu-small",
  title: "GPU small",
  description: null,
  app: { name: "jupyterlab", title: "JupyterLab", icon: null },
  cluster: { name: "harbour", title: "Harbour", awaySince: null },
  summary: "",
  remembered: {},
  refusal: null,
  options: [
    {
      name: "cpus",
      label: "Cores",
      help: null,
      when: null,
      sets: "cpus",
      kind: "number",
      min: 1,
      max: 16,
      step: 1,
      default: 4,
      unit: "cores",
    },
    {
      name: "memory",
      label: "Memory",
      help: null,
      when: null,
      sets: "memory_gb",
      kind: "number",
      min: 0.5,
      max: 64,
      step: 0.5,
      default: 16,
      unit: "GB",
    },
    {
      name: "hours",
      label: "Time",
      help: null,
      when: null,
      sets: "hours",
      kind: "choice",
      choices: [2, 8].map((value) => ({ value, label: `${value} h`, refusal: null })),
      default: 2,
    },
    {
      name: "gpu",
      label: "GPU",
      help: null,
      when: null,
      sets: "gpu_type",
      kind: "choice",
      choices: [{ value: "a100", label: "A100", refusal: null }],
      default: "a100",
    },
    {
      name: "dir",
      label: "Directory",
      help: null,
      when: null,
      sets: "working_directory",
      kind: "text",
      pattern: "[a-z/]*",
      maxLength: 8,
      default: "",
    },
    {
      name: "account",
      label: "Account",
      help: null,
      when: null,
      sets: "account",
      kind: "text",
      pattern: "[a-z]+",
      maxLength: 8,
      default: "",
    },
  ],
};
const draft = toDraft(profile, {}, "");
const withValue = (name: string, value: string) => ({ ...draft, values: { ...draft.values, [name]: value } });
const errorsOf = (changed: typeof draft) => {
  const checked = checkDraft(profile, changed);
  return checked.ok ? {} : checked.errors;
};

describe("the address of a form", () => {
  it("is empty for the defaults and holds only what differs", () => {
    expect(toQuery(profile, draft, "")).toEqual({});
    expect(toQuery(profile, { ...withValue("cpus", "8"), name: "second" }, "")).toEqual({ cpus: "8", [NAME_FIELD]: "second" });
  });

  it("fills the same form again, also with what is no longer allowed", () => {
    const query = { cpus: "99", [NAME_FIELD]: "second", stranger: "x" };
    const again = toDraft(profile, query, "");
    expect(again).toMatchObject({ name: "second", values: { cpus: "99", memory: "16" } });
    expect(again.values).not.toHaveProperty("stranger");
    expect(toQuery(profile, again, "")).toEqual({ cpus: "99", [NAME_FIELD]: "second" });
  });
});

describe("what was chosen last time", () => {
  const known: Profile = { ...profile, remembered: { cpus: 8, hours: 8 } };
  const mine = toDraft(known, { hours: "2" }, "");

  it("fills the form, but the address goes before it", () => {
    expect(mine.values).toMatchObject({ cpus: "8", hours: "2", memory: "16" });
    expect(toQuery(known, mine, "")).toEqual({ hours: "2" });
    expect(toDraft(known, toQuery(known, mine, ""), "")).toEqual(mine);
  });

  it("can be set back to the profile's defaults, also after a reload", () => {
    const reset = toReset(known, mine);
    expect(reset.values).toEqual(draft.values);
    expect(toDraft(known, toQuery(known, reset, ""), "")).toEqual(reset);
  });

  it("does not decide what a shared link shows to others", () => {
    const link = toSharedQuery(known, { ...mine, name: "mine", open: "lab/tree/x.ipynb" });
    expect(link).toMatchObject({ cpus: "8", hours: "2", next: "lab/tree/x.ipynb" });
    expect(link).not.toHaveProperty(NAME_FIELD);
    expect(toDraft({ ...profile, remembered: { cpus: 1 } }, link, "").values).toEqual(mine.values);
  });

  it("gives way to what the hub suggests", () => {
    expect(toFilled(mine, { cpus: 1 }).values).toEqual({ ...mine.values, cpus: "1" });
  });
});

describe("conditions between options", () => {
  const options = profile.options.map((option) => {
    if (option.name === "gpu") return { ...option, when: { option: "cpus", is: [1, 2] } };
    return option.name === "dir" ? { ...option, when: { option: "gpu", is: ["a100"] } } : option;
  });
  const conditional: Profile = { ...profile, options };
  const askedWith = (cpus: string) =>
    options.filter((option) => isAsked(conditional, option, { ...draft.values, cpus })).map(({ name }) => name);

  it("asks only while the other option has the value, and then again what hangs on that", () => {
    expect(askedWith("4")).toEqual(["cpus", "memory", "hours", "account"]);
    expect(askedWith("2.0")).toEqual(["cpus", "memory", "hours", "gpu", "dir", "account"]);
  });

  it("sends nothing that is not asked, and finds no fault with it", () => {
    const checked = checkDraft(conditional, { ...withValue("gpu", "gone"), name: "" });
    expect(checked.ok && Object.keys(checked.request.options)).toEqual(["cpus", "memory", "hours", "account"]);
    expect(toSharedQuery(conditional, draft)).not.toHaveProperty("gpu");
  });
});

describe("choices that the cluster makes", () => {
  const withChoices = (choices: { value: string; label: string; refusal: string | null }[]): Profile => ({
    ...profile,
    options: profile.options.map((option) => (option.name === "gpu" && option.kind === "choice" ? { ...option, choices } : option)),
  });

  it("refuses what this person cannot take, in the cluster's words", () => {
    const refused = withChoices([{ value: "a100", label: "A100", refusal: "No node has it." }]);
    const checked = checkDraft(refused, draft);
    expect(checked.ok ? {} : checked.errors).toEqual({ gpu: "No node has it." });
  });

  it("sets nothing where there is nothing to choose", () => {
    const checked = checkDraft(withChoices([]), draft);
    expect(checked.ok && checked.request.options).not.toHaveProperty("gpu");
  });
});

describe("checkDraft", () => {
  it("gives the request with numbers as numbers", () => {
    expect(checkDraft(profile, draft)).toEqual({
      ok: true,
      request: { profile: "gpu-small", name: "", open: "", options: { cpus: 4, memory: 16, hours: 2, gpu: "a100", dir: "", account: "" } },
    });
  });

  it("names each field that is out of its bounds", () => {
    expect(errorsOf(withValue("cpus", "17"))).toEqual({ cpus: "Only 1 to 16 cores are allowed." });
    expect(errorsOf(withValue("cpus", "0"))).toHaveProperty("cpus");
    expect(errorsOf(withValue("cpus", "1.5"))).toEqual({ cpus: "Only steps of 1 from 1 are allowed." });
    expect(errorsOf(withValue("hours", "4"))).toHaveProperty("hours");
    expect(errorsOf(withValue("dir", "$(id)"))).toHaveProperty("dir");
    expect(errorsOf(withValue("account", "9"))).toHaveProperty("account");
    expect(errorsOf(withValue("dir", "abcdefghi"))).toEqual({ dir: "At most 8 characters." });
    expect(Object.keys(errorsOf({ ...draft, values: { ...draft.values, cpus: "x", hours: "y" }, name: "No" }))).toEqual([
      "cpus",
      "hours",
      NAME_FIELD,
    ]);
  });

  it("takes no empty, endless or half-typed number", () => {
    for (const text of ["", " ", "e", "1e999", "Infinity", "-", "4 cores"])
      expect(errorsOf(withValue("cpus", text)), text).toHaveProperty("cpus");
    expect(errorsOf(withValue("memory", "0.5"))).toEqual({});
    expect(errorsOf(withValue("memory", "1.2"))).toHaveProperty("memory");
  });

  it("leaves a pattern that only the server can read to the server", () => {
    const strange: Profile = {
      ...profile,
      options: profile.options.map((option) => (option.kind === "text" ? { ...option, pattern: "(?P<x>a)" } : option)),
    };
    expect(checkDraft(strange, withValue("dir", "abc")).ok).toBe(true);
  });

  it("holds a session's name to the rule for addresses", () => {
    for (const name of ["", "a", "gpu-small", "b2"]) expect(errorsOf({ ...draft, name }), name).toEqual({});
    for (const name of ["-a", "a--b", "a-", "A", "2b", "a/b", "ä", "a".repeat(31)])
      expect(errorsOf({ ...draft, name }), name).toHaveProperty(NAME_FIELD);
  });
});

describe("suggestName", () => {
  it("keeps the main session's place while it is free, else numbers the profile's name", () => {
    expect(suggestName("gpu_small", ["other"])).toBe("");
    expect(suggestName("gpu_small", [""])).toBe("gpu-small");
    expect(suggestName("gpu_small", ["", "gpu-small", "gpu-small-2"])).toBe("gpu-small-3");
  });

  it("suggests only what it would accept itself", () => {
    const long = `a${"_b".repeat(19)}`;
    for (const name of [suggestName(long, [""]), suggestName(long, ["", suggestName(long, [""])])]) {
      expect(errorsOf({ ...draft, name }), name).toEqual({});
    }
  });
});

describe("a name that a page of Jupyter's own has", () => {
  it("is not suggested for a profile that is called so", () => {
    expect(suggestName("lab", [""])).toBe("lab-2");
    expect(suggestName("lab", ["", "lab-2"])).toBe("lab-3");
  });

  it("is refused at its field, before anything is sent", () => {
    expect(errorsOf({ ...draft, name: "lab" })[NAME_FIELD]).toMatch(/Jupyter/);
    expect(errorsOf({ ...draft, name: "lab-2" })).toEqual({});
  });
});

describe("toFieldErrors", () => {
  it("brings the server's paths to the fields, and leaves out what has none", () => {
    const fields = [
      { path: "options.cpus", message: "too many" },
      { path: "name", message: "taken" },
      { path: "profile", message: "gone" },
    ];
    expect(toFieldErrors(profile, fields)).toEqual({ cpus: "too many", [NAME_FIELD]: "taken" });
    expect(toOtherProblems(profile, fields)).toEqual(["gone"]);
  });
});

describe("the summary", () => {
  it("adds up what the options set", () => {
    expect(summarise(profile, { cpus: 8, memory: 1.5, hours: 2, gpu: "a100", dir: "" })).toEqual([
      { label: "Cores", value: "8" },
      { label: "Memory", value: "1.5 GB" },
      { label: "GPUs", value: "1 × a100" },
      { label: "Time", value: "at most 2 h" },
    ]);
    expect(toSeconds({ hours: 1, minutes: 30 })).toBe(3600);
    expect(toSeconds({ minutes: 30 })).toBe(1800);
    expect(toSeconds({ cpus: 1 })).toBeNull();
  });
});
