import type { ScanResult } from '#core/score.ts'
import { ENOUGH_RECORDS } from './calibrate/enough.ts'
import type { Detector } from './detector.ts'
import { ContradictedLabels } from './detectors/copies/contradicted-labels.ts'
import { CrossClassSpectrum } from './detectors/clusters/cross-class-spectrum.ts'
import { DetachedValues } from './detectors/lift/detached-values.ts'
import { BeyondColumn } from './detectors/outliers/beyond-column.ts'
import { BrokenRelations } from './detectors/outliers/broken-relations.ts'
import { Gibberish } from './detectors/outliers/gibberish.ts'
import { Mahalanobis } from './detectors/outliers/mahalanobis.ts'
import { NearDuplicates } from './detectors/copies/near-duplicates.ts'
import { OffManifold } from './detectors/outliers/off-manifold.ts'
import { RandomPixels } from './detectors/outliers/random-pixels.ts'
import { Reconstruction } from './detectors/outliers/reconstruction.ts'
import { ResidualisedLift } from './detectors/lift/residualised-lift.ts'
import type { Samples, ScanInput } from './view/samples.ts'

/** The least risk of a record that makes the window be scanned in full; rank alone gives no more than .22. */
const SUSPICIOUS = 0.3
/** How many characters of a text are tested for gibberish. */
const CHARACTERS = 500

/**
 * Whether a quick scan is tried before a full one. It is not for small windows, where every detector is needed and none
 * costs much, nor for exchanges, which train no probe, nor for windows with outputs of the user's own model.
 */
export function isWorthALook({ n, samples, model }: ScanInput): boolean {
  return n >= ENOUGH_RECORDS && samples.kind !== 'exchange' && model === undefined
}

/** The detectors that find most for their cost on such samples; none trains a model. */
export function quickDetectors({ kind }: Samples): Detector[] {
  return [
    new ResidualisedLift({ thorough: false }),
    ...(kind === 'image' || kind === 'vector'
      ? [new CrossClassSpectrum({ of: 'samples', directions: 30, thorough: false })]
      : []),
    new ContradictedLabels(),
    // A table is measured by its inputs: a record cannot lie far out in ranks and levels.
    kind === 'table' ? new Mahalanobis() : new Mahalanobis({ widest: 0 }),
    ...(kind === 'table' || kind === 'vector' ? [new BeyondColumn(), new BrokenRelations()] : []),
    ...(kind === 'table' ? [new DetachedValues()] : []),
    ...(kind === 'vector' ? [new OffManifold()] : []),
    new Reconstruction(),
    ...(kind === 'image' ? [new RandomPixels()] : []),
    new Gibberish({ longest: CHARACTERS }),
    new NearDuplicates(),
  ]
}

/** Whether the result of a quick scan is final: no campaign, and every risk below SUSPICIOUS. */
export function isUnsuspicious({ risk, campaigns }: Pick<ScanResult, 'risk' | 'campaigns'>): boolean {
  return campaigns.length === 0 && risk.every((r) => r < SUSPICIOUS)
}
