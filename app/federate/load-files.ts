import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { AppError } from '#core/errors.ts'
import { doublesOf } from '#services/federate/secure/bytes.ts'
import type { FederateDeps } from '#services/federate/pipeline.ts'

/** Reads a file that a configuration names. Throws `not_found` and `denied`. */
export async function readNamed(path: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'not_found' : 'denied'
    throw new AppError(code, `${what} ${path} ${code === 'denied' ? 'cannot be read' : 'is not there'}`, { cause })
  }
}

/** Reads a model: little-endian doubles, finite. Also throws `invalid` (`model_file`). */
export async function readModel(path: string): Promise<Float64Array> {
  const bytes = await readNamed(path, 'the model')
  const wrong = (what: string) =>
    new AppError('invalid', `${path} ${what}: expected little-endian doubles, all finite`, { reason: 'model_file' })
  if (bytes.length === 0 || bytes.length % 8 !== 0) throw wrong(`has ${bytes.length} bytes`)
  const model = doublesOf(bytes)
  if (!model.every(Number.isFinite)) throw wrong('holds a number that is not finite')
  return model
}

type Gate = NonNullable<FederateDeps['gate']>

/** Loads the default export of a user's module. Throws `invalid` (`gate_module`). */
export async function loadGate(path: string): Promise<Gate> {
  const unfit = (what: string, cause?: unknown) =>
    new AppError('invalid', `the gate ${path} ${what}`, { reason: 'gate_module', cause })
  let exported: unknown
  try {
    exported = ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default
  } catch (cause) {
    throw unfit('cannot be loaded', cause)
  }
  if (typeof exported !== 'function') throw unfit('has no function as its default export')
  const given = exported as (next: Float64Array, before: Float64Array) => unknown
  return async (next, before) => {
    try {
      const said = await given(next.slice(), before.slice())
      if (said === null || said === undefined) return null
      return typeof said === 'string' ? said.slice(0, 300) : 'The gate said neither null nor why.'
    } catch {
      // a model that could not be checked does not pass
      return 'The gate failed on the model.'
    }
  }
}
