import type { Json, JsonObject } from '../hcl.ts'
import { isObject, text } from '../module.ts'

export type Row = JsonObject
type Value = Json | undefined
type Evaluate = (row: Row, group: readonly Row[]) => Value

const TOKEN = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?[smhd]?|!?\w+~?|[=!<>]=|[-+*/<>=(),|.[\]{}:]/g
const COMPARES: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => isNumber(a) && isNumber(b) && a < b,
  '>': (a, b) => isNumber(a) && isNumber(b) && a > b,
  '<=': (a, b) => isNumber(a) && isNumber(b) && a <= b,
  '>=': (a, b) => isNumber(a) && isNumber(b) && a >= b,
}
const COMPUTES: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
}
const MINUTES: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60, d: 1440 }
const isNumber = (value: Value): value is number => typeof value === 'number'
const isTrue = (value: Value) => value === true
const word = (value: Value) => text(value ?? '')
const lower = (value: Value) => word(value).toLowerCase()

/**
 * The rows that a query of Azure Monitor Logs gives, of the tables that it may ask: `where`, `extend` and `summarize` with the operators
 * and functions that alarms use. Times are minutes, and now is 0. Throws where a query is not understood.
 * (Kusto Query Language reference.)
 */
export function rowsOf(query: string, tables: Readonly<Record<string, readonly Row[]>>): readonly Row[] {
  const tokens = query.match(TOKEN) ?? []
  if (query.replaceAll(TOKEN, '').trim() !== '') throw new Error(`a query is not understood: ${query}`)
  let at = 0
  const next = () => tokens[at] ?? ''
  const take = (wanted?: string): string => {
    const token = tokens[at++] ?? ''
    if (wanted !== undefined && token !== wanted)
      throw new Error(`expected ${wanted} and not ${token} in a query: ${query}`)
    return token
  }
  const takes = (token: string): boolean => {
    if (next() !== token) return false
    at++
    return true
  }
  const listed = <T>(one: () => T): T[] => {
    const found = [one()]
    while (takes(',')) found.push(one())
    return found
  }
  const within = (): Evaluate[] => {
    take('(')
    if (takes(')')) return []
    const found = listed(either)
    take(')')
    return found
  }

  const either = (): Evaluate => {
    let left = both()
    while (takes('or')) left = joined(left, both(), (a, b) => isTrue(a) || isTrue(b))
    return left
  }
  const both = (): Evaluate => {
    let left = compared()
    while (takes('and')) left = joined(left, compared(), (a, b) => isTrue(a) && isTrue(b))
    return left
  }
  const compared = (): Evaluate => {
    const left = sum()
    const isIn = /^(!?)in(~?)$/.exec(next())
    if (isIn !== null) {
      take()
      const values = within()
      return (row, group) => {
        const known: readonly Value[] = values.map((one) => one(row, group)).flat()
        const found = left(row, group)
        const isKnown = isIn[2] === '' ? known.includes(found) : known.map(lower).includes(lower(found))
        return isKnown === (isIn[1] === '')
      }
    }
    const compares = COMPARES[next()]
    return compares === undefined ? left : (take(), joined(left, sum(), compares))
  }
  const sum = (): Evaluate => {
    let left = member()
    for (let computes = COMPUTES[next()]; computes !== undefined; computes = COMPUTES[next()]) {
      const compute = computes
      take()
      left = joined(left, member(), (a, b) => (isNumber(a) && isNumber(b) ? compute(a, b) : undefined))
    }
    return left
  }
  const member = (): Evaluate => {
    let found = single()
    for (;;) {
      if (takes('.')) found = inside(found, take())
      else if (takes('[')) {
        found = inside(found, literal(take()))
        take(']')
      } else return found
    }
  }
  const single = (): Evaluate => {
    if (takes('(')) {
      const inner = either()
      take(')')
      return inner
    }
    const token = take()
    if (/^['"]/.test(token)) return () => literal(token)
    if (/^\d/.test(token)) {
      const unit = MINUTES[token.at(-1) ?? ''] ?? 1
      return () => Number.parseFloat(token) * unit
    }
    if (token === 'true' || token === 'false') return () => token === 'true'
    if (token === 'dynamic') return dynamic()
    if (!/^\w+$/.test(token)) throw new Error(`${token} in a query is not understood: ${query}`)
    return next() === '(' ? called(token, within()) : (row) => row[token]
  }
  /** `dynamic` holds JSON. */
  const dynamic = (): Evaluate => {
    take('(')
    let json = ''
    while (next() !== ')') json += take()
    take(')')
    const value = JSON.parse(json) as Json
    return () => value
  }
  const named = (): readonly [name: string, value: Evaluate] => {
    const name = take()
    take('=')
    return [name, either()]
  }

  const table = tables[take()]
  if (table === undefined) throw new Error(`a query asks a table that nothing is written to: ${query}`)
  let rows: readonly Row[] = table
  while (takes('|')) rows = step(rows, take())
  if (at < tokens.length) throw new Error(`${next()} in a query is not understood: ${query}`)
  return rows

  function step(from: readonly Row[], operator: string): readonly Row[] {
    if (operator === 'where') {
      const holds = either()
      return from.filter((row) => isTrue(holds(row, [])))
    }
    const columns = listed(named)
    if (operator === 'extend')
      return from.map((row) =>
        columns.reduce<Row>((made, [name, value]) => ({ ...made, [name]: value(row, []) ?? null }), row),
      )
    if (operator !== 'summarize') throw new Error(`${operator} in a query is not understood: ${query}`)
    const by = takes('by') ? listed(take) : []
    const groups = Map.groupBy(from, (row) => JSON.stringify(by.map((name) => row[name] ?? null)))
    if (by.length === 0 && groups.size === 0) groups.set('', [])
    return [...groups.values()].map((group) => ({
      ...Object.fromEntries(by.map((name) => [name, group[0]?.[name] ?? null])),
      ...Object.fromEntries(columns.map(([name, value]) => [name, value({}, group) ?? null])),
    }))
  }
}

function joined(left: Evaluate, right: Evaluate, join: (a: Value, b: Value) => Value): Evaluate {
  return (row, group) => join(left(row, group), right(row, group))
}

function inside(of: Evaluate, name: string): Evaluate {
  return (row, group) => {
    const found = of(row, group)
    return isObject(found) ? found[name] : undefined
  }
}

function literal(token: string): string {
  return token.slice(1, -1).replaceAll(/\\(.)/g, '$1')
}

function called(name: string, args: readonly Evaluate[]): Evaluate {
  const [first = () => undefined, second = () => undefined, third = () => undefined] = args
  const each: Readonly<Record<string, Evaluate>> = {
    ago: (row, group) => -Number(first(row, group)),
    // an empty text counts as none
    coalesce: (row, group) => args.map((one) => one(row, group)).find((value) => (value ?? '') !== ''),
    count: (_row, group) => group.length,
    countif: (_row, group) => group.filter((one) => isTrue(first(one, []))).length,
    not: (row, group) => !isTrue(first(row, group)),
    replace_string: (row, group) =>
      word(first(row, group)).replaceAll(word(second(row, group)), word(third(row, group))),
    sumif: (_row, group) =>
      group.filter((one) => isTrue(second(one, []))).reduce((sum, one) => sum + Number(first(one, [])), 0),
    toint: (row, group) => {
      const found = first(row, group)
      return /^\d+$/.test(word(found)) ? Number(found) : undefined
    },
    tolower: (row, group) => lower(first(row, group)),
    tostring: (row, group) => word(first(row, group)),
  }
  const found = each[name]
  if (found === undefined) throw new Error(`the function ${name} in a query is not understood`)
  return found
}
