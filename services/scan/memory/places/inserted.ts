import { bindingOf } from './binding.ts'
import type { WindowPlaces } from './places.ts'
import type { KindOf } from './same-text.ts'
import { standingIn, type Member, type Standing } from './standing.ts'

/** A word that was put into texts of one label, at any place, by its number. */
export interface InsertedNumber {
  readonly number: number
  readonly label: string
  /** Log-likelihood ratio that it was put in, in nats, corrected for the words that were tried. */
  readonly evidence: number
  /** Log-odds that a record that has the word and the label is one that it was put into. */
  readonly logOdds: number
  /** The records that it was put into by all signs. */
  readonly members: readonly InsertedMember[]
}

export interface InsertedMember extends Omit<Member, 'said' | 'counts'> {
  readonly logOdds: number
}

/** The same by the word itself. */
export interface Inserted extends Omit<InsertedNumber, 'number'> {
  readonly word: string
  /** Other words with the same number in texts of its members; absent if there are none. */
  readonly others?: readonly string[]
}

/**
 * The least evidence, in nats after the correction, and before it by record. Of natural words that come with one label,
 * those that stand nearly anywhere reach 24 in mails (“obviously”), and 38 in news (“playing”).
 */
const LEAST = { evidence: 45, each: 1 }
/** The fewest records of an inserted word with the label, and the least share of all its records. */
const FEWEST = 12
const LEAST_SHARE = 0.4
/** The least log-likelihood ratio, in nats, that the word comes with the label more than others. */
const BOUND = 1.5
/** The most words that are taken, and the least ratio of their evidence to that of any other word that comes with a label. */
const LEADERS = 3
const LEAD = 1.5
/** Bounds of the share of a word's places that it was put into, and the rounds in which the share is found. */
const SHARES = { least: 0.05, most: 0.95 }
const ROUNDS = 50

/**
 * The words that somebody put into records of one label, by the places of rare words in all windows. `known` are the
 * numbers of words that campaigns have, with their labels: these words are found again without leading. Near-copies of one
 * text, which are of one kind by `kindOf`, count once; all of them are members. Pure.
 */
export function insertedIn(
  windows: readonly (WindowPlaces | null)[],
  kindOf: KindOf,
  known: readonly { readonly number: number; readonly label: string | undefined }[] = [],
): InsertedNumber[] {
  const standing = standingIn(windows, kindOf)
  const tried = Math.log(Math.max(1, standing.length))
  const able = standing.filter(isOneSided).sort((a, b) => saidOf(b) - saidOf(a) || a.number - b.number)
  const taken = new Set(leadersOf(able, tried))
  for (const one of able)
    if (known.some(({ number, label }) => number === one.number && label === one.label) && saidOf(one) > tried)
      taken.add(one)
  return [...taken].map((one) => {
    const { number, label } = one
    const members = one.members()
    const share = shareOf(members.filter(({ counts }) => counts).map(({ said }) => said))
    const prior = Math.log(share / (1 - share))
    const able = members.map(({ part, index, admitted, said }) => ({ part, index, admitted, logOdds: prior + said }))
    return {
      number,
      label,
      evidence: saidOf(one) - tried,
      logOdds: prior,
      members: able.filter(({ logOdds }) => logOdds > 0),
    }
  })
}

/** The likeliest share of a word's places that it was put into (expectation and maximisation; Dempster et al. 1977). */
function shareOf(said: readonly number[]): number {
  let share = 0.5
  for (let round = 0; round < ROUNDS; round++) {
    const prior = Math.log(share / (1 - share))
    const mean = said.reduce((sum, one) => sum + 1 / (1 + Math.exp(-one - prior)), 0) / said.length
    share = Math.min(SHARES.most, Math.max(SHARES.least, mean))
  }
  return share
}

const saidOf = ({ closing, mixing }: Standing) => closing + mixing

/** The records of the label that the word would have by those of other labels. */
function expectedOf({ records, all, share }: Standing): number {
  return ((all - records) * share) / (1 - share)
}

/** Whether sentences close over a word, and its records with the label are more than twice what other labels explain. */
function isOneSided(one: Standing): boolean {
  const { records, all, share, closing } = one
  return (
    closing > 0 &&
    records >= FEWEST &&
    share < 1 &&
    records >= LEAST_SHARE * all &&
    records > 2 * expectedOf(one) &&
    bindingOf(records, all, share) >= BOUND
  )
}

function leadersOf(able: readonly Standing[], tried: number): Standing[] {
  const isEnough = (one: Standing) => saidOf(one) - tried >= LEAST.evidence && saidOf(one) >= LEAST.each * one.records
  for (let leading = 1; leading <= LEADERS; leading++) {
    const [last, next] = [able[leading - 1], able[leading]]
    if (last === undefined || !isEnough(last)) return []
    if (next === undefined || saidOf(last) >= LEAD * saidOf(next)) return able.slice(0, leading)
  }
  return []
}
