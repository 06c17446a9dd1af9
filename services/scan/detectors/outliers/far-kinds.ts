import { ENOUGH_RECORDS } from '../../calibrate/enough.ts'
import { byPlace } from '../../calibrate/ranks.ts'
import type { Group } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { shareRatio } from '../lift/evidence/tests.ts'
import type { WindowView } from '../../view/window-view.ts'
import { classAxes, classesOf } from '../classes.ts'
import { twoMeans } from '../clusters/two-means.ts'
import { islandOf } from './far-islands.ts'
import { leftByAxes } from './reconstruction.ts'

/** The fewest records of a kind, and of the others of its label; more in windows of fewer records than ENOUGH_RECORDS. */
const FEWEST = 30
/** Leading axes of a label's forms in which it is split, and how often at most. */
const AXES = 10
const DEPTH = 2
/** The median record of a kind is, by its forms, among at most this many times as many of the farthest records as it has, */
const FARTHEST = 0.75
/** and among this many times as many of those of which principal axes leave most; fewer in windows of fewer records. */
const LEFT = 1.5
/** How near to the kind the label's other records may be by and large, as a share of how near its own are. */
const LEAST_APART = 1 / 80
/** Nats of evidence that must be left, in a window of ENOUGH_RECORDS; more in a smaller one. */
const LEAST_EVIDENCE = 10

/** By record, its place among the farthest by forms, and among those of which axes leave most, as a share of all records. */
interface Places {
  readonly far: Float64Array
  readonly left: Float64Array
}

/**
 * The group of images of another kind under a label whose own records are far by nature, so that no gap is before them.
 * The label's records are split by their forms, and the far part again, while that sets them apart from the label's own:
 * they are nearly all of the farthest, principal axes leave most of them, and they are near one another, which hardly any
 * other record of the label is. A kind within a class that no label names may be as far, but it is made of what its class
 * is made of, which axes describe. Where several labels have such a part, none is told.
 */
export async function farKind(view: WindowView, scores: Float64Array, forms: Matrix): Promise<readonly Group[]> {
  const { labels, n } = view
  if (labels === null) return []
  const share = (of: Float64Array) => byPlace(of, (_, to) => to / n)
  const places = { far: share(scores), left: share((await leftByAxes(view)).scores) }
  const neighbours = await view.neighbours()
  const doubt = Math.max(1, ENOUGH_RECORDS / n)
  const found: Group[] = []
  for (const { label, members } of classesOf(labels, 2 * FEWEST * doubt)) {
    const kind = await kindWithin(
      members,
      doubt,
      places,
      async (part) => twoMeans(await classAxes(view.engine, forms, part, AXES)).minority,
    )
    const island = kind && islandOf({ label, members: kind }, labels, neighbours, LEAST_APART)
    if (island === null) continue
    const evidence = moreIsLeft(kind!, members, places) - Math.log(labels.names.length)
    if (evidence < LEAST_EVIDENCE * doubt) continue
    const summary = `${island.members.length} images labelled ${labels.names[label]} lie farther out than nearly all others and near one another, and are of another kind than the rest of that label`
    found.push({ ...island, label, evidence, summary })
  }
  return found.length === 1 ? found : []
}

/** The part of a label's records, by splits into two, that is far and of which axes leave most; null where there is none. */
async function kindWithin(
  members: Int32Array,
  doubt: number,
  places: Places,
  split: (part: Int32Array) => Promise<Uint8Array>,
): Promise<Int32Array | null> {
  let kind: Int32Array | null = null
  const fewest = FEWEST * doubt
  for (let depth = 0; depth < DEPTH; depth++) {
    const part: Int32Array = kind ?? members
    const side = await split(part)
    const far: Int32Array[] = [1, 0]
      .map((which) => part.filter((_, r) => side[r] === which))
      .filter((some) => some.length >= fewest && members.length - some.length >= fewest && isFar(some, doubt, places))
    if (far.length !== 1) break
    kind = far[0]!
  }
  return kind
}

/** Whether the records in the middle are among the farthest, and among those of which axes leave most. */
function isFar(part: Int32Array, doubt: number, { far, left }: Places): boolean {
  const share = part.length / far.length
  return median(part, far) <= FARTHEST * share && median(part, left) <= (LEFT / doubt) * share
}

/** Nats by which more of the kind than of its label's other records are among those of which axes leave most. */
function moreIsLeft(kind: Int32Array, members: Int32Array, { left }: Places): number {
  const bar = (LEFT * kind.length) / left.length
  const own = new Set(kind)
  const others = members.filter((i) => !own.has(i))
  const within = (of: Int32Array) => of.filter((i) => left[i]! <= bar).length
  return shareRatio(within(kind), ((within(others) + 0.5) * kind.length) / (others.length + 1), kind.length)
}

function median(of: Int32Array, places: Float64Array): number {
  return Float64Array.from(of, (i) => places[i]!).sort()[of.length >> 1]!
}
