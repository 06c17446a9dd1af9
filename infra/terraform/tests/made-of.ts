import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { TERRAFORM } from './check.ts'
import type { Evaluated } from './evaluate.ts'

export const fileOf = (folder: string) => join(TERRAFORM, 'tests', 'made-of', `${basename(folder)}.txt`)

/** Its own: what a module that it calls is made of stands there. */
export function madeOf({ resources }: Evaluated): readonly string[] {
  const own = resources.filter(({ mode, address }) => mode === 'resource' && !address.startsWith('module.'))
  return [...new Set(own.map(({ address }) => address))].toSorted((a, b) => a.localeCompare(b))
}

/**
 * What a folder is made of, by name, as it was last read by somebody: rules know what must be there, and a few kinds that must not
 * be; whatever else is added (a grant, a copy, a second way in) is seen here, and what is taken away. Each in a line that begins `made: `.
 */
export function madeProblems(folder: string, evaluated: Evaluated): string[] {
  const known = new Set<string>(readFileSync(fileOf(folder), 'utf8').trim().split('\n'))
  const now = new Set(madeOf(evaluated))
  return [
    ...[...now].filter((address) => !known.has(address)).map((address) => `made: ${address} is new here`),
    ...[...known].filter((address) => !now.has(address)).map((address) => `made: ${address} is gone`),
  ]
}
