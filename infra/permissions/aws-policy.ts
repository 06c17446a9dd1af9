import type { Condition, Entry } from './entry.ts'

export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Condition
}

export interface Policy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

interface Group {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly condition: Condition | undefined
}

/** An identity policy that allows these entries and nothing else; the names in braces are for the installation to fill in. */
export function awsPolicy(entries: readonly Entry[]): Policy {
  const byAction = Map.groupBy(entries, ({ action, condition }) => JSON.stringify([action, condition]))
  const perAction = [...byAction.values()].map((group): Group => ({
    actions: [group[0]?.action ?? ''],
    resources: distinct(group.map(({ resource }) => resource)),
    condition: group[0]?.condition,
  }))
  const sameReach = Map.groupBy(perAction, ({ resources, condition, actions: [action = ''] }) =>
    JSON.stringify([serviceOf(action), resources, condition]),
  )
  const groups = [...sameReach.values()].map((group): Group => ({
    actions: distinct(group.flatMap(({ actions }) => actions)),
    resources: group[0]?.resources ?? [],
    condition: group[0]?.condition,
  }))
  const sids = new Map<string, number>()
  const Statement = groups.map(({ actions, resources, condition }): PolicyStatement => {
    const name = sidOf(actions)
    const count = (sids.get(name) ?? 0) + 1
    sids.set(name, count)
    return {
      Sid: count === 1 ? name : `${name}${count}`,
      Effect: 'Allow',
      Action: single(actions),
      Resource: single(resources),
      ...(condition !== undefined && { Condition: condition }),
    }
  })
  return { Version: '2012-10-17', Statement }
}

function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(':'))
}

/** Letters and digits alone, as IAM asks of it. */
function sidOf(actions: readonly string[]): string {
  const [first = ''] = actions
  const service = serviceOf(first)
  return `${service.charAt(0).toUpperCase()}${service.slice(1)}${first.slice(service.length + 1)}`
}

function single<T>(items: readonly T[]): T | readonly T[] {
  const [only] = items
  return items.length === 1 && only !== undefined ? only : items
}

export function distinct(items: readonly string[]): string[] {
  return [...new Set(items)].sort()
}
