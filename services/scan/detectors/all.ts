import { type CleanHistory, EMPTY_HISTORY } from '../calibrate/history.ts'
import type { Detector } from '../detector.ts'
import { ActivationClustering } from './clusters/activation-clustering.ts'
import { BeyondColumn } from './outliers/beyond-column.ts'
import { BrokenRelations } from './outliers/broken-relations.ts'
import { ClassCores } from './outliers/class-cores.ts'
import { ConfidentLearning } from './labels/confident-learning.ts'
import { CopiedExchanges } from './exchange/copied-exchanges.ts'
import { CrossClassSpectrum } from './clusters/cross-class-spectrum.ts'
import { DetachedValues } from './lift/detached-values.ts'
import { DetachedWords } from './lift/detached-words.ts'
import { FixedPayloads } from './exchange/fixed-payloads.ts'
import { Gibberish } from './outliers/gibberish.ts'
import { GradientSimilarity } from './labels/gradient-similarity.ts'
import { LabelQuality } from './labels/label-quality.ts'
import { LossBased } from './labels/loss-based.ts'
import { Mahalanobis } from './outliers/mahalanobis.ts'
import { NearDuplicates } from './copies/near-duplicates.ts'
import { NearestForms } from './outliers/nearest-forms.ts'
import { OddAnswers } from './exchange/odd-answers.ts'
import { OffManifold } from './outliers/off-manifold.ts'
import { OutlierFiltering } from './outliers/outlier-filtering.ts'
import { PairAsymmetry } from './labels/pair-asymmetry.ts'
import { ProcessingTraces } from './clusters/processing-traces.ts'
import { Reconstruction } from './outliers/reconstruction.ts'
import { RandomLetters } from './outliers/random-letters.ts'
import { RandomPixels } from './outliers/random-pixels.ts'
import { ResidualisedLift } from './lift/residualised-lift.ts'
import { SharedValues } from './clusters/shared-values.ts'
import { SmuggledMatter } from './exchange/smuggled-matter.ts'
import { SmuggledTurns } from './exchange/smuggled-turns.ts'
import { SpectralSignatures } from './clusters/spectral-signatures.ts'
import { SwappedPreferences } from './exchange/swapped-preferences.ts'
import { TriggerBehaviour } from './exchange/trigger-behaviour.ts'
import { WordSalad } from './outliers/word-salad.ts'

/**
 * Every detector of the first stage, with the hyperparameters that it was measured with. `ownModel`: the activations
 * are of the user's own model. Their spectrum is left out otherwise: the probe's activations show nothing that the
 * samples do not show, and cost a third of the scan. `history`: what earlier windows of the dataset taught.
 */
export function allDetectors({
  ownModel = false,
  history = EMPTY_HISTORY,
  isSelection = false,
}: { readonly ownModel?: boolean; readonly history?: CleanHistory; readonly isSelection?: boolean } = {}): Detector[] {
  return [
    new ResidualisedLift({ isSelection }),
    new DetachedWords(),
    new DetachedValues(),
    new TriggerBehaviour(),
    new SwappedPreferences(),
    new FixedPayloads(),
    new CopiedExchanges(),
    new OddAnswers(),
    new CrossClassSpectrum({ of: 'samples' }),
    new SharedValues(),
    new ProcessingTraces(),
    ...(ownModel ? [new CrossClassSpectrum({ of: 'activations' })] : []),
    new LabelQuality(),
    new PairAsymmetry(),
    new ConfidentLearning(),
    new Mahalanobis(),
    new BeyondColumn(),
    new BrokenRelations(),
    new OffManifold(),
    new ClassCores(),
    new Reconstruction(),
    new NearestForms(),
    new RandomPixels(),
    new Gibberish(),
    new RandomLetters(),
    new WordSalad(),
    new NearDuplicates({}, history),
    new SmuggledTurns(),
    new SmuggledMatter(),
    new ActivationClustering(),
    new SpectralSignatures(),
    new LossBased(),
    new GradientSimilarity(),
    new OutlierFiltering(),
  ]
}
