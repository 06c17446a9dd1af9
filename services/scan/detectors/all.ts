import type { Detector } from '../detector.ts'
import { ActivationClustering } from './activation-clustering.ts'
import { ClassCores } from './class-cores.ts'
import { ConfidentLearning } from './confident-learning.ts'
import { CopiedExchanges } from './copied-exchanges.ts'
import { CrossClassSpectrum } from './cross-class-spectrum.ts'
import { FixedPayloads } from './fixed-payloads.ts'
import { Gibberish } from './gibberish.ts'
import { GradientSimilarity } from './gradient-similarity.ts'
import { LabelQuality } from './label-quality.ts'
import { LossBased } from './loss-based.ts'
import { Mahalanobis } from './mahalanobis.ts'
import { NearDuplicates } from './near-duplicates.ts'
import { OutlierFiltering } from './outlier-filtering.ts'
import { PairAsymmetry } from './pair-asymmetry.ts'
import { Reconstruction } from './reconstruction.ts'
import { ResidualisedLift } from './residualised-lift.ts'
import { SmuggledMatter } from './smuggled-matter.ts'
import { SmuggledTurns } from './smuggled-turns.ts'
import { SpectralSignatures } from './spectral-signatures.ts'
import { SwappedPreferences } from './swapped-preferences.ts'
import { TriggerBehaviour } from './trigger-behaviour.ts'

/**
 * Every detector of the first stage, with the hyperparameters that it was measured with. The spectrum of activations sees
 * nothing in the probe's that the samples' does not show, at a third of the scan's cost: it is for a model of one's own.
 */
export function allDetectors({ ownModel = false } = {}): Detector[] {
  return [
    new ResidualisedLift(),
    new TriggerBehaviour(),
    new SwappedPreferences(),
    new FixedPayloads(),
    new CopiedExchanges(),
    new CrossClassSpectrum({ of: 'samples' }),
    ...(ownModel ? [new CrossClassSpectrum({ of: 'activations' })] : []),
    new LabelQuality(),
    new PairAsymmetry(),
    new ConfidentLearning(),
    new Mahalanobis(),
    new ClassCores(),
    new Reconstruction(),
    new Gibberish(),
    new NearDuplicates(),
    new SmuggledTurns(),
    new SmuggledMatter(),
    new ActivationClustering(),
    new SpectralSignatures(),
    new LossBased(),
    new GradientSimilarity(),
    new OutlierFiltering(),
  ]
}
