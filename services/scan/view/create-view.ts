import { AppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import type { Effort } from '#core/score.ts'
import { consensus, expectation, reliance, votedFor } from '../predict/expected.ts'
import { bulkLoss, calibrated } from '../predict/probabilities.ts'
import { leaveOneOutScores } from '../predict/random-features.ts'
import { tellingColumn, toldByColumn } from '../predict/telling-column.ts'
import { imageAxes, imageInputs } from '../features/images.ts'
import { haveRoomForPatches, localFilters } from '../features/local-filters.ts'
import { haveOutlines, outlines } from '../features/outlines.ts'
import { arePhotographs } from '../features/photographs.ts'
import { bothOf, type Picture, toUnit } from '../features/picture.ts'
import { tableInputs, tableReduced } from '../features/tables.ts'
import { COARSE_SEMANTICS, sparseTextInputs, textInputs, textReduced } from '../features/texts.ts'
import { imageTokens } from '../features/tokens-images.ts'
import { tableTokens } from '../features/tokens-tables.ts'
import { textTokens } from '../features/tokens-texts.ts'
import { AXES_OF_WIDE, REDUCED, vectorAxes, vectorColumns, vectorInputs } from '../features/vectors.ts'
import { approximateNeighbours } from '../numeric/approximate.ts'
import type { Engine } from '../numeric/engine.ts'
import { firstColumns, gatherRows, type Matrix, scaled } from '../numeric/matrix.ts'
import { areMostlyZeros, ascending, type Sparse } from '../numeric/sparse.ts'
import { nearestNeighbours } from '../numeric/neighbours.ts'
import { inAxesOf, type Principal } from '../numeric/pca.ts'
import { inPlaceOf } from '../probe/in-place-of.ts'
import { crossFitted, type Teaching, trainProbe } from '../probe/train-probe.ts'
import { textsOf, type Grouping, type ImageSamples, type Samples, type ScanInput } from './samples.ts'
import { vocabularyOf } from './vocabulary.ts'
import { labelsWith, stacked, withReference } from './with-reference.ts'
import type { TokenMatrix, WindowView } from './window-view.ts'

const NEIGHBOURS = 60
/** In windows of more records, neighbours are found in linear time, and a few are missed. */
const EXACTLY = 20_000
/** Inputs of at most this many columns train the cross-fitted probes unchanged; wider ones are reduced first. */
const NARROW = 640
/** How many records show whether a picture of images tells labels better than their pixels do. */
const COMPARED = 2000
/**
 * What a quick scan takes in place of all: the records that each is compared with for its neighbours, the values that
 * an image is averaged down to, the pixels from one place of a patch to the next, the most values of a table's tokens,
 * the levels of a category that have a column of their own, and how fine latent semantics are.
 */
const COARSE = { compared: 700, pixels: 400, apart: 2, values: 2, levels: 16, semantics: COARSE_SEMANTICS } as const

/** The window's view for detectors. Each part is computed on first use, and once. */
export function createView(input: ScanInput, engine: Engine, effort: Effort = 'full'): WindowView {
  const { n, seed, samples, labels } = input
  const texts = once(() => textsOf(samples))
  const coarse = effort === 'quick' ? COARSE : undefined
  const features = featuresOf(samples, n, engine, seed, coarse)
  const reduced = once(features.reduced)
  const neighbours = once(async () =>
    coarse !== undefined || n > EXACTLY
      ? approximateNeighbours(engine, await reduced(), NEIGHBOURS, seed, coarse?.compared)
      : nearestOf(await reduced()),
  )
  const nearestOf = (x: Matrix) => nearestNeighbours(x, NEIGHBOURS, x, { labels: labels?.of ?? null })
  const shown = once(async () => shownBy(engine, { ...features, reduced }, labels, seed))
  const narrow = once(async () => unitSpread((await shown())?.projected ?? (await narrowOf({ ...features, reduced }))))
  const known = () => {
    if (labels) return labels
    throw new AppError('invalid', 'the window has no labels to learn from', { reason: 'no_labels' })
  }
  // lift asks for these alone where neighbours predict badly
  const outOfFold = once(async () => outOfFoldBy(known()))
  const teaching = once(async () => {
    const beside = await taughtBeside(input, known(), { ...features, reduced }, engine, await shown())
    return beside ?? { x: await narrow(), labels: known().of }
  })
  const outOfFoldBy = async (by: Grouping) =>
    crossFitted(engine, samples, await teaching(), by, reliance(by, await neighbours()), seed)
  const probe = once(async () => {
    const wide = (await shown()) === null ? await (features.taught ?? features.inputs)() : await narrow()
    const trained = { ...(await trainProbe(engine, samples, wide, known(), seed)), outOfFold: await outOfFold() }
    return input.model ? inPlaceOf(trained, input.model, known()) : trained
  })
  const together = once(async () => togetherBy(known(), await outOfFold()))
  const togetherBy = async (by: Grouping, foretold: Matrix) =>
    consensus(engine, await narrow(), by, await neighbours(), foretold, seed)
  const teller = once(() => (samples.kind === 'table' ? tellingColumn(samples.columns, known()) : null))
  const judged = once(async () => {
    const blend = await together()
    const probabilities = toldByColumn(blend.probabilities, teller(), known())
    if (probabilities === blend.probabilities) return blend
    return { ...blend, predictor: 'column' as const, probabilities, bulkLoss: bulkLoss(probabilities, known().of) }
  })
  return {
    n,
    seed,
    samples,
    texts,
    labels,
    contributors: input.contributors,
    engine,
    inputs: features.inputs,
    reduced,
    neighbours,
    tokens: once(features.tokens),
    probe,
    expected: once(async () =>
      coarse !== undefined ? votedFor(known(), await neighbours()) : expectation(known(), await neighbours(), together),
    ),
    consensus: judged,
    expectedBy: async (by) => {
      const foretold = await outOfFoldBy(by)
      return { outOfFold: foretold, consensus: (await togetherBy(by, foretold)).probabilities }
    },
    teller,
  }
}

/**
 * What images show, for predictors to learn from in place of pixels. Null where there are no labels, and where pixels tell
 * them better, as of images that are aligned and noisy.
 */
async function shownBy(
  engine: Engine,
  features: Features,
  labels: Grouping | null,
  seed: number,
): Promise<Picture | null> {
  if (features.picture === undefined || labels === null) return null
  const picture = await features.picture()
  if (picture === null) return null
  const some = seededRandom(seed, 'what is shown').permutation(labels.of.length).slice(0, COMPARED).sort()
  const by: Grouping = { ...labels, of: some.map((i) => labels.of[i]!) }
  const weights = new Float64Array(some.length).fill(1)
  const lossOf = async (x: Matrix) => {
    const scores = await leaveOneOutScores(engine, unitSpread(gatherRows(x, some)), by, weights, seed)
    return bulkLoss(calibrated(scores, by.of), by.of)
  }
  return (await lossOf(picture.projected)) < (await lossOf(await narrowOf(features))) ? picture : null
}

type Columns = Pick<Features, 'inputs' | 'taught' | 'reduced' | 'axes'>

async function narrowOf({ inputs, taught, reduced, axes = reduced }: Columns): Promise<Matrix> {
  if (taught !== undefined) return reduced()
  const wide = await inputs()
  return wide.cols <= NARROW ? wide : axes()
}

/**
 * The rows and labels that cross-fitted probes learn from where there are records of other windows: the window's
 * records and theirs, in the window's axes; or in columns made from both, where the columns follow from the records.
 * Null without such records.
 */
async function taughtBeside(
  { seed, samples, reference }: ScanInput,
  labels: Grouping,
  own: Features,
  engine: Engine,
  shown: Picture | null,
): Promise<Teaching | null> {
  if (reference === undefined) return null
  if (shown !== null && reference.samples.kind === 'image') {
    const both = stacked(shown.projected, await shown.alike(reference.samples))
    return { x: unitSpread(both), labels: labelsWith(labels, reference) }
  }
  if (own.alike !== undefined) {
    const others = await own.alike(reference.samples)
    return { x: unitSpread(stacked(await narrowOf(own), others)), labels: labelsWith(labels, reference) }
  }
  const all = withReference(samples, labels, reference)
  const features = featuresOf(all.samples, all.labels.length, engine, seed)
  return { x: unitSpread(await narrowOf(features)), labels: all.labels }
}

interface Features {
  /** Memoised, since `reduced` may need them too. */
  readonly inputs: () => Promise<Matrix>
  /**
   * The rows that the probe learns from, where these are not `inputs`: the same as sparse rows where most entries are
   * zeros. Present where inputs are wide.
   */
  readonly taught?: () => Promise<Matrix | Sparse>
  /** What images show, null where they are too small; absent elsewhere. */
  readonly picture?: () => Promise<Picture | null>
  readonly reduced: () => Promise<Matrix>
  /** More axes than `reduced` has, for predictors where inputs are too wide; absent where these learn from `reduced`. */
  readonly axes?: () => Promise<Matrix>
  readonly tokens: () => Promise<TokenMatrix>
  /**
   * Other records of the same kind as narrow inputs, in the units and axes of these; absent where columns follow from
   * the records.
   */
  readonly alike?: (others: Samples) => Promise<Matrix>
}

function featuresOf(samples: Samples, n: number, engine: Engine, seed: number, coarse?: typeof COARSE): Features {
  if (samples.kind === 'image') {
    const inputs = once(async () => imageInputs(samples, samples, coarse?.pixels))
    const axes = once(async () => imageAxes(engine, samples, await inputs(), seed))
    return {
      inputs,
      ...(coarse === undefined && { picture: () => pictureOf(engine, samples, seed) }),
      reduced: async () => (await axes()).projected,
      tokens: async () => imageTokens(samples, coarse?.apart),
      alike: async (others) => {
        if (others.kind !== 'image') throw new RangeError(`images and records of kind ${others.kind}`)
        return narrowLike(engine, imageInputs(others, samples, coarse?.pixels), axes)
      },
    }
  }
  if (samples.kind === 'text' || samples.kind === 'exchange') {
    const sparse = once(() => sparseTextInputs(vocabularyOf(samples)))
    const inputs = once(async () => textInputs(sparse()))
    return {
      inputs,
      taught: async () => {
        const { columns, cols } = sparse()
        return areMostlyZeros(columns.length, n, cols) ? ascending(sparse()) : inputs()
      },
      reduced: async () => textReduced(engine, vocabularyOf(samples), seed, coarse?.semantics),
      tokens: async () => textTokens(vocabularyOf(samples), samples.kind === 'text' ? samples.texts : []),
    }
  }
  if (samples.kind === 'table') {
    return {
      inputs: once(async () => tableInputs(samples.columns, n, coarse?.levels)),
      reduced: () => tableReduced(engine, samples.columns, n, seed, coarse?.levels),
      tokens: async () => tableTokens(samples.columns, n, coarse?.values),
    }
  }
  const inputs = once(async () => vectorInputs(samples.vectors))
  const isWide = samples.vectors.cols > NARROW
  const axes = once(async () => vectorAxes(engine, await inputs(), seed, isWide ? AXES_OF_WIDE : REDUCED))
  const reduced = once(async () => firstColumns((await axes()).projected, REDUCED))
  return {
    inputs,
    reduced,
    axes: async () => (await axes()).projected,
    tokens: async () => tableTokens(vectorColumns(samples.vectors), n),
    alike: async (others) => {
      if (others.kind !== 'vector') throw new RangeError(`vectors and records of kind ${others.kind}`)
      return narrowLike(engine, vectorInputs(others.vectors, samples.vectors), axes)
    },
  }
}

/** What images show, by their outlines, and, where they are photographs or have colours, by filters of their patches as well. */
async function pictureOf(engine: Engine, samples: ImageSamples, seed: number): Promise<Picture | null> {
  if (!haveOutlines(samples)) return null
  const drawn = await outlines(engine, samples, seed)
  const filtered = haveRoomForPatches(samples) && (samples.channels > 1 || arePhotographs(samples))
  return filtered ? bothOf(drawn, await localFilters(engine, samples, seed)) : drawn
}

async function narrowLike(engine: Engine, inputs: Matrix, axes: () => Promise<Principal>): Promise<Matrix> {
  return inputs.cols <= NARROW ? inputs : inAxesOf(engine, await axes(), inputs)
}

/** Calls `compute` on first use, and returns the same value or promise from then on. */
function once<T>(compute: () => T): () => T {
  let result: { readonly value: T } | undefined
  return () => (result ??= { value: compute() }).value
}

/** x scaled to a root mean square of 1, which the predictors' step and kernel widths assume. */
function unitSpread(x: Matrix): Matrix {
  return scaled(x, toUnit(x))
}
