import type { Detector } from './detector.ts'
import { ClassCores } from './detectors/class-cores.ts'
import { Gibberish } from './detectors/gibberish.ts'
import { Mahalanobis } from './detectors/mahalanobis.ts'
import { NearDuplicates } from './detectors/near-duplicates.ts'

/** Every detector of the first stage, with the hyperparameters that it was measured with. */
export function allDetectors(): Detector[] {
  return [new Mahalanobis(), new ClassCores(), new Gibberish(), new NearDuplicates()]
}
