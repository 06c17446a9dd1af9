import type { JsonObject } from './hcl.ts'
import type { Translation } from './translate.ts'

interface Given {
  readonly translation: Translation
  readonly variables: JsonObject
}

/**
 * The parts of a module that another text or input makes different from what it was, with all that depends on them, and with what
 * they need; of outputs and rows only those that depend on them. Every variable stays, for its validations, and what those name. Null where nothing is different.
 */
export function affected(before: Given, now: Given): Translation | null {
  const then = partsOf(before)
  const parts = partsOf(now)
  const changed = new Set([...then.keys(), ...parts.keys()].filter((name) => then.get(name) !== parts.get(name)))
  if (changed.size === 0) return null
  const users = new Map<string, string[]>()
  const templates = [...now.translation.files.keys(), ...before.translation.files.keys()]
  const usedBy = new Map([...parts].map(([name, text]) => [name, namesIn(text, templates)] as const))
  for (const [name, used] of usedBy) for (const one of used) users.set(one, [...(users.get(one) ?? []), name])
  const touched = closure(changed, (name) => users.get(name) ?? [])
  const variables = [...parts.keys()].filter((name) => name.startsWith('var.'))
  const wanted = closure(new Set([...touched, ...variables]), (name) => usedBy.get(name) ?? [])
  const { locals, outputs, rows, ...rest } = now.translation
  const only = (kind: string, all: ReadonlyMap<string, string>, among: ReadonlySet<string>) =>
    new Map([...all].filter(([name]) => among.has(`${kind}.${name}`)))
  return {
    ...rest,
    locals: only('local', locals, wanted),
    outputs: only('output', outputs, touched),
    rows: only('row', rows, touched),
  }
}

function partsOf({ translation, variables }: Given): Map<string, string> {
  const { locals, outputs, rows, files } = translation
  const parts = new Map<string, string>()
  for (const [name, body] of translation.variables)
    parts.set(`var.${name}`, JSON.stringify([body, variables[name] ?? null]))
  for (const [kind, all] of Object.entries({ local: locals, output: outputs, row: rows, file: files }))
    for (const [name, text] of all) parts.set(`${kind}.${name}`, text)
  return parts
}

const found = new Map<string, readonly string[]>()

/** Locals, variables and templates that a text names: rather one too many. */
function namesIn(text: string, templates: readonly string[]): readonly string[] {
  const known = found.get(text) ?? [...new Set([...text.matchAll(/\b(?:local|var)\.\w+/g)].map(([name]) => name))]
  found.set(text, known)
  return [...known, ...templates.filter((name) => text.includes(name)).map((name) => `file.${name}`)]
}

function closure(from: ReadonlySet<string>, next: (name: string) => readonly string[]): Set<string> {
  const reached = new Set(from)
  for (const name of reached) for (const one of next(name)) reached.add(one)
  return reached
}
