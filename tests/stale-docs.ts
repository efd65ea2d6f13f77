/** Finds what a page of documentation names and the repository does not have. */
import { posix } from "node:path";

/** What there is to be named. */
export interface Nameable {
  /** Files and folders, relative to the repository, without a slash at the end. */
  readonly paths: ReadonlySet<string>;
  /** By workspace; the repository's own under "". */
  readonly npmScripts: ReadonlyMap<string, ReadonlySet<string>>;
  /** First word, or first and second, of what each program takes. */
  readonly verbs: Readonly<Record<string, ReadonlySet<string>>>;
  /** Is this path one that git ignores: made by a build, so perhaps not there yet? */
  readonly isIgnored: (path: string) => boolean;
}

/** Every name in `text` (the page at `path`) that leads nowhere, as the page has it. */
export function findStale(path: string, text: string, nameable: Nameable): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, "");
  const code = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm), ...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
  return [
    ...findLinks(prose).filter((link) => !exists(posix.join(posix.dirname(path), link), nameable)),
    ...code.flatMap((span) => [...findPaths(span, nameable), ...findNpmScripts(span, nameable), ...findVerbs(span, nameable)]),
  ];
}

/** Relative targets of links and pictures, without their anchor. */
function findLinks(prose: string): readonly string[] {
  return [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
    .map((match) => (match[1] ?? "").replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** A word is one of our paths if it starts with a folder of ours; with a placeholder in it, it is a pattern. */
function findPaths(span: string, nameable: Nameable): readonly string[] {
  const words = span.match(/(?<![\w/.@~-])(?:\.\/)?[\w.-]+\/[\w./-]*(?![\w*{<…])/g) ?? [];
  return words
    .map((word) => word.replace(/^\.\//, "").replace(/[/.]+$/, ""))
    .filter((word) => nameable.paths.has(word.split("/")[0] ?? "") && !/(^|\/)[A-Z]+(\/|$)|NNNN|NAME/.test(word))
    .filter((word) => !exists(word, nameable));
}

function findNpmScripts(span: string, { npmScripts }: Nameable): readonly string[] {
  return [...span.matchAll(/npm run (?:--silent )?([\w:-]+)(?: (?:--workspace|-w) ([\w/@-]+))?/g)]
    .filter(([, script = "", workspace = ""]) => npmScripts.get(workspace)?.has(script) !== true)
    .map(([whole]) => whole);
}

/** Only where a command line starts: the words also name the product, an account, a folder. */
function findVerbs(span: string, { verbs }: Nameable): readonly string[] {
  return span.split("\n").flatMap((line) => {
    const [, program = "", rest = ""] = /^\s*(?:[$#] )?(?:sudo )?(?:[\w./-]*\/)?(fairway|testbed) +([a-z][a-z-]*.*)$/.exec(line) ?? [];
    const known = verbs[program];
    if (known === undefined) return [];
    const [first = "", second = ""] = rest.split(/[\s|[]+/);
    const takesSecond = [...known].some((verb) => verb.startsWith(`${first} `));
    const verb = takesSecond && /^[a-z-]+$/.test(second) ? `${first} ${second}` : first;
    return known.has(verb) ? [] : [`${program} ${verb}`];
  });
}

function exists(path: string, { paths, isIgnored }: Nameable): boolean {
  const normal = posix.normalize(path).replace(/\/$/, "");
  return normal === "." || paths.has(normal) || isIgnored(normal);
}
