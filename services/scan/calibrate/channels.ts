import { FAR } from './bump.ts'
import { agreeing, jointShare } from './agreement.ts'
import {
  belowHolding,
  calibrateAlone,
  calibrateByHistory,
  PLANTED,
  PLANTED_AMONG_LABELLED,
  type Reading,
  SUSPECTED,
  surpriseOdds,
} from './absolute.ts'
import type { Channel, Said } from './channel.ts'
import { standAlone, testimony } from './company.ts'
import { areNaturalKind, areOfOneKind, comeAgain, ofSeveralKinds, rowsComeAgain } from './of-one-kind.ts'
import type { Detection, Detector, Group, Knows } from '../detector.ts'
import type { Matrix } from '../numeric/matrix.ts'
import { countedOf } from '../features/recurring-images.ts'
import { expectedBeside, extremeGroups, FARTHEST } from './extremes.ts'
import { absoluteOdds, byFamily } from '../verdict/fuse.ts'
import { countedOnce } from './counted-once.ts'
import { historyKey, type CleanHistory } from './history.ts'
import { hasFewColumns, isRows, isText } from './kinds-of-data.ts'
import { withLabels } from './label-odds.ts'
import { keepToDirections } from './natural-tails.ts'
import { withNearBumps } from './near-bumps.ts'
import { ofClosedWords, sharesWords } from './shared-words.ts'
import { untold } from './untold.ts'
import { sketchSurprise } from './sketch.ts'
import { withoutLabels, type Grouping } from '../view/samples.ts'
import type { WindowView } from '../view/window-view.ts'

/**
 * Texts without labels have topics, languages and kinds that no label names: only a cluster this far out is none of
 * them.
 */
const FAR_IN_TEXTS = 2 * FAR

/** Suspects by one distance are the farthest by another where their median is among this many times as many records. */
const AS_MANY = 1

/** A group of which other groups hold at least this share is one of them, seen again. */
const SEEN_AGAIN = 2 / 3

/**
 * Runs every detector whose needs the window meets and turns its findings into log-odds: an absolute channel by its own
 * evidence; a channel that ranks labels by the window's label noise; any other relative channel by the dataset's
 * history, or by the window's own bulk where there is none. In a selection of the riskiest records (`isSelection`) no
 * group is sought among the records farthest out: it gathers records of many windows whose labels their neighbours do
 * not bear, and many that lie far out.
 */
export async function calibrateChannels(
  view: WindowView,
  detectors: readonly Detector[],
  history: CleanHistory,
  notes: string[],
  isSelection = false,
): Promise<Channel[]> {
  const channels: Channel[] = []
  const rankings: Said[] = []
  const unlabelled: string[] = []
  const reading = readingOf(view)
  const isTaught = Object.keys(history.channels).length > 0
  const counts = isTaught && isText(view) ? countedOnce(await view.neighbours(), view.n) : undefined
  for (const detector of detectors) {
    const { info, needs, tags } = detector
    const missing = needs.filter((need) => !offers(view, need))
    if (missing.includes('labels')) unlabelled.push(info.name)
    if (missing.length > 0) continue
    const detection = await detector.score(view)
    notes.push(...(detection.notes ?? []))
    const channel = { info, tags, detection }
    if (tags.calibration === 'label-noise') rankings.push(channel)
    else
      channels.push({
        ...channel,
        logOdds: oddsOf(channel, history, reading, counts),
        extremes: isSelection ? [] : (detection.extremes ?? []),
      })
  }
  // Generation data has no labels: detectors that need them are not missed.
  if (unlabelled.length > 0 && view.samples.kind !== 'exchange')
    notes.push(`Left out, for the window has fewer than two labels: ${unlabelled.join(', ')}.`)
  const asked = isSelection ? channels : await withFarthest(channels, view, rankings.length > 0)
  const standing = haveKinds(view) ? withoutKinds(asked, view, history, reading) : asked
  const mayPileUp = isRows(view) && !hasFewColumns(view.samples) && !isSelection
  const near = mayPileUp ? withNearBumps(standing, view, history) : standing
  const known = isRows(view)
    ? withoutWhatComesAgain(withFellows(near, view, history, reading), view)
    : withoutClosedWords(near, view, history)
  const agreed = view.samples.kind === 'image' ? withAgreement(withWitnesses(known, history)) : known
  return withLabels(view, rankings, agreed, history, notes, isSelection)
}

/**
 * Images whose forms are near no other's are noise or of another kind; but drawings have natural kinds (ADR 126). If
 * most of the suspects by form are far out in the activations of their class as well, each record's place there counts
 * for or against it. If not, the log-odds by the dataset's history, which has seen its kinds, stand alone. The tail of
 * a window without history is not read: forms then only rank.
 */
function withWitnesses(channels: readonly Channel[], history: CleanHistory): readonly Channel[] {
  const witness = channels.find(({ tags }) => tags.farOutIn === 'activations')
  return channels.map((channel) => {
    const { info, tags, detection, logOdds } = channel
    if (tags.farOutIn !== 'forms') return channel
    const said = witness && testimony(logOdds, witness.detection.scores)
    if (said) return { ...channel, logOdds: logOdds.map((l, i) => l + said[i]!) }
    const isKnown = history.channels[historyKey(info)] !== undefined
    return isKnown ? channel : { ...channel, logOdds: calibrateAlone(detection.scores, { far: Infinity }) }
  })
}

/**
 * In images, adds to channels of the samples what a channel of the activations agrees on, as groups and as a ranking:
 * what both find far out is seldom a single oddity. In rows and texts all channels read the same few inputs, and agree
 * by nature.
 */
function withAgreement(channels: readonly Channel[]): Channel[] {
  const witnesses = channels.filter(({ tags }) => tags.farOutIn === 'activations')
  const pairs = channels.flatMap((channel) =>
    channel.tags.farOutIn === 'samples'
      ? witnesses.map((witness) => ({
          channel,
          joint: jointShare(channel.detection.scores, witness.detection.scores),
        }))
      : [],
  )
  const [first, ...others] = pairs
  if (first === undefined) return [...channels]
  const nearest = others.reduce((least, { joint }) => least.map((s, i) => Math.min(s, joint[i]!)), first.joint)
  const ranked = surpriseOdds(nearest.map((share) => -share))
  return channels.map((channel) => {
    const of = pairs.filter((pair) => pair.channel === channel)
    if (of.length === 0) return channel
    const groups = of.map(({ joint }) => agreeing(joint, pairs.length)).filter((group) => group !== null)
    return {
      ...channel,
      logOdds: channel.logOdds.map((l, i) => Math.max(l, ranked[i]!)),
      extremes: [...channel.extremes, ...groups],
    }
  })
}

function offers(view: WindowView, need: Detector['needs'][number]): boolean {
  if (need === 'labels') return view.labels !== null && view.labels.counts.filter((count) => count > 0).length > 1
  if (need === 'contributors') return view.contributors !== null
  if (need === 'images') return view.samples.kind === 'image'
  if (need === 'texts') return isText(view)
  if (need === 'exchanges') return view.samples.kind === 'exchange'
  return true
}

/**
 * Adds, in images, the groups among the highest scores of channels whose farthest records may be asked for their labels.
 * Texts and rows have natural families, whose labels no record outside the family can predict. A group of which the
 * groups of absolute channels hold most is theirs, seen again: what lies as far out beside their records has to be a
 * group without them. Where labels are predicted (`arePredicted`; quick scans train no predictor), junk is sought too.
 */
async function withFarthest(
  channels: readonly Channel[],
  view: WindowView,
  arePredicted: boolean,
): Promise<readonly Channel[]> {
  const { labels } = view
  if (labels === null || view.samples.kind !== 'image') return channels
  const absolute = channels.filter(({ detection }) => detection.scale === 'absolute')
  const verdicts = byFamily(absolute, view.n)
  const isHeld = (i: number) => verdicts.some(({ logOdds }) => logOdds[i]! >= 0)
  const expected = expectedBeside(labels, await view.neighbours())
  const counted = countedOf(view.samples)
  const groupsOf = (scores: Float64Array, of: Grouping, knows: Knows) =>
    extremeGroups(scores, of, expected, knows, FARTHEST, counted)
  const unheld = withoutLabels(labels, isHeld)
  const junk = arePredicted
    ? junkBy(channels, unheld, (await view.consensus()).probabilities, counted)
    : new Map<Channel, Group[]>()
  return channels.map((channel) => {
    const { tags, detection, extremes } = channel
    if (tags.knows === undefined) return channel
    const found = groupsOf(detection.scores, labels, tags.knows)
    const theirs = found.filter(({ members }) => members.filter(isHeld).length >= SEEN_AGAIN * members.length)
    const explained = new Set(theirs.flatMap(({ members }) => Array.from(members)).filter(isHeld))
    const others = withoutLabels(labels, (i) => explained.has(i))
    const groups = theirs.length === 0 ? found : groupsOf(detection.scores, others, tags.knows)
    return { ...channel, extremes: [...extremes, ...groups, ...(junk.get(channel) ?? [])] }
  })
}

/**
 * Junk among the records that all channels of the samples find farthest out; by each of them alone where together they
 * show none.
 */
function junkBy(
  channels: readonly Channel[],
  labels: Grouping,
  expected: Matrix,
  counted: (members: Int32Array) => number,
): Map<Channel, Group[]> {
  const far = channels.filter(({ tags }) => tags.farOutIn === 'samples')
  const [first, ...others] = far
  if (first === undefined) return new Map()
  const groupsBy = (scores: Float64Array) =>
    [untold(scores, labels, expected, counted)].filter((group) => group !== null)
  const nearest = others.reduce(
    (scores, { detection }) => jointShare(detection.scores, scores).map((s) => -s),
    first.detection.scores,
  )
  const together = groupsBy(nearest)
  return together.length > 0
    ? new Map([[first, together]])
    : new Map(far.map((channel) => [channel, groupsBy(channel.detection.scores)]))
}

interface WindowReading extends Required<Reading> {
  /** Whether distances mean more than chance; otherwise they only rank. */
  readonly byDistance: boolean
}

/** How a window without history is calibrated. */
function readingOf(view: WindowView): WindowReading {
  const { samples } = view
  return {
    byDistance: !isText(view) || sharesWords(samples),
    far: view.labels === null && isText(view) ? FAR_IN_TEXTS : FAR,
    planted: view.labels === null || isText(view) ? PLANTED : PLANTED_AMONG_LABELLED,
    byExcess: isRows(view),
    // A repeated text lies where its first copy lies: copies are no crowd. Nor are rows of a table in which most come again.
    copiesAsOne: isText(view) || (samples.kind === 'table' && rowsComeAgain(samples.columns, view.n)),
  }
}

/** Whether records have kinds that no label names: rows, vectors, and texts without labels. */
function haveKinds(view: WindowView): boolean {
  return isRows(view) || (view.labels === null && isText(view))
}

/** A channel's log-odds. `counts` is each record's weight against the history. */
function oddsOf(
  { info, tags, detection }: Said,
  history: CleanHistory,
  reading: WindowReading,
  counts?: Float64Array,
): Float64Array {
  if (detection.scale === 'absolute') return absoluteOdds(detection, info.family)
  const sketch = history.channels[historyKey(info)]
  if (sketch !== undefined) return calibrateByHistory(detection.scores, sketchSurprise(sketch), counts)
  if (tags.farOutIn !== undefined && !reading.byDistance) return aloneOdds(detection, { far: Infinity })
  return aloneOdds(detection, tags.calibration === 'light-tailed' ? reading : { far: reading.far })
}

/** Without history: records rank by `scores`, and are held by `holding` where the detection has it. */
function aloneOdds({ scores, holding }: Detection, reading: Reading): Float64Array {
  const ranked = calibrateAlone(scores, reading)
  if (holding === undefined) return ranked
  return calibrateAlone(holding, reading).map((held, i) => (held >= 0 ? held : belowHolding(ranked[i]!)))
}

/**
 * Records of a kind that no label names lie far from all others and near one another; noise lies near nothing. Where
 * the suspects by distance have company, or keep to the directions that all vectors keep to, the tail is not read. Rows of
 * kinds that share a value are set aside first, and only rank. So do they where a history is read, which has not seen a
 * kind that is new (ADR 247).
 */
function withoutKinds(
  channels: readonly Channel[],
  { samples, labels }: WindowView,
  history: CleanHistory,
  reading: Required<Reading>,
): Channel[] {
  const fellows = channels.find(({ tags }) => tags.farOutIn === 'neighbours')?.detection.scores
  const columns = samples.kind === 'table' ? samples.columns : []
  const oddsOfStanding = ({ detection, logOdds }: Channel, scores: Float64Array) => {
    const isKind = areNaturalKind(logOdds, columns, { labels, scores: detection.holding ?? detection.scores })
    const kinds = isKind ? NONE : ofSeveralKinds(logOdds, columns)
    const others = kinds.size === 0 ? logOdds : ranking(logOdds, kinds)
    if (!isKind && standAlone(others, scores) && !keepToDirections(channels, others)) return others
    return ranking(aloneOdds(detection, { ...reading, planted: null, far: isKind ? Infinity : reading.far }), kinds)
  }
  const withoutNewKinds = ({ detection, logOdds }: Channel) => {
    const isKind = areNaturalKind(logOdds, columns, { labels, scores: detection.holding ?? detection.scores })
    return isKind ? logOdds.map(belowHolding) : ranking(logOdds, ofSeveralKinds(logOdds, columns))
  }
  return channels.map((channel) => {
    const { info, tags } = channel
    if (fellows === undefined || tags.calibration !== 'light-tailed') return channel
    const isKnown = history.channels[historyKey(info)] !== undefined
    return { ...channel, logOdds: isKnown ? withoutNewKinds(channel) : oddsOfStanding(channel, fellows) }
  })
}

const NONE: ReadonlySet<number> = new Set()

/** The same log-odds, by which some records only rank. */
function ranking(logOdds: Float64Array, records: ReadonlySet<number>): Float64Array {
  return logOdds.map((l, i) => (records.has(i) ? belowHolding(l) : l))
}

/**
 * Rows that come again by nature are rare answers to few questions: they rank, and are not held for their distance (ADR
 * 220).
 */
function withoutWhatComesAgain(channels: readonly Channel[], { samples }: WindowView): readonly Channel[] {
  if (samples.kind !== 'table') return channels
  return channels.map((channel) => {
    const { tags, logOdds } = channel
    if (tags.calibration !== 'light-tailed') return channel
    return { ...channel, logOdds: ranking(logOdds, new Set(comeAgain(logOdds, samples.columns))) }
  })
}

/** Texts of a closed vocabulary are no noise however far they lie: they rank, and are not held for their distance (ADR 242). */
function withoutClosedWords(channels: readonly Channel[], view: WindowView, history: CleanHistory): readonly Channel[] {
  const isTail = ({ info, tags, logOdds }: Channel) =>
    tags.calibration === 'light-tailed' &&
    history.channels[historyKey(info)] === undefined &&
    logOdds.some((l) => l >= 0)
  const closed = isText(view) && channels.some(isTail) ? ofClosedWords(view.samples) : null
  if (closed === null) return channels
  return channels.map((channel) =>
    isTail(channel)
      ? { ...channel, logOdds: channel.logOdds.map((l, i) => (closed[i] === 1 ? belowHolding(l) : l)) }
      : channel,
  )
}

/**
 * In rows, the distance to the nearest neighbours counts with the distance to the class where the suspects by the first
 * are mostly as many of the farthest by the second: noise between the classes is near nothing, and far from all classes
 * too. Rare natural kinds are near one class, or share a value. A row that is odd by one measure alone is seldom
 * planted.
 */
function withFellows(
  channels: readonly Channel[],
  { samples }: WindowView,
  history: CleanHistory,
  reading: Required<Reading>,
): readonly Channel[] {
  const fellows = channels.find(({ tags }) => tags.farOutIn === 'neighbours')
  if (fellows === undefined) return channels
  const isKnown = history.channels[historyKey(fellows.info)] !== undefined
  const odds = isKnown ? fellows.logOdds : calibrateAlone(fellows.detection.scores, reading)
  const beyondSuspicion = odds.map((l) => l - SUSPECTED)
  if (keepToDirections(channels, beyondSuspicion)) return channels
  if (hasFewColumns(samples) || (samples.kind === 'table' && areOfOneKind(beyondSuspicion, samples.columns)))
    return channels
  return channels.map((channel) => {
    const { tags, detection, logOdds } = channel
    const isHeard =
      tags.calibration === 'light-tailed' && standAlone(beyondSuspicion, detection.holding ?? detection.scores, AS_MANY)
    return isHeard ? { ...channel, logOdds: logOdds.map((l, i) => Math.max(l, odds[i]!)) } : channel
  })
}
