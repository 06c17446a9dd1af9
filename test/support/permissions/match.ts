import type { Condition, Entry } from '../../../infra/permissions/entry.ts'

/** A call that an emulator answered, and what conditions can be held against. */
export interface SeenCall {
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, string>>
  /** As an entry says it. */
  readonly lists?: boolean
}

/** What the names in braces stand for in a test. */
export type Names = Readonly<Record<string, string>>

/** Whether an entry of the statement allows a call. */
export function allows(entry: Entry, call: SeenCall, names: Names): boolean {
  return (
    entry.action === call.action &&
    (entry.lists ?? false) === (call.lists ?? false) &&
    isLike(call.resource, filled(entry.resource, names)) &&
    holds(entry.condition, call.context ?? {}, names)
  )
}

/** AWS, "IAM JSON policy elements: Condition": all operators and keys have to hold. */
function holds(condition: Condition = {}, context: Readonly<Record<string, string>>, names: Names): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, pattern]) => {
      const found = context[key]
      const wanted = filled(pattern, names)
      if (operator === 'Null') return (found === undefined) === (wanted === 'true')
      if (found === undefined) return false
      return operator === 'StringLike' ? isLike(found, wanted) : found === wanted
    }),
  )
}

/** Throws for a name that the test does not give: nothing is to match by accident. */
function filled(pattern: string, names: Names): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[name]
    if (value === undefined) throw new Error(`the test does not say what {${name}} is`)
    return value
  })
}

function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}
