import { PRINCIPALS, type Entry } from '../../../permissions/entry.ts'
import { STATEMENT } from '../../../permissions/statement.ts'
import type { Evaluated, EvaluatedResource } from '../evaluate.ts'
import { namesOf, type Given } from '../permissions-aws.ts'
import { inside, placesOf, withArns, type Places, type Wish } from './aws-places.ts'
import { succeeds } from './aws-world.ts'
import { outsiderProblems } from './outsiders-aws.ts'

/** Where a request is answered otherwise than the statement says, each in a line that begins `access: `. */
export function accessProblems(evaluated: Evaluated, given: Given): string[] {
  const resources = withArns(evaluated.resources)
  const places = placesOf(resources)
  return [...statementProblems(places, resources, given), ...outsiderProblems(places, resources)]
}

/** Each request that anybody's entry describes, asked by everybody: it succeeds for whom an entry of their own describes it. */
function statementProblems(
  places: Places,
  resources: readonly EvaluatedResource[],
  { options, prefix, federations }: Given,
): string[] {
  const active = STATEMENT.filter(
    ({ cloud, option }) => cloud === 'aws' && (option === undefined || options.includes(option)),
  )
  const wishes = new Map<string, { wish: Wish; who: Set<string> }>()
  for (const entry of active) {
    for (const wish of wishesOf(entry, namesOf(resources, { prefix, federations }, entry))) {
      const key = JSON.stringify(wish)
      const known = wishes.get(key) ?? { wish, who: new Set<string>() }
      known.who.add(entry.principal)
      wishes.set(key, known)
    }
  }
  const stated = [...wishes.values()]
  const problems: string[] = []
  for (const { wish } of stated) {
    // what is stated for all of a kind is stated for one of it
    const may = new Set(stated.filter((one) => covers(one.wish, wish)).flatMap(({ who }) => [...who]))
    for (const principal of Object.keys(PRINCIPALS)) {
      const asked = inside(places, principal, wish)
      const actual = succeeds(places.world, asked)
      if (actual === may.has(principal)) continue
      const said = `${wish.action} on ${wish.resource}${Object.entries(wish.context)
        .map(([key, value]) => `, ${key} = ${String(value)}`)
        .join('')}`
      problems.push(`access: ${principal} ${actual ? 'may' : 'is refused'} ${said}`)
    }
  }
  return problems
}

/** An entry with stars answers for those that are narrower, under the same condition. */
function covers(wide: Wish, narrow: Wish): boolean {
  if (wide.action !== narrow.action || JSON.stringify(wide.context) !== JSON.stringify(narrow.context)) return false
  if (wide.resource === narrow.resource) return true
  const stem = /^(.*\/)x1$/.exec(wide.resource)?.[1]
  return stem !== undefined && narrow.resource.startsWith(stem)
}

function wishesOf(
  { action, resource, condition = {} }: Entry,
  names: Readonly<Record<string, readonly string[]>>,
): Wish[] {
  const filled = (one: string): string[] => {
    const name = /\{(\w+)\}/.exec(one)?.[1]
    return name === undefined
      ? [one]
      : (names[name] ?? []).flatMap((value) => filled(one.replace(`{${name}}`, () => value)))
  }
  const contexts = Object.entries(condition).flatMap(([test, keys]) =>
    Object.entries(keys).map(([key, value]) => [key, test === 'Null' ? ['x'] : filled(value)] as const),
  )
  const each = contexts.reduce<readonly Record<string, string>[]>(
    (before, [key, values]) => before.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  )
  return filled(resource).flatMap((one) =>
    each.map((context) => ({ action, resource: one.replaceAll('*', 'x1'), context })),
  )
}
