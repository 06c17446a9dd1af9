import { BlockList, isIPv6 } from 'node:net'
import { parse } from 'yaml'

/** One event as Falco sees it, by its fields' names; what an event does not have is left out. */
export type FalcoEvent = Readonly<Record<string, string | number | boolean>>

export interface FalcoRule {
  readonly rule: string
  readonly condition: string
  readonly output: string
  readonly priority: string
}

type Condition = (event: FalcoEvent) => boolean

/** Whatever else a rule may say (`enabled`, `exceptions`, `append`) takes something away. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  required_engine_version: [],
  macro: ['condition'],
  list: ['items'],
  rule: ['desc', 'condition', 'output', 'priority', 'tags'],
}
const FIELD = /^(evt|proc|fd|k8s|container)(\.\w+)+$/

/** The rules of a file, each with what it says of an event. Throws at what it does not know. */
export function readFalco(text: string): readonly (FalcoRule & { readonly raises: Condition })[] {
  const items = parse(text) as Record<string, unknown>[]
  const macros = new Map<string, string>()
  const lists = new Map<string, readonly (string | number)[]>()
  const rules: (FalcoRule & { raises: Condition })[] = []
  for (const item of items) {
    const kind = Object.keys(KEYS).find((key) => key in item)
    const unknown = Object.keys(item).filter((key) => key !== kind && !KEYS[kind ?? '']?.includes(key))
    if (kind === undefined || unknown.length > 0) throw new Error(`a ${kind ?? 'thing'} says ${unknown.join(', ')}`)
    if (kind === 'macro') macros.set(String(item['macro']), String(item['condition']))
    if (kind === 'list') lists.set(String(item['list']), item['items'] as (string | number)[])
    if (kind !== 'rule') continue
    const rule = item as unknown as FalcoRule
    rules.push({ ...rule, raises: conditionOf(rule.condition, macros, lists) })
  }
  return rules
}

/** Macros and lists are those that stand above, as Falco has it. */
function conditionOf(
  text: string,
  macros: ReadonlyMap<string, string>,
  lists: ReadonlyMap<string, readonly (string | number)[]>,
): Condition {
  const tokens = text.match(/"[^"]*"|'[^']*'|[(),]|[<>!]?=|[<>]|[^\s(),=<>!"']+/g) ?? []
  let at = 0
  const next = () => tokens[at++] ?? ''
  const isNext = (token: string) => tokens[at] === token && ++at > 0
  const expect = (token: string) => {
    if (!isNext(token)) throw new Error(`${token} is missing before ${tokens.slice(at).join(' ')}`)
  }

  const either = (): Condition => {
    const parts = [both()]
    while (isNext('or')) parts.push(both())
    return (event) => parts.some((part) => part(event))
  }
  const both = (): Condition => {
    const parts = [one()]
    while (isNext('and')) parts.push(one())
    return (event) => parts.every((part) => part(event))
  }
  const one = (): Condition => {
    if (isNext('not')) {
      const inner = one()
      return (event) => !inner(event)
    }
    if (isNext('(')) {
      const inner = either()
      expect(')')
      return inner
    }
    const name = next()
    if (FIELD.test(name)) return comparison(name, next())
    const macro = macros.get(name)
    if (macro === undefined) throw new Error(`there is no macro ${name}`)
    return conditionOf(macro, macros, lists)
  }
  const comparison = (field: string, operator: string): Condition => {
    const values = operator === 'in' ? many() : [bare(next())]
    const holds = OPERATORS[operator]
    if (holds === undefined) throw new Error(`the operator ${operator} is not known`)
    const matches = field.endsWith('net') ? isWithin : holds
    return (event) => {
      const value = event[field.replace(/net$/, 'ip')]
      return value !== undefined && values.some((wanted) => matches(String(value), wanted))
    }
  }
  const many = (): string[] => {
    expect('(')
    const values: string[] = []
    do {
      const token = next()
      values.push(...(lists.get(token)?.map(String) ?? [bare(token)]))
    } while (isNext(','))
    expect(')')
    return values
  }

  const whole = either()
  if (at !== tokens.length) throw new Error(`not read: ${tokens.slice(at).join(' ')}`)
  return whole
}

const bare = (token: string) => token.replaceAll(/^["']|["']$/g, '')

const OPERATORS: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  '=': (value, wanted) => value === wanted,
  '!=': (value, wanted) => value !== wanted,
  '>=': (value, wanted) => Number(value) >= Number(wanted),
  in: (value, wanted) => value === wanted,
  startswith: (value, wanted) => value.startsWith(wanted),
  // as fnmatch has it without FNM_PATHNAME: an asterisk spans folders
  glob: (value, wanted) =>
    new RegExp(`^${wanted.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`).test(value),
}

function isWithin(address: string, network: string): boolean {
  const [base = '', length] = network.split('/')
  const family = isIPv6(base) ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(base, Number(length), family)
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
