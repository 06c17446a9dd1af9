import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { z } from 'zod'

/** The results of a job, line by line. */
interface Lines<T> {
  /** The lines of earlier runs. */
  readonly there: readonly T[]
  /** Resolves when the line is on the disk. */
  add(line: T): Promise<void>
}

/**
 * Opens the lines that rescans of a dataset store in the data folder, readable only by its owner. A line that a crash cut short
 * is removed, and lines of other versions are ignored. With `anew` it begins without lines.
 */
export async function openLines<T>(
  data: string,
  dataset: string,
  schema: z.ZodType<T>,
  anew: boolean,
): Promise<Lines<T>> {
  const file = join(data, 'rescans', `${dataset}.jsonl`)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const text = anew ? '' : await readIfThere(file)
  const there = text.split('\n').flatMap((line) => parsed(line, schema))
  const whole = there.map((line) => `${JSON.stringify(line)}\n`).join('')
  if (whole !== text || anew) {
    await writeFile(`${file}.part`, whole, { mode: 0o600, flush: true })
    await rename(`${file}.part`, file)
  }
  return { there, add: (line) => appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true }) }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function parsed<T>(line: string, schema: z.ZodType<T>): T[] {
  try {
    return [schema.parse(JSON.parse(line))]
  } catch {
    return []
  }
}
