import { averagedDown, grey } from '../../../features/averaged.ts'
import { fineBands } from '../../../features/fine-bands.ts'
import { arePhotographs } from '../../../features/photographs.ts'
import { neighbourVote } from '../../../predict/neighbour-vote.ts'
import type { Grouping, ImageSamples } from '../../../view/samples.ts'
import type { WindowView } from '../../../view/window-view.ts'
import {
  asOneKind,
  commonOffsets,
  type OffsetsOfClass,
  offsetSurprise,
  separationByHalves,
  shortened,
} from '../spectrum/common-offset.ts'
import { weigh } from '../spectrum/evidence.ts'
import { varyingWithinClasses, whiten, withinVariance } from '../spectrum/whitened.ts'
import { membersOf, type Split } from '../spectrum/directions.ts'
import { showSeveralPictures } from '../several-pictures.ts'

/** Records of a label at least. */
const LEAST_RECORDS = 40
/** The ridge, in mean variances within labels, and that of what the images show. */
const RIDGE = 0.3
const CONTENT = { values: 300, ridge: 1e-3 }
/** How far apart the most separate group of so many clean labels is, of photographs, and the scale on which more becomes rare. */
const NATURAL = { classes: 10, location: 3.9, scale: 0.15 }
/**
 * How far the members are apart from the rest in what they show, at most, unless their neighbours contradict their label by
 * so many nats.
 */
const MOST_CONTENT = 1.5
const CONTRADICTED = 2
/** Nearest labelled neighbours that predict a record's label. */
const VOTERS = 10

export interface Weakened {
  readonly split: Split
  readonly evidence: number
}

/**
 * Photographs of one label whose fine detail is weaker, or stronger, at the same places, though they show what others do:
 * they were bent by one field, as triggers that warp do (Nguyen & Tran 2021, WaNet). Moving pixels by parts of one smooths
 * them most where the part is a half, so that a field leaves its map in all of them. Images whose content differs as well,
 * such as those that were turned, are a part of their label, where their neighbours say so, too.
 */
export async function weakenedDetail(view: WindowView, samples: ImageSamples, labels: Grouping): Promise<Weakened[]> {
  const { engine, seed } = view
  const classes = [...labels.counts.keys()].filter((c) => labels.counts[c]! >= LEAST_RECORDS)
  if (classes.length < 2 || !arePhotographs(samples)) return []
  const bands = fineBands(samples)
  const { within } = await varyingWithinClasses(engine, bands, labels)
  const rows = shortened(await whiten(engine, within, RIDGE * Math.max(withinVariance(bands, labels), 1e-12)))
  const found: OffsetsOfClass[] = []
  for (const label of classes) {
    const records = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label)
    found.push(await commonOffsets(engine, rows, records, label, { seed, known: [], natural: NATURAL }))
  }
  const offsets = found.flatMap((f) => f.offsets).filter(({ split }) => showSeveralPictures(membersOf(split), samples))
  if (offsets.length === 0) return []
  const shown = averagedDown(samples.channels > 1 ? grey(samples) : samples, CONTENT.values)
  const { within: shownWithin } = await varyingWithinClasses(engine, shown, labels)
  const shownRows = shortened(await whiten(engine, shownWithin, CONTENT.ridge))
  const neighbours = await view.neighbours()
  const expected = neighbourVote(labels, neighbours, VOTERS)
  const judged = weigh(
    offsets.map(({ split }) => split),
    classes,
    expected,
    neighbours,
  )
  const weakened: Weakened[] = []
  for (const [at, w] of judged.entries()) {
    const { split, disagreement } = w
    const isContradicted = disagreement > CONTRADICTED
    if (!isContradicted && (await separationByHalves(engine, shownRows, split, seed)) > MOST_CONTENT) continue
    const surprise = offsetSurprise(found, offsets[at]!, NATURAL) - asOneKind(w)
    if (surprise > 0) weakened.push({ split, evidence: surprise + Math.min(surprise, disagreement) })
  }
  return weakened
}
