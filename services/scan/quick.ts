import type { ScanResult } from '#core/score.ts'
import { ENOUGH_RECORDS } from './calibrate/enough.ts'
import type { Detector } from './detector.ts'
import { ContradictedLabels } from './detectors/copies/contradicted-labels.ts'
import { CrossClassSpectrum } from './detectors/clusters/cross-class-spectrum.ts'
import { BeyondColumn } from './detectors/outliers/beyond-column.ts'
import { BrokenRelations } from './detectors/outliers/broken-relations.ts'
import { Gibberish } from './detectors/outliers/gibberish.ts'
import { Mahalanobis } from './detectors/outliers/mahalanobis.ts'
import { NearDuplicates } from './detectors/copies/near-duplicates.ts'
import { Reconstruction } from './detectors/outliers/reconstruction.ts'
import { ResidualisedLift } from './detectors/lift/residualised-lift.ts'
import type { Samples, ScanInput } from './view/samples.ts'

/** From this risk of any record on, a window is scanned in full: its rank alone gives none more than .22. */
const SUSPICIOUS = 0.3
/** Of a text so many characters are looked at for gibberish. */
const CHARACTERS = 500

/**
 * Small windows, where every detector is needed and none costs much, exchanges, which train no probe, and those that a model of
 * one's own has read are scanned in full.
 */
export function isWorthALook({ n, samples, model }: ScanInput): boolean {
  return n >= ENOUGH_RECORDS && samples.kind !== 'exchange' && model === undefined
}

/** The detectors that tell most for their cost on such samples, none of which trains anything. */
export function quickDetectors({ kind }: Samples): Detector[] {
  return [
    new ResidualisedLift({ thorough: false }),
    ...(kind === 'image' || kind === 'vector'
      ? [new CrossClassSpectrum({ of: 'samples', directions: 30, thorough: false })]
      : []),
    new ContradictedLabels(),
    // Ranks and levels are no coordinates to lie far out in: of a table the inputs are looked at.
    kind === 'table' ? new Mahalanobis() : new Mahalanobis({ widest: 0 }),
    ...(kind === 'table' || kind === 'vector' ? [new BeyondColumn(), new BrokenRelations()] : []),
    new Reconstruction(),
    new Gibberish({ longest: CHARACTERS }),
    new NearDuplicates(),
  ]
}

/** Whether a quick scan may stand: no record of any risk to speak of, and no campaign. */
export function isUnsuspicious({ risk, campaigns }: Pick<ScanResult, 'risk' | 'campaigns'>): boolean {
  return campaigns.length === 0 && risk.every((r) => r < SUSPICIOUS)
}
