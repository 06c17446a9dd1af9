import type { Json } from '../hcl.ts'
import { isObject } from '../module.ts'

/**
 * Whether a filter pattern of CloudWatch Logs matches a JSON event. What an event lacks equals nothing and differs from nothing; only
 * `NOT EXISTS` matches it. Throws where a pattern is not understood. (CloudWatch Logs user guide, filter pattern syntax: JSON.)
 */
export function matchesPattern(pattern: string, event: Json): boolean {
  const tokens = pattern.match(/\$[.\w[\]*-]+|"(?:[^"\\]|\\.)*"|&&|\|\||!=|=|[(){}]|[A-Z]+/g) ?? []
  if (tokens.join('').length !== pattern.replaceAll(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, '').length)
    throw new Error(`a filter pattern is not understood: ${pattern}`)
  let at = 0
  const take = (wanted?: string): string => {
    const token = tokens[at++] ?? ''
    if (wanted !== undefined && token !== wanted) throw new Error(`expected ${wanted} in a filter pattern: ${pattern}`)
    return token
  }
  const either = (): boolean => {
    let holds = both()
    while (tokens[at] === '||') {
      take()
      const next = both()
      holds ||= next
    }
    return holds
  }
  const both = (): boolean => {
    let holds = one()
    while (tokens[at] === '&&') {
      take()
      const next = one()
      holds &&= next
    }
    return holds
  }
  const one = (): boolean => {
    if (tokens[at] === '(') {
      take()
      const holds = either()
      take(')')
      return holds
    }
    const found = valueAt(event, take())
    const operator = take()
    if (operator === 'NOT') {
      take('EXISTS')
      return found === undefined
    }
    const wanted: unknown = JSON.parse(take())
    const source = String(wanted)
      .replaceAll(/[.+^${}()|[\]\\?]/g, '\\$&')
      .replaceAll('*', '.*')
    if (operator !== '=' && operator !== '!=') throw new Error(`${operator} in a filter pattern is not understood`)
    return typeof found === 'string' && new RegExp(`^${source}$`, 's').test(found) === (operator === '=')
  }
  take('{')
  const holds = either()
  take('}')
  return holds
}

/** `$.resources[0].ARN` of an event; undefined where it is not there. */
function valueAt(event: Json, path: string): Json | undefined {
  let value: Json | undefined = event
  for (const segment of path.slice(2).split(/\.|(?=\[)/)) {
    const index = /^\[(\d+)\]$/.exec(segment)?.[1]
    if (index !== undefined) value = Array.isArray(value) ? (value as readonly Json[])[Number(index)] : undefined
    else value = isObject(value) ? value[segment] : undefined
  }
  return value ?? undefined
}
