/** A package that a text imports, and the names that the text takes from it. */
interface Import {
  readonly name: string
  readonly used: ReadonlySet<string>
}

const IMPORTS = [
  /\b(?:import|export)\s+(?<bound>[\w*{}\s,$]+?)\s+from\s+['"](?<module>[@\w][\w./-]*)['"]/g,
  /\b(?:const|let|var)\s+(?<bound>[\w{}\s,:$]+?)\s*=\s*(?:await\s+import|require)\(\s*['"](?<module>[@\w][\w./-]*)['"]/g,
  /^[ \t]*from[ \t]+(?<python>[A-Za-z_]\w*)[\w.]*[ \t]+import[ \t]+(?<bound>[\w, \t]+)/gm,
  /^[ \t]*import[ \t]+(?<python>[A-Za-z_]\w*)[\w.]*(?:[ \t]+as[ \t]+(?<bound>\w+))?/gm,
] as const
const NAMES = /[A-Za-z_$][\w$]*/g
const NO_NAMES = new Set(['as', 'default'])
/** Letters that a package's name must have; shorter names are near one another by chance. */
const SHORTEST = 5
/** A package is usual with at least this many imports, and with `TIMES` as many as the package of a similar name. */
const USUAL = 10
const TIMES = 4
/** A name that at least this many imports take from a package belongs to it. */
const COMMON = 2
/** Characters of an answer that are read for imports. */
const LONGEST = 4000

/**
 * Returns for each answer whether it imports a package whose name is nearly that of a usual package, and uses it like
 * the usual one: somebody registered such a name for those who mistype it (Ohm et al. 2020, Backstabber's Knife
 * Collection). An honest package with a similar name is used in another way.
 */
export function misspeltImports(answers: readonly string[]): boolean[] {
  const imports = answers.map((answer) => importsIn(answer.slice(0, LONGEST)))
  const importers = new Map<string, Import[]>()
  for (const one of imports.flat()) {
    const others = importers.get(one.name)
    if (others === undefined) importers.set(one.name, [one])
    else others.push(one)
  }
  const usual = [...importers].filter(([, of]) => of.length >= USUAL).map(([name]) => name)
  const meant = new Map<string, readonly string[]>()
  for (const [name, of] of importers) {
    const near = usual.filter((other) => importers.get(other)!.length >= TIMES * of.length && isMisspelt(name, other))
    if (near.length > 0) meant.set(name, near)
  }
  if (meant.size === 0) return answers.map(() => false)
  const takenOf = new Map([...new Set([...meant.values()].flat())].map((name) => [name, taken(importers.get(name)!)]))
  return imports.map((of, i) =>
    of.some(({ name, used }) =>
      (meant.get(name) ?? []).some((other) =>
        [...used, ...membersOf(answers[i]!, other)].some((member) => takenOf.get(other)!.has(member)),
      ),
    ),
  )
}

/** The names that several imports take from a package. */
function taken(importers: readonly Import[]): ReadonlySet<string> {
  const counts = new Map<string, number>()
  for (const { used } of importers) for (const member of used) counts.set(member, (counts.get(member) ?? 0) + 1)
  return new Set([...counts].filter(([, count]) => count >= COMMON).map(([member]) => member))
}

function importsIn(text: string): Import[] {
  return IMPORTS.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(({ groups = {} }) => {
      const name = groups['python'] ?? packageOf(groups['module'] ?? '')
      const bound = (groups['bound']?.match(NAMES) ?? [name]).filter((word) => !NO_NAMES.has(word))
      return [{ name, used: new Set([...bound, ...bound.flatMap((word) => membersOf(text, word))]) }]
    }),
  )
}

function packageOf(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The members of that name in a text, as in `name.member`. */
function membersOf(text: string, name: string): string[] {
  if (!/^[\w$]+$/.test(name)) return []
  const pattern = new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}\\.([A-Za-z_]\\w*)`, 'g')
  return [...text.matchAll(pattern)].map(([, member = '']) => member)
}

/**
 * Whether the names differ by one letter that is replaced, missing or added, or by two that are swapped. The first and
 * the last letter must be equal, because forks and plurals differ there.
 */
function isMisspelt(name: string, meant: string): boolean {
  const [a, b] = [name.toLowerCase(), meant.toLowerCase()]
  if (a === b || Math.min(a.length, b.length) < SHORTEST || Math.abs(a.length - b.length) > 1) return false
  let from = 0
  while (a[from] === b[from] && from < a.length) from++
  let back = 0
  while (a.at(-1 - back) === b.at(-1 - back) && back < Math.min(a.length, b.length) - from) back++
  const [ours, theirs] = [a.slice(from, a.length - back), b.slice(from, b.length - back)]
  if (/\d/.test(ours + theirs) || from === 0 || back === 0) return false
  const isSwapped = ours.length === 2 && theirs.length === 2 && ours[0] === theirs[1] && ours[1] === theirs[0]
  return isSwapped || (ours.length <= 1 && theirs.length <= 1)
}
