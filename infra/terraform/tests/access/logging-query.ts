import type { Json } from '../hcl.ts'
import { isObject } from '../module.ts'

const TOKEN = /"(?:[^"\\]|\\.)*"|[\w.]+|[=:()]/g

type Holds = (value: string) => boolean

/**
 * Whether a filter of Google Cloud's logs or measures takes an entry: `=` and `:` (which looks for a part, in whatever case), lists of
 * values, `AND`, `OR`, `NOT`, and `monitoring.regex.full_match`. What an entry lacks equals nothing. Throws where a filter is not understood.
 * (Logging query language; Monitoring filters.)
 */
export function takesEntry(filter: string, entry: Json): boolean {
  const tokens = filter.match(TOKEN) ?? []
  if (filter.replaceAll(TOKEN, '').trim() !== '') throw new Error(`a filter is not understood: ${filter}`)
  let at = 0
  const take = (wanted?: string): string => {
    const token = tokens[at++] ?? ''
    if (wanted !== undefined && token !== wanted) throw new Error(`expected ${wanted} in a filter: ${filter}`)
    return token
  }
  const takes = (token: string): boolean => {
    if (tokens[at] !== token) return false
    at++
    return true
  }
  const every = (one: () => boolean, word: string): boolean[] => {
    const found = [one()]
    while (takes(word)) found.push(one())
    return found
  }
  // `OR` binds tighter than `AND`
  const whole = (): boolean => every(either, 'AND').every(Boolean)
  const either = (): boolean => every(one, 'OR').some(Boolean)
  const one = (): boolean => {
    if (takes('NOT')) return !one()
    if (takes('(')) {
      const holds = whole()
      take(')')
      return holds
    }
    const found = valueAt(entry, take())
    const operator = take()
    if (operator !== '=' && operator !== ':') throw new Error(`${operator} in a filter is not understood: ${filter}`)
    const values: Holds[] = []
    if (takes('(')) {
      do values.push(wanted(operator))
      while (takes('OR'))
      take(')')
    } else values.push(wanted(operator))
    return found !== undefined && values.some((holds) => holds(found))
  }
  const wanted = (operator: string): Holds => {
    const token = take()
    if (token === 'monitoring.regex.full_match') {
      take('(')
      const pattern = new RegExp(`^(?:${unquoted(take())})$`)
      take(')')
      return (value) => pattern.test(value)
    }
    const text = unquoted(token).toLowerCase()
    return (value) => (operator === ':' ? value.toLowerCase().includes(text) : value.toLowerCase() === text)
  }
  const holds = whole()
  if (at < tokens.length) throw new Error(`${tokens[at]} in a filter is not understood: ${filter}`)
  return holds
}

function unquoted(token: string): string {
  return token.startsWith('"') ? (JSON.parse(token) as string) : token
}

function valueAt(entry: Json, path: string): string | undefined {
  let value: Json | undefined = entry
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
