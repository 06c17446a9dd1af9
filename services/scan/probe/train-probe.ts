import { AppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import type { Engine } from '../numeric/engine.ts'
import { type Matrix, gatherRows, matrix, row } from '../numeric/matrix.ts'
import type { Sparse } from '../numeric/sparse.ts'
import { learners } from '../predict/learners.ts'
import { softmaxRows } from '../numeric/sweeps.ts'
import { crossEntropies } from '../predict/probabilities.ts'
import type { Grouping, Samples } from '../view/samples.ts'
import type { Probe } from '../view/window-view.ts'
import { Mlp, type MlpOptions } from './mlp.ts'

const FOLDS = 3
/** Where records of other windows teach as well, training on half of the window is enough. */
const FOLDS_BESIDE = 2
/**
 * The network of the cross-fitted probes. On narrow inputs a small one learns enough in few epochs, and in two where
 * classes lie apart: a mean loss of `learnt`, which ends the training, is less than one wrong label in two hundred
 * costs.
 */
const CROSS_FITTED = { hidden: [128], epochs: 6, learnt: 0.01 }
/**
 * From this many labelled records on, batches are larger: they take as many steps as smaller windows take with small
 * ones.
 */
const LARGE = 8000
/** Rows, and the class of each: −1 where it has none. */
export interface Teaching {
  readonly x: Matrix
  readonly labels: Int32Array
}

/**
 * Trains the probe on the window's labels and keeps its outputs for every record, epoch by epoch. `inputs` are n × d.
 *
 * A record without a label has loss 0 and margin 0, and still has probabilities. Throws `invalid` where fewer than two
 * labels are in use.
 */
export async function trainProbe(
  engine: Engine,
  samples: Samples,
  inputs: Matrix | Sparse,
  labels: Grouping,
  seed: number,
): Promise<Omit<Probe, 'outOfFold'>> {
  const { labelled, options } = learningOf(samples, labels, seed)
  const n = labels.of.length
  const losses = matrix(n, options.epochs)
  const margin = new Float64Array(n)
  const network = await Mlp.train(inputs, labels.of, labelled, options, (epoch, rows, seen) => {
    const own = crossEntropies(
      seen,
      rows.map((i) => labels.of[i]!),
    )
    rows.forEach((i, r) => {
      losses.data[i * options.epochs + epoch] = own[r]!
      margin[i] = margin[i]! + marginOf(seen, r, labels.of[i]!) / options.epochs
    })
  })
  const last = await network.outputs(engine, inputs)
  network.release()
  return { activations: last.activations, probabilities: softmaxRows(last.logits), losses, margin }
}

/**
 * n × K: each record's probabilities by a network that did not see its label. Three are trained, each without a third of
 * the records, to judge that third; or two, each without half, where records of other windows teach as well. `narrow`
 * inputs, and only records that are `trusted`, train them, for they must not learn what is planted. The rows of `narrow`
 * after the window's n records are of other windows, and teach each of them. Throws as `trainProbe` does.
 */
export async function crossFitted(
  engine: Engine,
  samples: Samples,
  narrow: Teaching,
  labels: Grouping,
  trusted: Float64Array,
  seed: number,
): Promise<Matrix> {
  const { labelled, options } = learningOf(samples, labels, seed)
  return crossFit(
    engine,
    narrow,
    labels.of.length,
    labelled.filter((i) => trusted[i]! >= 0.5),
    { ...options, ...CROSS_FITTED, learningRate: 2e-3 * Math.sqrt(options.batch / 64) },
  )
}

/** The labelled records, and how a network learns from them. */
function learningOf(samples: Samples, labels: Grouping, seed: number) {
  const labelled = Int32Array.from(labels.of, (_, i) => i).filter((i) => labels.of[i]! >= 0)
  if (labels.counts.filter((count) => count > 0).length < 2) {
    throw new AppError('invalid', 'a probe needs at least two labels in the window', { reason: 'too_few_labels' })
  }
  return { labelled, options: optionsFor(samples, labels.names.length, labelled.length, seed) }
}

function optionsFor(samples: Samples, classes: number, labelled: number, seed: number): MlpOptions {
  const batch = labelled >= LARGE ? 128 : 64
  const scale = Math.sqrt(batch / 64)
  if (samples.kind === 'image') {
    return { hidden: [128, 64], classes, epochs: 8, batch, learningRate: 1e-3 * scale, seed }
  }
  if (samples.kind === 'text' || samples.kind === 'exchange')
    return { hidden: [64], classes, epochs: 8, batch, learningRate: 2e-3 * scale, seed }
  return { hidden: [64, 32], classes, epochs: 15, batch, learningRate: 2e-3 * scale, seed }
}

/**
 * n × K: the probabilities of each of the first n records, by the network that was trained without the record's fold.
 */
async function crossFit(
  engine: Engine,
  { x, labels }: Teaching,
  n: number,
  labelled: Int32Array,
  options: MlpOptions,
): Promise<Matrix> {
  const others = Int32Array.from({ length: x.rows - n }, (_, at) => n + at).filter((i) => labels[i]! >= 0)
  const folds = others.length > 0 ? FOLDS_BESIDE : FOLDS
  const order = seededRandom(options.seed, 'folds').permutation(n)
  const foldOf = new Uint8Array(n)
  order.forEach((i, position) => (foldOf[i] = position % folds))
  const out = matrix(n, options.classes)
  for (let fold = 0; fold < folds; fold++) {
    const own = learners(
      labelled.filter((i) => foldOf[i] !== fold),
      options.seed,
    )
    const training = Int32Array.from([...own, ...others])
    const held = Int32Array.from(foldOf.keys()).filter((i) => foldOf[i] === fold)
    const network = await Mlp.train(x, labels, training, { ...options, seed: options.seed + 1 + fold })
    const { logits } = await network.outputs(engine, gatherRows(x, held))
    network.release()
    const probabilities = softmaxRows(logits)
    held.forEach((i, r) => out.data.set(row(probabilities, r), i * options.classes))
  }
  return out
}

/** The logit of the label in row i less the largest other one (Pleiss et al. 2020). */
export function marginOf({ cols, data }: Matrix, i: number, label: number): number {
  const own = i * cols + label
  let other = -Infinity
  for (let at = i * cols; at < (i + 1) * cols; at++) if (at !== own && data[at]! > other) other = data[at]!
  return data[own]! - other
}
