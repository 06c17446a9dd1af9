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
/** Groups that are less apart are not weighed, whatever their labels say. */
const LEAST_APART = 3.3
/**
 * How far the members are apart from the rest in what they show, at most, unless their neighbours contradict their label by
 * so many nats.
 */
const MOST_CONTENT = 1.5
const CONTRADICTED = 2
/**
 * Weight of the nats by which all predictors together contradict a label: they are some three tenths of a likelihood ratio
 * (`weigh`), and each record is judged without itself. Natural groups have .2 at most, images that were bent and filed under
 * another label 1 to 6.
 */
const WITNESS = 3
/** Nats that a group must have: natural ones reach 1.8. */
const LEAST_EVIDENCE = 2
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
 * such as those that were turned, are a part of their label, where their neighbours say so, too. Of a group that is hardly
 * farther apart than natural ones predictors are asked: an image that was bent to be filed under another label contradicts it.
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
    found.push(await commonOffsets(engine, rows, records, label, { seed, known: [], least: LEAST_APART }))
  }
  const offsets = found.flatMap((f) => f.offsets).filter(({ split }) => showSeveralPictures(membersOf(split), samples))
  if (offsets.length === 0) return []
  const shown = averagedDown(samples.channels > 1 ? grey(samples) : samples, CONTENT.values)
  const { within: shownWithin } = await varyingWithinClasses(engine, shown, labels)
  const shownRows = shortened(await whiten(engine, shownWithin, CONTENT.ridge))
  const neighbours = await view.neighbours()
  const splits = offsets.map(({ split }) => split)
  const byNeighbours = weigh(splits, classes, neighbourVote(labels, neighbours, VOTERS), neighbours)
  const byAll = weigh(splits, classes, (await view.consensus()).probabilities, neighbours)
  const weakened: Weakened[] = []
  for (const [at, split] of splits.entries()) {
    const w = byNeighbours[at]!
    const surprise = offsetSurprise(found, offsets[at]!, NATURAL) - asOneKind(w)
    const witness = WITNESS * byAll[at]!.disagreement
    const evidence = { alike: surprise + witness, unlike: surprise + Math.min(surprise, w.disagreement) }
    if (Math.max(evidence.alike, evidence.unlike) < LEAST_EVIDENCE) continue
    const showsOthers = (await separationByHalves(engine, shownRows, split, seed)) <= MOST_CONTENT
    if (showsOthers && evidence.alike >= LEAST_EVIDENCE) weakened.push({ split, evidence: evidence.alike })
    else if (!showsOthers && w.disagreement > CONTRADICTED && evidence.unlike >= LEAST_EVIDENCE)
      weakened.push({ split, evidence: evidence.unlike })
  }
  return weakened
}
