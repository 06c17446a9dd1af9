import type { Policy } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import type { ScanInput } from '../view/samples.ts'
import { decide } from '../verdict/decide.ts'
import { CANARIES, type CanaryFamily, plantCanaries } from './plant.ts'

/**
 * How many of a window's canaries a scan would have held. Only numbers: nothing of a record, planted or not, is
 * returned.
 */
export interface CanaryRecall {
  readonly family: CanaryFamily
  readonly planted: number
  readonly held: number
}

/**
 * Plants canaries in a copy of the window's numbers, scans the copy as the window was scanned, and counts what would be
 * held. The canaries follow from the seed and the window's name. Null where nothing can be planted, and where the scan
 * fails, since the window itself was scanned.
 */
export async function canaryRecall(
  input: ScanInput,
  family: CanaryFamily,
  { window, seed, policy }: { readonly window: string; readonly seed: number; readonly policy: Policy },
  scan: (input: ScanInput) => Promise<{ readonly risk: Float64Array }>,
): Promise<CanaryRecall | null> {
  const canaries = plantCanaries(input, family, seededRandom(seed, `canaries of ${window}`))
  if (canaries === null) return null
  const scanned = await scan(canaries.input).catch(() => null)
  if (scanned === null) return null
  const decisions = decide(scanned.risk, policy)
  const held = canaries.planted.filter((i) => decisions[i] !== 'admit').length
  return { family, planted: canaries.planted.length, held }
}

/** The recall that a window's notes contain; null where it had no canaries. The inverse of `canaryNotes`. */
export function canariesIn(notes: readonly string[]): CanaryRecall | null {
  for (const note of notes) {
    const [, planted, named, held] =
      /^of (\d+) canaries \((.+?)\), planted in .*, its scan would hold (\d+)$/.exec(note) ?? []
    const family = CANARIES.find((known) => known === named)
    if (family !== undefined) return { family, planted: Number(planted), held: Number(held) }
  }
  return null
}

/** The note of a window that was scanned with canaries; none where it was not. */
export function canaryNotes(recall: CanaryRecall | null): string[] {
  if (recall === null) return []
  const { family, planted, held } = recall
  return [
    `of ${planted} canaries (${family}), planted in a copy of a window that nobody keeps, its scan would hold ${held}`,
  ]
}
