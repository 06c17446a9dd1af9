import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z, type ZodType } from 'zod'

/** The root of the repository, with a slash behind it. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The text of a file, by its path from the root of the repository. */
export function textAt(path: string): string {
  return readFileSync(new URL(path, new URL('../../', import.meta.url)), 'utf8')
}

/** A YAML file that has to fit a schema. Throws an error that says of which file, and where it does not. */
export function dataAt<T>(path: string, schema: ZodType<T>): T {
  const { data, error } = schema.safeParse(parse(textAt(path)))
  if (error !== undefined) throw new Error(`${path}: ${z.prettifyError(error)}`)
  return data
}

/** One thing that does not hold, and the file to mend. */
export interface Problem {
  readonly where: string
  readonly says: string
}
