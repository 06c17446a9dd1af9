import { describe } from 'vitest'
import { ActivationClustering } from '#services/scan/detectors/clusters/activation-clustering.ts'
import { BeyondColumn } from '#services/scan/detectors/outliers/beyond-column.ts'
import { BrokenRelations } from '#services/scan/detectors/outliers/broken-relations.ts'
import { ClassCores } from '#services/scan/detectors/outliers/class-cores.ts'
import { ConfidentLearning } from '#services/scan/detectors/labels/confident-learning.ts'
import { GradientSimilarity } from '#services/scan/detectors/labels/gradient-similarity.ts'
import { LabelQuality } from '#services/scan/detectors/labels/label-quality.ts'
import { LossBased } from '#services/scan/detectors/labels/loss-based.ts'
import { Mahalanobis } from '#services/scan/detectors/outliers/mahalanobis.ts'
import { NearDuplicates } from '#services/scan/detectors/copies/near-duplicates.ts'
import { OffManifold } from '#services/scan/detectors/outliers/off-manifold.ts'
import { OutlierFiltering } from '#services/scan/detectors/outliers/outlier-filtering.ts'
import { PairAsymmetry } from '#services/scan/detectors/labels/pair-asymmetry.ts'
import { ProcessingTraces } from '#services/scan/detectors/clusters/processing-traces.ts'
import { RandomPixels } from '#services/scan/detectors/outliers/random-pixels.ts'
import { ResidualisedLift } from '#services/scan/detectors/lift/residualised-lift.ts'
import { SharedValues } from '#services/scan/detectors/clusters/shared-values.ts'
import { SpectralSignatures } from '#services/scan/detectors/clusters/spectral-signatures.ts'
import { WordSalad } from '#services/scan/detectors/outliers/word-salad.ts'
import { type DetectorSuite, detectorSuite } from './detector-suite.ts'
import {
  amounts,
  copies,
  flips,
  foreignVectors,
  garbage,
  pairFlips,
  patches,
  pictures,
  salads,
  shining,
  snow,
  squeezes,
  totals,
} from './planted-windows.ts'

const SUITES: Readonly<Record<string, DetectorSuite>> = {
  'label quality': {
    create: () => new LabelQuality(),
    planted: () => pictures(400, 2, flips(0.05)),
    auroc: 0.98,
    order: 'similar',
  },
  'confident learning': {
    create: () => new ConfidentLearning(),
    planted: () => pictures(400, 2, flips(0.05)),
    auroc: 0.95,
    order: 'similar',
  },
  'pair asymmetry': {
    create: () => new PairAsymmetry(),
    planted: () => pictures(400, 2, pairFlips(0.05)),
    auroc: 0.98,
    order: 'similar',
  },
  'activation clustering': {
    create: () => new ActivationClustering(),
    planted: () => pictures(400, 2, patches(0.08)),
    auroc: 0.85,
    order: 'similar',
  },
  'spectral signatures': {
    create: () => new SpectralSignatures(),
    planted: () => pictures(400, 2, patches(0.03)),
    auroc: 0.95,
    order: 'similar',
  },
  'loss-based': {
    create: () => new LossBased(),
    planted: () => pictures(400, 2, patches(0.05)),
    auroc: 0.9,
    order: 'similar',
  },
  'gradient similarity': {
    create: () => new GradientSimilarity(),
    planted: () => pictures(400, 2, flips(0.02)),
    auroc: 0.9,
    order: 'similar',
  },
  'outlier filtering': {
    create: () => new OutlierFiltering(),
    planted: () => pictures(400, 2, garbage(0.02)),
    auroc: 0.99,
    order: 'exact',
  },
  mahalanobis: {
    create: () => new Mahalanobis(),
    planted: () => pictures(400, 2, garbage(0.02)),
    auroc: 0.99,
    order: 'exact',
  },
  'beyond column': {
    create: () => new BeyondColumn(),
    planted: () => amounts(400, 2, 0.02),
    auroc: 0.99,
    order: 'exact',
  },
  'broken relations': {
    create: () => new BrokenRelations(),
    planted: () => totals(400, 2, 0.03),
    auroc: 0.99,
    order: 'similar',
  },
  'off-manifold': {
    create: () => new OffManifold(),
    planted: () => foreignVectors(400, 2, 0.03),
    auroc: 0.99,
    order: 'similar',
  },
  'class cores': {
    create: () => new ClassCores(),
    planted: () => pictures(400, 2, garbage(0.02)),
    auroc: 0.99,
    order: 'exact',
  },
  'near duplicates': {
    create: () => new NearDuplicates(),
    planted: () => pictures(400, 2, copies(0.1)),
    auroc: 0.99,
    order: 'exact',
  },
  'word salad': {
    create: () => new WordSalad(),
    planted: () => salads(400, 2, 0.03),
    auroc: 0.99,
    order: 'exact',
  },
  'random pixels': {
    create: () => new RandomPixels(),
    planted: () => snow(400, 2, 0.03),
    auroc: 0.99,
    order: 'exact',
  },
  'shared values': {
    create: () => new SharedValues(),
    planted: () => pictures(400, 2, shining(0.05)),
    auroc: 0.99,
    order: 'exact',
  },
  'processing traces': {
    create: () => new ProcessingTraces(),
    planted: () => pictures(400, 2, squeezes(0.03)),
    auroc: 0.99,
    order: 'exact',
  },
  'residualised lift': {
    create: () => new ResidualisedLift(),
    planted: () => pictures(1200, 2, patches(0.02, 0.3)),
    auroc: 0.99,
    order: 'exact',
  },
}

describe.each(Object.entries(SUITES))('the detector %s', (_, suite) => {
  detectorSuite(suite)
})
