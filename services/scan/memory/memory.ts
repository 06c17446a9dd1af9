import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { sketchSchema, type Sketch } from '#core/sidecar.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { EMPTY_HISTORY, fadeHistory, updateHistory, type CleanHistory } from '../calibrate/history.ts'

/** What the windows of a dataset have taught, up to one of them and with it. */
export interface Memory {
  readonly version: 1
  readonly dataset: string
  /** Ordinal of the last window that could teach it. */
  readonly through: number
  /** The contract of the windows that taught it, SHA-256 in hex: under another one the features are others. */
  readonly contract: string
  readonly history: CleanHistory
}

/** What one window teaches. */
export interface Lesson {
  readonly ordinal: number
  readonly contract: string
  /** Null where it teaches nothing: it was not scanned, or what it taught is gone. */
  readonly taught: Readonly<Record<string, Sketch>> | null
}

/**
 * The memory after these windows, which follow one another: a pure function of all lessons from the first on, however they
 * were grouped. `lessons` has at least one.
 */
export function foldMemory(dataset: string, before: Memory | null, lessons: readonly Lesson[]): Memory {
  let { through, contract, history } = before ?? { through: 0, contract: '', history: EMPTY_HISTORY }
  for (const lesson of lessons) {
    if (lesson.contract !== contract) history = EMPTY_HISTORY
    if (lesson.taught !== null) history = updateHistory(fadeHistory(history), { bulk: lesson.taught })
    through = lesson.ordinal
    contract = lesson.contract
  }
  return { version: 1, dataset, through, contract, history }
}

/**
 * The last window whose lesson the window `ordinal` is judged with, where a memory is made after every so many: by the last
 * memory but one before it, so that as many windows as lie between two can be scanned side by side. 0 where there is none.
 */
export function lastTeacherOf(ordinal: number, every: number): number {
  return Math.max(0, (Math.ceil(ordinal / every) - 2) * every)
}

const memorySchema: z.ZodType<Memory> = z.strictObject({
  version: z.literal(1),
  dataset: z.string(),
  through: z.int().positive(),
  contract: z.string(),
  history: z.strictObject({ windows: z.int().nonnegative(), channels: z.record(z.string(), sketchSchema) }),
})

/** Canonical JSON: the same memory, the same bytes. */
export function encodeMemory(memory: Memory): Uint8Array {
  return Buffer.from(canonicalJson(memory as unknown as Value), 'utf8')
}

/** The inverse of `encodeMemory`. Throws `corrupt` on anything it did not write. */
export function decodeMemory(bytes: Uint8Array): Memory {
  try {
    return memorySchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    throw new AppError('corrupt', 'not a memory of this version', { reason: 'memory' })
  }
}
