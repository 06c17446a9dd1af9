import type { DetectorInfo, Trigger } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import { valueText } from '../../features/column-codes.ts'
import { neighbourVote } from '../../predict/neighbour-vote.ts'
import { averagedDown, grey } from '../../features/averaged.ts'
import { arePhotographs } from '../../features/photographs.ts'
import { countedOf } from '../../features/recurring-images.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import type { Grouping, ImageSamples, Samples } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { asOneKind, commonOffsets, offsetSurprise, type OffsetsOfClass, shortened } from './spectrum/common-offset.ts'
import { showSeveralPictures } from './several-pictures.ts'
import { companyOfOwn } from './spectrum/company-of-own.ts'
import { chosenOf, classSplits, isSplit, membersOf, type Split } from './spectrum/directions.ts'
import { weigh, type Weighed } from './spectrum/evidence.ts'
import { isFlagged, isHeldByOthers } from './spectrum/flagged.ts'
import { type ForeignJudge, foreignJudge } from './spectrum/foreign.ts'
import { lackedBy } from './spectrum/lacking.ts'
import { imageTrigger } from './spectrum/trigger.ts'
import { whiten, type Whitened, varyingWithinClasses, withinVariance } from './spectrum/whitened.ts'

export interface SpectrumOptions {
  /** The features that are searched: the samples, or the activations of the probe (or of the user's model). */
  readonly of: 'samples' | 'activations'
  /** Leading directions of each class that are searched. */
  readonly directions: number
  /** Records of a group at least. */
  readonly smallest: number
  /**
   * If false, images are searched in the view's inputs, which a quick scan averages down, other samples are reduced to
   * principal axes, and only leading directions are searched.
   */
  readonly thorough: boolean
}

const DEFAULTS: SpectrumOptions = { of: 'samples', directions: 56, smallest: 10, thorough: true }
/**
 * Ridges: for pixels of 0…1; for their means over squares; and for other features, in units of their mean variance
 * within classes.
 */
const PIXEL_RIDGE = 1e-5
const COARSE_RIDGE = 1e-4
/** Photographs are searched for common offsets under this ridge as well: smooth ones lie among less noise there. */
const SMOOTH_RIDGE = 1e-3
/**
 * How far apart the most separate group of ten clean labels is that shares an offset: 3.1 to 4, and one of ten records 4.8,
 * in a hundred windows of 500 to 10,000 photographs.
 */
const NATURAL_OFFSETS = { classes: 10, location: 3.6, scale: 0.2 }
/** Groups that are less apart have no evidence. */
const LEAST_APART = NATURAL_OFFSETS.location + NATURAL_OFFSETS.scale
const OTHER_RIDGE = 1e-2
/** Images are averaged down to at most this many values. */
const LARGEST = 1100
/** Values of an image at the coarse scale at most, and records for each value of the fine one, of which fewer ask for it. */
const COARSE = 300
const PER_COLUMN = 6
/** Records of a class on average, of which fewer lie apart by chance: see `weigh`. */
const SMALL_CLASS = 150
/** Ashman's D of a split at least. */
const LEAST_SEPARATION = 3
/**
 * Nats of evidence that a group must have. Features other than pixels need more, because they form natural groups.
 * Tables with categories need most: categories form groups that neighbours label otherwise, and a window of clean bird
 * strikes reaches six.
 */
const LEAST_EVIDENCE = { pixels: 1, others: 3, categories: 10 }
/**
 * Distance outside what tells labels apart beyond which a group of embeddings has evidence, the distance beyond which its
 * variety is evidence (a natural group of 105 was as varied at 3.3), and the nats of a unit.
 */
const FOREIGN = { apart: 3, varied: 3.5, nats: 8 }
/**
 * Coordinates of embeddings at least; the share of them that measure, and of the records, evenly drawn, that have a value
 * of their own in one that does.
 */
const EMBEDDED = { coordinates: 32, measured: 0.9, different: 0.8, asked: 500 }
/**
 * The nearest records of such a group bear its label less often than this many times by chance: else it is a natural part
 * of the label.
 */
const OWN_COMPANY = 2
/** Splits that share this much of either are nearly the same. */
const SAME = 0.8
/** Nearest labelled neighbours that predict a record's label. */
const VOTERS = 10
/** Records of a class at least; a smaller class has no usable spectrum. */
const LEAST_RECORDS = 40

/**
 * Groups that a trigger pushed into a class. In units of the variance of the *other* classes, a class that holds a
 * trigger varies more along the trigger's direction, and its records form two modes there. Whitening by the other
 * classes as in SCAn (Tang et al. 2021, Demon in the variant) and SPECTRE (Hayase et al. 2021), directions by FastICA
 * (Hyvärinen 1999), separation after Ashman et al. 1994. Scores are log-likelihood ratios; 0 where nothing was found. A
 * trigger that all classes hold is not found. Photographs are searched for common offsets as well (`commonOffsets`).
 */
export class CrossClassSpectrum implements Detector {
  readonly info: DetectorInfo
  readonly needs = ['labels'] as const
  readonly tags = { role: 'carrier' } as const
  readonly #options: SpectrumOptions

  constructor(options: Partial<SpectrumOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options }
    const name = this.#options.of === 'samples' ? 'cross-class-spectrum' : 'activation-spectrum'
    this.info = { name, family: 'trigger', version: 1 }
  }

  async score(view: WindowView): Promise<Detection> {
    const labels = view.labels
    const { of, smallest, thorough } = this.#options
    const classes = labels ? [...labels.counts.keys()].filter((c) => labels.counts[c]! >= LEAST_RECORDS) : []
    if (!labels || classes.length < 2) {
      const note = `${this.info.name} needs two labels with ${LEAST_RECORDS} records each`
      return { scores: new Float64Array(view.n), scale: 'absolute', groups: [], why: () => '', notes: [note] }
    }
    const { scales, ridge, natural, alike, offsets } = await this.#features(view)
    const members = classes.map((c) => Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === c))
    // Labels are predicted by neighbours, not by the probe, which learns the trigger and then predicts the given label.
    const neighbours = await view.neighbours()
    const probabilities = neighbourVote(labels, neighbours, VOTERS)
    const weighed: Weighed[] = []
    let foreign: ForeignJudge | null = null
    for (const [scale, features] of scales.entries()) {
      const { within } = await varyingWithinClasses(view.engine, features, labels)
      const whitened = await whiten(view.engine, within, ridge)
      const splits = await this.#splits(view, whitened, labels, classes, members)
      if (thorough && of === 'samples' && areEmbeddings(view.samples)) {
        const judge = await foreignJudge(view.engine, whitened, labels, FOREIGN.apart)
        const shared = judge === null ? [] : classes.flatMap((c, at) => judge.sharedByDoubted(c, members[at]!) ?? [])
        splits.push(...shared.filter((split) => isSplit(split, { smallest, least: LEAST_SEPARATION })))
        foreign = judge
      }
      const told = scale === 0 ? splits : splits.map(asFarAsOthers)
      for (const w of weigh(told, classes, probabilities, neighbours, alike))
        weighed.push({ ...w, separation: w.separation - Math.log(scales.length) })
      for (const at of offsets[scale] ?? []) {
        const place = at === ridge ? whitened : await whiten(view.engine, within, at)
        const shared = await this.#offsets(view, place, classes, members, splits)
        const judged = weigh(
          shared.map((o) => o.split),
          classes,
          probabilities,
          neighbours,
        )
        for (const [o, w] of judged.entries()) {
          const separation = shared[o]!.surprise - Math.log(offsets.flat().length) - asOneKind(w)
          weighed.push({ ...w, separation, disagreement: 0 })
        }
      }
    }
    const least = LEAST_EVIDENCE[!natural ? 'pixels' : hasCategories(view.samples) ? 'categories' : 'others']
    const evidence = new Map(weighed.map((w) => [w, evidenceOf(w, natural)]))
    const asked = foreign === null ? [] : unlike(weighed)
    for (const w of asked) {
      const ofLabel = asked.filter(({ split }) => split.label === w.split.label).length
      const nats = foreignEvidence(w, foreign!, ofLabel)
      if (nats < least || nats <= evidence.get(w)!) continue
      const company = companyOfOwn(await view.inputs(), membersOf(w.split), labels, w.split.label)
      if (company < OWN_COMPANY) evidence.set(w, nats)
    }
    const counted = countedOf(view.samples)
    for (const w of weighed)
      if (evidence.get(w)! >= least) evidence.set(w, evidence.get(w)! * counted(membersOf(w.split)))
    const found = distinct(weighed, (w) => evidence.get(w)!).filter((w) => evidence.get(w)! >= least)
    const groups = found.flatMap((w) => groupOf(view, w, evidence.get(w)!, probabilities))
    const { scores, best } = strongestGroup(view.n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? 'shares no trigger that was found' }
  }

  /** The splits of all classes. */
  async #splits(
    view: WindowView,
    whitened: Whitened,
    labels: Grouping,
    classes: readonly number[],
    members: readonly Int32Array[],
  ): Promise<Split[]> {
    const labelled = labels.counts.reduce((sum, count) => sum + count, 0)
    const options = { ...this.#options, least: LEAST_SEPARATION, seed: view.seed }
    const splits: Split[] = []
    for (const [at, c] of classes.entries())
      splits.push(...(await classSplits(view.engine, whitened, members[at]!, c, labelled, options)))
    return splits
  }

  /** The groups of all classes that share an offset, and the surprise at each; it shortens what is whitened. */
  async #offsets(
    view: WindowView,
    whitened: Whitened,
    classes: readonly number[],
    members: readonly Int32Array[],
    splits: readonly Split[],
  ): Promise<{ split: Split; surprise: number }[]> {
    const rows = shortened(whitened)
    const found: OffsetsOfClass[] = []
    for (const [at, c] of classes.entries()) {
      const known = splits.filter(({ label }) => label === c)
      found.push(
        await commonOffsets(view.engine, rows, members[at]!, c, { seed: view.seed, known, least: LEAST_APART }),
      )
    }
    const { samples } = view
    return found
      .flatMap(({ offsets }) => offsets)
      .filter(({ split }) => samples.kind === 'image' && showSeveralPictures(membersOf(split), samples))
      .map((o) => ({ split: o.split, surprise: offsetSurprise(found, o, NATURAL_OFFSETS) }))
  }

  async #features(view: WindowView): Promise<Searched> {
    const { of, thorough } = this.#options
    if (of === 'samples' && view.samples.kind === 'image') {
      if (!thorough)
        return { scales: [await view.inputs()], ridge: COARSE_RIDGE, natural: false, alike: false, offsets: [] }
      const isColoured = view.samples.channels > 1
      const isPhotographed = arePhotographs(view.samples)
      const scales = scalesOf(view.samples, isColoured, isPhotographed)
      const offsets = isPhotographed ? ridgesOf(scales, isColoured) : []
      const alike = (isColoured && isPhotographed) || (!isColoured && view.n < SMALL_CLASS * view.labels!.names.length)
      return { scales, ridge: PIXEL_RIDGE, natural: false, alike, offsets }
    }
    const features =
      of === 'activations'
        ? (await view.probe()).activations
        : view.texts() !== null || !thorough
          ? await view.reduced()
          : await view.inputs()
    const unit = Math.max(withinVariance(features, view.labels!), 1e-12)
    return { scales: [features], ridge: OTHER_RIDGE * unit, natural: true, alike: false, offsets: [] }
  }
}

/**
 * A split with its separation in half deviations of the other classes, where that is less. Coarse images have so little
 * noise that a mark which all classes bear parts each of them into two modes without width; the others vary along it as
 * much.
 */
function asFarAsOthers(split: Split): Split {
  const [suspicious, plain] = split.spread
  const width = Math.sqrt((suspicious ** 2 + plain ** 2) / 2)
  return { ...split, separation: split.separation * Math.min(1, 2 * width) }
}

/** What is searched for splits. */
interface Searched {
  /** The features, at every scale. */
  readonly scales: readonly Matrix[]
  readonly ridge: number
  /** Whether such features form natural groups, so that separation alone is no evidence. */
  readonly natural: boolean
  /** See `weigh`. */
  readonly alike: boolean
  /** For each scale, the ridges under which it is searched for common offsets. */
  readonly offsets: readonly (readonly number[])[]
}

/**
 * Images as they are, or averaged down to `LARGEST` values. Of colour photographs that are averaged, the grey ones as
 * well, which keep finer details. And grey ones of `COARSE` values where fewer than `PER_COLUMN` records for each value
 * teach how the others vary: what spreads over an image is separate there alone. Drawings in colour are searched at one
 * scale: whole families of them are equal in their details.
 */
function scalesOf(samples: ImageSamples, isColoured: boolean, isPhotographed: boolean): readonly Matrix[] {
  const scales = [averagedDown(samples, LARGEST)]
  if (isColoured && !isPhotographed) return scales
  const plain = isColoured ? grey(samples) : samples
  if (isColoured && samples.pixels.cols > LARGEST) scales.push(averagedDown(plain, LARGEST))
  const finest = scales.at(-1)!
  if (finest.rows < PER_COLUMN * finest.cols && finest.cols > COARSE) scales.push(averagedDown(plain, COARSE))
  return scales
}

/**
 * The ridges under which photographs are searched for common offsets. Noise of a pixel of its own is least in the finest
 * images; where those are grey, colours are searched for what is smooth.
 */
function ridgesOf(scales: readonly Matrix[], isColoured: boolean): readonly (readonly number[])[] {
  const both = [PIXEL_RIDGE, SMOOTH_RIDGE]
  return isColoured && scales.length > 1 ? [[SMOOTH_RIDGE], both] : [both]
}

/**
 * A trigger shows in the separation of its group, in neighbours that disagree with the label, or in both. Where natural
 * groups are common, both must show it.
 */
function evidenceOf({ separation, disagreement }: Weighed, natural: boolean): number {
  if (natural) return Math.min(separation, disagreement)
  return separation > 0 ? separation + disagreement : 0
}

/**
 * In embeddings, where a group may be as separate by nature: it must lie apart outside what tells labels apart, and look
 * like other labels' records there, or be as varied as several labels. One of `asked` groups of a label may seem varied
 * by chance.
 */
function foreignEvidence({ split, disagreement }: Weighed, foreign: ForeignJudge, asked: number): number {
  const judged = foreign.judge(split)
  const { apart, variety } = judged
  const doubted = Math.min(FOREIGN.nats * (apart - FOREIGN.apart), Math.max(disagreement, judged.disagreement))
  const varied = Math.min(FOREIGN.nats * (apart - FOREIGN.varied), variety - Math.log(asked))
  return Math.max(doubted, varied)
}

/** The most separate of each set of splits of one label that are nearly the same. */
function unlike(weighed: readonly Weighed[]): readonly Weighed[] {
  const kept = new Map<number, Weighed[]>()
  for (const w of weighed.toSorted((a, b) => b.split.separation - a.split.separation)) {
    const { label } = w.split
    const own = kept.get(label) ?? []
    const isLike = ({ split }: Weighed) =>
      Math.min(split.size, w.split.size) > SAME * Math.max(split.size, w.split.size) && overlap(split, w.split) > SAME
    if (!own.some(isLike)) kept.set(label, [...own, w])
  }
  return [...kept.values()].flat()
}

/** The strongest of each set of splits of one label that overlap by 30 % or more. */
function distinct(weighed: readonly Weighed[], evidence: (w: Weighed) => number): Weighed[] {
  const kept: Weighed[] = []
  for (const w of weighed.filter((w) => evidence(w) > 0).sort((a, b) => evidence(b) - evidence(a))) {
    if (kept.every((k) => k.split.label !== w.split.label || overlap(k.split, w.split) < 0.3)) kept.push(w)
  }
  return kept
}

/** The expected number of shared members, as a share of the smaller split. */
function overlap(a: Split, b: Split): number {
  let shared = 0
  for (let at = 0; at < a.posterior.length; at++) shared += a.posterior[at]! * b.posterior[at]!
  return shared / Math.max(1, Math.min(a.size, b.size))
}

/**
 * The group of a split; none where other labels' records have, or lack, the same value as often, or where a flag explains
 * the group.
 */
function groupOf(view: WindowView, { split }: Weighed, evidence: number, expected: Matrix): Group[] {
  const chosen = chosenOf(split)
  const members = membersOf(split)
  const columns = view.samples.kind === 'table' ? view.samples.columns : []
  const lacking = lackedBy(members, split.label, columns, view.labels!)
  if (lacking?.byOthers === true) return []
  if (isFlagged(members, split.label, columns, view.labels!)) return []
  if (isHeldByOthers(members, split.label, columns, view.labels!)) return []
  const trigger: Trigger | undefined =
    view.samples.kind === 'image'
      ? imageTrigger(view.samples, members, view.labels!.of, expected)
      : lacking
        ? { kind: 'values', values: [{ column: lacking.column, value: valueText(Number.NaN) }] }
        : undefined
  const shared = trigger?.kind === 'patch' ? `a patch of ${trigger.pixels.length} pixels` : 'a common additive pattern'
  const name = view.labels!.names[split.label] ?? ''
  return [
    {
      members,
      posterior: Float64Array.from(chosen, (at) => split.posterior[at]!),
      evidence,
      label: split.label,
      ...(trigger && { trigger }),
      summary: lacking
        ? `${members.length} records labelled ${name} have no ${lacking.column}, which other labels' records seldom lack`
        : `${members.length} records labelled ${name} share ${shared} that no other label's records vary along`,
    },
  ]
}

/** Whether these are vectors of many coordinates, in nearly all of which nearly every record has a value of its own. */
function areEmbeddings(samples: Samples): boolean {
  if (samples.kind !== 'vector' || samples.vectors.cols < EMBEDDED.coordinates) return false
  const { rows, cols, data } = samples.vectors
  const asked = Math.min(rows, EMBEDDED.asked)
  let measured = 0
  for (let c = 0; c < cols; c++) {
    const different = new Set<number>()
    for (let k = 0; k < asked; k++) different.add(data[Math.floor((k * rows) / asked) * cols + c]!)
    measured += Number(different.size >= EMBEDDED.different * asked)
  }
  return measured >= EMBEDDED.measured * cols
}

function hasCategories(samples: Samples): boolean {
  return samples.kind === 'table' && samples.columns.some(({ type }) => type === 'category')
}
