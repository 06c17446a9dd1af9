/** A package that a text imports, and what it takes of it. */
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
/** Names of fewer letters are near one another by chance. */
const SHORTEST = 5
/** A package is the set's where so many answers import it, and so many times as many as what is called almost as it is. */
const USUAL = 10
const TIMES = 4
/** What so many of its importers take of it is the package's. */
const COMMON = 2
const LONGEST = 4000

/**
 * Whether each answer imports what is called almost as a package that many answers import, and uses it as they use that one: a name that somebody
 * registered for those who mistype it (Ohm et al. 2020, Backstabber's Knife Collection). A package of its own that is called alike is used otherwise.
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

/** What several importers take of a package. */
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

/** What a text takes of that name, as `name.member`. */
function membersOf(text: string, name: string): string[] {
  if (!/^[\w$]+$/.test(name)) return []
  const pattern = new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}\\.([A-Za-z_]\\w*)`, 'g')
  return [...text.matchAll(pattern)].map(([, member = '']) => member)
}

/** One letter within the name is another, is missing, is too many, or two are swapped; forks and plurals differ at an end. */
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
