import type { DetectorInfo, Trigger } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import { valueText } from '../../features/column-codes.ts'
import { neighbourVote } from '../../predict/neighbour-vote.ts'
import { type Matrix, matrix } from '../../numeric/matrix.ts'
import type { ImageSamples, Samples } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { classSplits, type Split } from './spectrum/directions.ts'
import { weigh, type Weighed } from './spectrum/evidence.ts'
import { isFlagged } from './spectrum/flagged.ts'
import { lackedBy } from './spectrum/lacking.ts'
import { imageTrigger } from './spectrum/trigger.ts'
import { whiten, varyingWithinClasses, withinVariance } from './spectrum/whitened.ts'

export interface SpectrumOptions {
  /** What is searched: the samples as they are, or what the probe (or the user's model) makes of them. */
  readonly of: 'samples' | 'activations'
  /** Leading directions of each class that are searched. */
  readonly directions: number
  /** Groups smaller than this are not looked at. */
  readonly smallest: number
  /** Without, images are averaged down further, other samples searched in their principal axes, and only leading directions. */
  readonly thorough: boolean
}

const DEFAULTS: SpectrumOptions = { of: 'samples', directions: 56, smallest: 10, thorough: true }
/** Ridges for pixels of 0…1 and for their means over squares, and for other features in units of their mean variance within classes. */
const PIXEL_RIDGE = 1e-5
const COARSE_RIDGE = 1e-4
const OTHER_RIDGE = 1e-2
/** Images are averaged down to at most this many values. */
const LARGEST = 1100
const LARGEST_LOOK = 200
const LEAST_SEPARATION = 3
/**
 * What must be left of a group's evidence, in nats; more where features fall into natural groups of their own, and most in tables with categories, which
 * make groups that neighbours label otherwise: a window of clean bird strikes reaches six.
 */
const LEAST_EVIDENCE = { pixels: 1, others: 3, categories: 10 }
const VOTERS = 10
/** Classes with fewer records have no spectrum to speak of. */
const LEAST_RECORDS = 40

/**
 * Groups that a trigger pushed into a class: seen from how the *other* classes vary, a class that holds a trigger varies
 * along it and falls apart in two along it. Whitening by the other classes as in SCAn (Tang et al. 2021, Demon in the
 * variant) and SPECTRE (Hayase et al. 2021), directions by FastICA (Hyvärinen 1999), separation after Ashman et al.
 * 1994. Scores are log-likelihood ratios: 0 where nothing was found. Blind to triggers that all classes hold.
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
    const classes = labels ? [...labels.counts.keys()].filter((c) => labels.counts[c]! >= LEAST_RECORDS) : []
    if (!labels || classes.length < 2) {
      const note = `${this.info.name} needs two labels with ${LEAST_RECORDS} records each`
      return { scores: new Float64Array(view.n), scale: 'absolute', groups: [], why: () => '', notes: [note] }
    }
    const { matrix: features, ridge, natural } = await this.#features(view)
    const labelled = labels.counts.reduce((sum, count) => sum + count, 0)
    const members = classes.map((c) => Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === c))
    const splits: Split[] = []
    const { directions, smallest, thorough } = this.#options
    const { within } = await varyingWithinClasses(view.engine, features, labels)
    const whitened = await whiten(view.engine, within, ridge)
    const options = { directions, smallest, least: LEAST_SEPARATION, seed: view.seed, thorough }
    for (const [at, c] of classes.entries()) {
      splits.push(...(await classSplits(view.engine, whitened, members[at]!, c, labelled, options)))
    }
    // The neighbours' word, not the probe's: a probe learns the trigger, and then expects the label it was given.
    const neighbours = await view.neighbours()
    const probabilities = neighbourVote(labels, neighbours, VOTERS)
    const weighed = weigh(splits, classes, classes.length, probabilities, neighbours)
    const least = LEAST_EVIDENCE[!natural ? 'pixels' : hasCategories(view.samples) ? 'categories' : 'others']
    const found = distinct(weighed, (w) => evidenceOf(w, natural)).filter((w) => evidenceOf(w, natural) >= least)
    const groups = found.flatMap((w) => groupOf(view, w, evidenceOf(w, natural), probabilities))
    const { scores, best } = strongestGroup(view.n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? 'shares no trigger that was found' }
  }

  /** `natural`: whether such features fall into natural groups, so that separation alone proves nothing. */
  async #features(view: WindowView): Promise<{ matrix: Matrix; ridge: number; natural: boolean }> {
    const { thorough } = this.#options
    if (this.#options.of === 'samples' && view.samples.kind === 'image') {
      const [largest, ridge] = thorough ? [LARGEST, PIXEL_RIDGE] : [LARGEST_LOOK, COARSE_RIDGE]
      return { matrix: averagedDown(view.samples, largest), ridge, natural: false }
    }
    const features =
      this.#options.of === 'activations'
        ? (await view.probe()).activations
        : view.texts() !== null || !thorough
          ? await view.reduced()
          : await view.inputs()
    const unit = Math.max(withinVariance(features, view.labels!), 1e-12)
    return { matrix: features, ridge: OTHER_RIDGE * unit, natural: true }
  }
}

/**
 * Triggers betray themselves by separation, by neighbours that disagree with the label, or both. Where natural groups
 * are common both must speak.
 */
function evidenceOf({ separation, disagreement }: Weighed, natural: boolean): number {
  if (natural) return Math.min(separation, disagreement)
  return separation > 0 ? separation + disagreement : 0
}

/** The strongest of every set of splits that name much the same records. */
function distinct(weighed: readonly Weighed[], evidence: (w: Weighed) => number): Weighed[] {
  const kept: Weighed[] = []
  for (const w of weighed.filter((w) => evidence(w) > 0).sort((a, b) => evidence(b) - evidence(a))) {
    if (kept.every((k) => k.split.label !== w.split.label || overlap(k.split, w.split) < 0.3)) kept.push(w)
  }
  return kept
}

/** Shared expected members over those of the smaller split. */
function overlap(a: Split, b: Split): number {
  let shared = 0
  for (let at = 0; at < a.posterior.length; at++) shared += a.posterior[at]! * b.posterior[at]!
  return shared / Math.max(1, Math.min(a.size, b.size))
}

/** None where other labels' records vary along it too, or a flag explains it. */
function groupOf(view: WindowView, { split }: Weighed, evidence: number, expected: Matrix): Group[] {
  const chosen = [...split.records.keys()].filter((at) => split.posterior[at]! > 0.5)
  const members = Int32Array.from(chosen, (at) => split.records[at]!)
  const lacking =
    view.samples.kind === 'table' ? lackedBy(members, split.label, view.samples.columns, view.labels!) : null
  if (lacking?.byOthers === true) return []
  if (view.samples.kind === 'table' && isFlagged(members, split.label, view.samples.columns, view.labels!)) return []
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

/** Images as rows, neighbouring pixels averaged until few enough. */
function averagedDown({ pixels, height, width, channels }: ImageSamples, largest: number): Matrix {
  let factor = 1
  while (Math.ceil(height / factor) * Math.ceil(width / factor) * channels > largest) factor++
  if (factor === 1) return pixels
  const [rows, cols] = [Math.ceil(height / factor), Math.ceil(width / factor)]
  const out = matrix(pixels.rows, rows * cols * channels)
  for (let i = 0; i < pixels.rows; i++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const cell = (Math.floor(y / factor) * cols + Math.floor(x / factor)) * channels
        for (let c = 0; c < channels; c++) {
          const v = pixels.data[i * pixels.cols + (y * width + x) * channels + c]!
          out.data[i * out.cols + cell + c]! += v / (factor * factor)
        }
      }
    }
  }
  return out
}

function hasCategories(samples: Samples): boolean {
  return samples.kind === 'table' && samples.columns.some(({ type }) => type === 'category')
}
