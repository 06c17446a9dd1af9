import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AppError } from '#core/errors.ts'
import { FAMILIES } from '#core/score.ts'
import type { Detector } from './detector.ts'

/**
 * Loads a user's own detectors, from modules whose default export is a detector or a list of them. A scan's record
 * names each with the first 64 bits of its module's SHA-256, `name@0123456789abcdef`, so that a scan by changed code is
 * distinct from the one before. Throws `not_found` without the file, `denied` where it cannot be read, and `invalid`
 * (`detector`) where it cannot be loaded or exports something else.
 */
export async function loadDetectors(paths: readonly string[]): Promise<Detector[]> {
  const loaded = await Promise.all(paths.map(loadModule))
  return loaded.flat()
}

async function loadModule(path: string): Promise<Detector[]> {
  const digest = createHash('sha256')
    .update(await sourceOf(path))
    .digest('hex')
    .slice(0, 16)
  let exported: unknown
  try {
    exported = ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default
  } catch (cause) {
    throw unfit(path, 'cannot be loaded', cause)
  }
  const detectors = Array.isArray(exported) ? (exported as unknown[]) : [exported]
  return detectors.map((detector) => {
    if (!isDetector(detector)) throw unfit(path, 'has no detector as its default export')
    return named(detector, `${detector.info.name}@${digest}`)
  })
}

async function sourceOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new AppError('not_found', `there is no detector ${path}`, { cause })
    throw new AppError('denied', `the detector ${path} cannot be read`, { cause })
  }
}

/** The same detector under another name. */
function named(detector: Detector, name: string): Detector {
  return {
    info: { ...detector.info, name },
    needs: detector.needs,
    tags: detector.tags,
    score: (view) => detector.score(view),
  }
}

function isDetector(value: unknown): value is Detector {
  const { info, needs, tags, score } = (value ?? {}) as Partial<Detector>
  return (
    /^[a-z][a-z0-9-]*$/.test(info?.name ?? '') &&
    Number.isInteger(info?.version) &&
    FAMILIES.some((family) => family === info?.family) &&
    Array.isArray(needs) &&
    (tags?.role === 'carrier' || tags?.role === 'supporting') &&
    typeof score === 'function'
  )
}

function unfit(path: string, why: string, cause?: unknown): AppError {
  const what = basename(path, extname(path))
  return new AppError('invalid', `the detector ${what} (${path}) ${why}`, { reason: 'detector', cause })
}
