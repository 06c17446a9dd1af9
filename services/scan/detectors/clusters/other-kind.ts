import { ENOUGH_RECORDS } from '../../calibrate/enough.ts'
import type { Group } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import type { Grouping } from '../../view/samples.ts'
import type { Neighbours } from '../../view/window-view.ts'
import { amongThemselves, meanShift, resembling } from './mixed.ts'

/** The fewest records of a part of a label, of its other part, and of the label that it looks like. */
const FEWEST = 30
/** How many of the nearest records beside a part tell which labels it may look like: */
const BESIDE = 10
/** those that at least this share of these records bear, where at most MOST_OWN of them bear the part's own. */
const LEAST_SHARE = 0.2
const MOST_OWN = 0.25
/**
 * Kinds are asked about where at least this share of the records nearest to one bear its label, by and large: of clothes .7,
 * of photographs .24, in which nine in ten birds are deer to their neighbours.
 */
const TOLD = 1 / 3
/** How often a part and the mark that its records share are found anew by one another. */
const ROUNDS = 3
/** The share of one kind among a record's nearest from which it is of that kind, and from which it is held for that. */
const OF_KIND = 0.5
const MEMBER = 0.7
/** A part of a label's records is at most this share of them: of more, the label is what they are. */
const MOST_OF_LABEL = 2 / 3
/** Between these shares a record may be of either kind. */
const DOUBTFUL = [0.15, 0.85] as const
/**
 * How mixed the records of a part are with those of the other label: by how much more they are among one another than the others are among
 * them, and the share of their own label's records that may be of either kind. Both together are at least .25 in each part of clean
 * Fashion-MNIST, and at most .16 where records were relabelled (ADR 158). A part with more than HOPELESS in doubt at first
 * is not looked at further.
 */
const MOST_APART = 0.18
const HOPELESS = 0.3
/**
 * A label whose parts are no more among one another than this, once their means are put on one another, is one kind of
 * two sources: .22 at most in embeddings of which a part was moved, .55 and more where images were relabelled (ADR 244).
 */
const ONE_KIND = 0.3
/** Natural confusion of similar classes is up to so many times more one-sided than expected. */
const NATURAL = 1.3
/** Share of a class whose labels are wrong in one direction in honest data. */
const USUAL = 0.005
/** The least evidence, in nats; more in windows of fewer records than ENOUGH_RECORDS. */
const LEAST_EVIDENCE = 12

/** The records of one label, in two parts. */
export interface Split {
  readonly label: number
  readonly members: Int32Array
  /** By member: 1 in the one part, 0 in the other. */
  readonly part: Uint8Array
}

/** Records of a label that are not told from the records of another, but for a mark that all of them may bear. */
export interface OtherKind {
  readonly label: number
  readonly from: number
  /** Whether they are told from the other label's records by a mark. */
  readonly isMarked: boolean
  readonly members: Int32Array
  readonly posterior: Float64Array
  /** How much more they are among one another than the other label's records are among them. */
  readonly among: number
  /** The share of the label's records that may be of either kind. */
  readonly doubtful: number
  readonly evidence: number
}

export interface Space {
  readonly x: Matrix
  readonly labels: Grouping
  readonly neighbours: Neighbours
}

/**
 * Finds labels of which a large part is another label's records, as after half of a class has been relabelled. Such
 * records are no minority, predictors have learnt their label, and what is left of their class looks wrong in their
 * place. But whoever relabels some of a class picks them whatever they look like: nothing tells them from those that
 * kept their label, except a mark that the relabelled ones were given, which moves all of them by about as much.
 * Classes that look alike by nature overlap, but each record is nearer to its own, and many may be of either.
 */
export function otherKinds(splits: readonly Split[], space: Space): OtherKind[] {
  const { x } = space
  if (!areTold(space)) return []
  const least = LEAST_EVIDENCE * Math.max(1, ENOUGH_RECORDS / x.rows)
  return splits.flatMap((split) => {
    const found = [1, 0]
      .flatMap((side) => kindsOf(split, side, space))
      .filter(({ among, doubtful, evidence }) => Math.max(0, among) + doubtful <= MOST_APART && evidence >= least)
    // A mark is believed only where records are not mixed without one.
    return found.sort((a, b) => Number(a.isMarked) - Number(b.isMarked) || b.evidence - a.evidence).slice(0, 1)
  })
}

/** Whether labels follow from what records look like, as their nearest records show it. */
function areTold({ labels, neighbours: { k, index } }: Space): boolean {
  let [own, heard] = [0, 0]
  for (let i = 0; i < labels.of.length; i++) {
    if (labels.of[i]! < 0) continue
    for (let at = i * k; at < i * k + Math.min(k, BESIDE); at++) {
      heard++
      if (labels.of[index[at]!] === labels.of[i]) own++
    }
  }
  return own >= TOLD * heard
}

/** What one part of a label's records may be, by each label that it may look like. */
function kindsOf(split: Split, side: number, space: Space): OtherKind[] {
  const { label, members } = split
  const { labels } = space
  const part = members.filter((_, r) => split.part[r] === side)
  if (part.length < FEWEST || members.length - part.length < FEWEST) return []
  const { like, core } = looks(part, label, space)
  if (core.length < FEWEST) return []
  return like.flatMap((from) => {
    if (labels.counts[from]! < FEWEST) return []
    const asked = { part, core, from, theirs: Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === from) }
    return [kindOf(split, asked, false, space), kindOf(split, asked, true, space)].filter((kind) => kind !== null)
  })
}

/**
 * The labels that the records near a part bear which are not in it, and the part's records whose neighbours do not
 * mostly bear its own label.
 */
function looks(part: Int32Array, label: number, { labels, neighbours: { k, index } }: Space) {
  const inside = new Uint8Array(labels.of.length)
  for (const i of part) inside[i] = 1
  const votes = new Float64Array(labels.names.length)
  const core = part.filter((i) => {
    let [heard, own] = [0, 0]
    for (let at = i * k; at < (i + 1) * k && heard < BESIDE; at++) {
      const given = labels.of[index[at]!]!
      if (inside[index[at]!] === 1 || given < 0) continue
      votes[given]!++
      heard++
      if (given === label) own++
    }
    return 2 * own < heard
  })
  const all = votes.reduce((sum, count) => sum + count, 0)
  const isOwn = votes[label]! > MOST_OWN * all
  const like = [...votes.keys()].filter((other) => other !== label && votes[other]! >= LEAST_SHARE * all)
  return { like: isOwn || all === 0 ? [] : like, core }
}

interface Asked {
  readonly part: Int32Array
  /** The records of the part by which a mark is measured at first. */
  readonly core: Int32Array
  readonly from: number
  readonly theirs: Int32Array
}

function kindOf(
  { label, members }: Split,
  { part, core, from, theirs }: Asked,
  isMarked: boolean,
  { x, labels }: Space,
): OtherKind | null {
  const inPart = new Set(part)
  let rest = members.filter((i) => !inPart.has(i))
  let ours = core
  let shares: Float64Array = new Float64Array(0)
  const doubtful = () => shares.filter((p) => p > DOUBTFUL[0] && p < DOUBTFUL[1]).length / members.length
  for (let round = 0; round < ROUNDS; round++) {
    shares = resembling(x, members, { theirs, rest }, isMarked ? meanShift(x, ours, theirs) : null)
    ours = members.filter((_, r) => shares[r]! >= OF_KIND)
    rest = members.filter((_, r) => shares[r]! < OF_KIND)
    if (ours.length < FEWEST || rest.length < FEWEST || doubtful() > HOPELESS) return null
  }
  if (ours.length > MOST_OF_LABEL * members.length) return null
  if (isMarked && amongThemselves(x, ours, rest, true) <= ONE_KIND) return null
  const among = amongThemselves(x, ours, theirs, isMarked)
  // Of the other label's records some look like this label by nature.
  const back = resembling(x, theirs, { theirs: rest, rest: theirs }, null).filter((p) => p >= OF_KIND).length
  const due = 0.5 + NATURAL * Math.max(back, USUAL * theirs.length)
  const seen = ours.length
  const surplus = seen <= due ? 0 : seen * Math.log(seen / due) - (seen - due)
  const kept = members.filter((_, r) => shares[r]! >= MEMBER)
  const posterior = shares.filter((p) => p >= MEMBER)
  const evidence = surplus - Math.log(2 * labels.names.length ** 2)
  return { label, from, isMarked, members: kept, posterior, among, doubtful: doubtful(), evidence }
}

export function groupOf({ label, members, posterior, evidence, ...kind }: OtherKind, labels: Grouping): Group {
  const summary = `${members.length} records labelled ${labels.names[label]} are of another kind than the rest of it, and look like ${sayWhat(kind, labels)}`
  return { members, posterior, evidence, label, summary }
}

export function sayWhat({ from, isMarked }: Pick<OtherKind, 'from' | 'isMarked'>, labels: Grouping): string {
  return `${labels.names[from]}${isMarked ? ' but for a mark that they share' : ''}`
}
