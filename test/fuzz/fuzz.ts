import { isAppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import { FormatError } from '#services/ingest/formats/format.ts'
import { ImageTooLarge, ImageUnread } from '#services/ingest/formats/image/pixels.ts'
import type { Target } from './decoders.ts'
import { mutate } from './mutate.ts'

export interface Fuzzed {
  readonly target: string
  readonly inputs: number
  /** How many of them were refused. */
  readonly refused: number
  readonly slowestMs: number
}

/** An input that a decoder answered with something other than items or a refusal. */
export class Broken extends Error {
  constructor(target: string, index: number, seed: number, bytes: Uint8Array, cause: unknown) {
    const input = Buffer.from(bytes).toString('base64')
    super(`${target}: input ${index} of seed ${seed} is answered with ${String(cause)}; base64 ${input}`, { cause })
  }
}

/** What decoders may throw: that an input is broken, too large or not trusted, or that the machine cannot tell; no defect. */
function isRefusal(error: unknown): boolean {
  if (error instanceof FormatError || error instanceof ImageTooLarge || error instanceof ImageUnread) return true
  return isAppError(error) && error.code !== 'internal'
}

/** Gives about `inputs` mutated inputs to the targets, by their weights. Same seed, same inputs. Throws `Broken`. */
export async function fuzz(targets: readonly Target[], inputs: number, seed: number): Promise<Fuzzed[]> {
  const weights = targets.map(({ weight = 10 }) => weight)
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  const found: Fuzzed[] = []
  for (const [at, target] of targets.entries()) {
    const random = seededRandom(seed, target.name)
    const count = Math.ceil((inputs * weights[at]!) / all)
    let [refused, slowestMs] = [0, 0]
    for (let index = 0; index < count; index++) {
      const bytes = index < target.seeds.length ? target.seeds[index]! : mutate(target.seeds, random)
      const started = performance.now()
      try {
        await target.decode(new Uint8Array(bytes))
      } catch (error) {
        if (!isRefusal(error)) throw new Broken(target.name, index, seed, bytes, error)
        refused++
      }
      slowestMs = Math.max(slowestMs, performance.now() - started)
    }
    found.push({ target: target.name, inputs: count, refused, slowestMs })
  }
  return found
}
