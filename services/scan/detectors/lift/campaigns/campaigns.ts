import { ShiftEvidence } from '../evidence/evidence.ts'
import { type Held, type Likelihood, RecordSet } from '../evidence/held.ts'
import { addTrial, forced, trials, unforced } from '../evidence/shift.ts'
import { eventCounter, type Events, fewestFor, liftRatio, shareRatio } from '../evidence/tests.ts'
import { isOneOfFew } from './one-of-few.ts'

/** Records that hold a token whose event is far more frequent than expected, and the tokens that show it. */
export interface LiftCampaign {
  /** The event: a label, or 0 where the events are contradictions. */
  readonly event: number
  /** The log-likelihood ratio of the leading token in nats, corrected for all that were tried. */
  readonly evidence: number
  /** Tokens that the same records hold, the strongest first. */
  readonly tokens: readonly number[]
  /** Ascending window indices, and per member the posterior that the trigger made its label. */
  readonly members: Int32Array
  readonly posterior: Float64Array
  /** How many members were expected. */
  readonly chance: number
}

interface Candidate {
  readonly token: number
  readonly event: number
  readonly evidence: number
  readonly tried: number
  readonly observed: number
  /** Whether its holders, being one another's neighbours, hide it from the first count (ADR 84). */
  readonly isVouched: boolean
  /** Whether other labels' records hold it about as often, as cover does. */
  readonly isCovered?: boolean
}

/** The most candidates of each sort, the strongest first: the rest are echoes of these. */
const MOST_CANDIDATES = 2000
const MOST_VOUCHED = 200
const MOST_COVERED = 500
const MOST_CAMPAIGNS = 12
/**
 * Holders vouch for one another where at least PURE of them have the event and at least FELLOWS of their neighbours
 * hold the token.
 */
const PURE = 0.7
const FELLOWS = 0.1
/**
 * They may do so where at least COVERED of them have the event, BEYOND_ALL times as often as all records: whoever covers a
 * trigger puts it on as many records that keep their own labels (ADR 169).
 */
const COVERED = 0.4
const BEYOND_ALL = 2
/** How many times the least evidence such a token needs: strokes of a script have less. */
const OF_COVERED = 3
/** A single value is tested, however common the label, where at least this share of its holders bear it. */
const ALL_BUT_PURE = 0.9
/** The least quotient of observed and expected records: less is no trigger, however certain. */
const LEAST_LIFT = 1.4
/** A margin in nats, or in records, for rounding: cheap bounds drop nothing that comes this near. */
const ROUNDING = 1e-3
/** A token that shares at least this share of its records with a campaign is one of its tokens. */
const SHARED = 0.5

/** The least that makes a campaign. */
export interface Demands {
  /** The fewest records. */
  readonly smallest: number
  /** The least evidence after all corrections, in nats. */
  readonly leastEvidence: number
  /** Single values whose columns show what is natural, and the least evidence that these need. */
  readonly ofValues?: {
    /** Whether a token is a value that has no place among its column's others: these are a family of their own. */
    readonly isOutOfPlace: (token: number) => boolean
    /** Whether it is one of the many values of its column that are tested. */
    readonly isOfMany: (token: number) => boolean
    readonly leastEvidence: number
  }
  /**
   * The largest share of all records with the event that a token may hold: beyond it, too few are left to predict the
   * event for its holders.
   */
  readonly largestShare: number
  /** Whether the laws of natural tokens are of shifts upwards alone (`underLawsUpwards`). */
  readonly isUpwards?: boolean
  /** The least quotient of observed and expected records; LEAST_LIFT where absent. */
  readonly leastLift?: number
}

/** Tests every token against every event, and joins significant tokens that name the same records into campaigns. */
export function liftCampaigns(held: Held, events: Events, likelihood: Likelihood, demands: Demands): LiftCampaign[] {
  const { holders, nearMisses } = held
  const shifts = new ShiftEvidence(held, events, likelihood, demands.isUpwards)
  const found = significant(held, events, shifts, demands)
  const holding = new Map<number, Uint8Array>()
  /** Who holds any of the tokens that were found to go with an event. */
  const holdersOf = (event: number) => {
    let marks = holding.get(event)
    if (marks === undefined) {
      holding.set(event, (marks = new Uint8Array(events.of.length)))
      for (const c of found) if (c.event === event) for (const i of holders(c.token)) marks[i] = 1
    }
    return marks
  }
  // This reads all records, so that only the token that would lead a campaign is asked. Where near misses explain it, the
  // next token may still lead: they may explain one pixel of a patch and not another. The evidence does not change.
  const isBeyondNearMisses = ({ token, event, tried }: Candidate) => {
    const misses = nearMisses(token, () => holdersOf(event))
    return misses.length === 0 || shifts.besideNearMisses(token, event, misses) - tried > demands.leastEvidence
  }
  const taken = new Int32Array(events.of.length)
  const campaigns: { lead: Candidate; tokens: number[] }[] = []
  for (const candidate of found) {
    const own = holders(candidate.token).filter((i) => events.of[i] === candidate.event && events.counted[i])
    const shared = new Map<number, number>()
    for (const i of own) if (taken[i]! > 0) shared.set(taken[i]!, (shared.get(taken[i]!) ?? 0) + 1)
    const explained = [...shared.values()].reduce((sum, count) => sum + count, 0)
    const [most, count] = [...shared].sort((a, b) => b[1] - a[1])[0] ?? [0, 0]
    if (count >= SHARED * own.length) campaigns[most - 1]!.tokens.push(candidate.token)
    // At least half of its records must be left by stronger campaigns.
    if (explained > 0 && candidate.observed - explained < 0.5 * candidate.observed) continue
    if (campaigns.length === MOST_CAMPAIGNS) continue
    if (!isBeyondNearMisses(candidate)) continue
    campaigns.push({ lead: candidate, tokens: [candidate.token] })
    for (const i of own) taken[i] ||= campaigns.length
  }
  return campaigns.map(({ lead, tokens: of }) => {
    const leading = narrowest(lead, held, events, likelihood)
    const tokens = [leading, ...of.filter((token) => token !== leading)]
    return membersOf({ ...lead, token: leading }, tokens, holders(leading), events, likelihood)
  })
}

/**
 * The token that a campaign is about. Where one value leads, that value together with a second takes its place if it
 * explains better which records have the event, by ln of all such pairs. Records that hold only the first value are
 * then no members (ADR 84).
 */
function narrowest({ token: lead, event }: Candidate, held: Held, events: Events, likelihood: Likelihood): number {
  const { tokens, holders } = held
  const [column, ...others] = tokens.columns(lead)
  if (column === undefined || others.length > 0) return lead
  const wide = holders(lead).filter((i) => events.counted[i])
  const [all, some] = [new RecordSet(events.of.length).fill(holders(lead)), new RecordSet(events.of.length)]
  const likely = new Map(Array.from(wide, (i) => [i, likelihood(i, all)[event]!]))
  const trialsOf = (records: Int32Array) => {
    const seen = trials()
    for (const i of records) addTrial(seen, likely.get(i)!, events.of[i] === event)
    return seen
  }
  const explained = (token: number) => {
    some.fill(holders(token))
    return forced(trialsOf(wide.filter((i) => some.has(i)))) + unforced(trialsOf(wide.filter((i) => !some.has(i))))
  }
  const narrower: number[] = []
  for (let token = 0; token < tokens.tokens; token++) {
    if (tokens.columns(token).length < 2 || !tokens.columns(token).includes(column)) continue
    if (holders(token).every((i) => all.has(i))) narrower.push(token)
  }
  let [found, most] = [lead, forced(trialsOf(wide)) + Math.log(Math.max(1, narrower.length))]
  for (const token of narrower) {
    const evidence = explained(token)
    if (evidence > most) [found, most] = [token, evidence]
  }
  return found
}

/**
 * The significant tokens, strongest first. The correction counts the tokens of the same kind, the events and the kinds.
 */
function significant(
  { tokens, holders, untested, fellows, scattered, byNature }: Held,
  events: Events,
  shifts: ShiftEvidence,
  { smallest, leastEvidence, largestShare, ofValues, leastLift = LEAST_LIFT }: Demands,
): Candidate[] {
  const totals = new Int32Array(events.kinds)
  events.of.forEach((event, i) => {
    if (event >= 0 && events.counted[i]) totals[event]!++
  })
  const sizes = new Int32Array(tokens.kinds.length)
  for (const kind of tokens.kindOf) sizes[kind] = sizes[kind]! + 1
  const kinds = sizes.filter((size) => size > 0).length
  const triedOf = Array.from(sizes, (size) => Math.log(size * events.kinds * kinds))
  const fewestOf = triedOf.map((tried) => fewestFor(tried - ROUNDING))
  // Values that are out of place are few, and a family of their own (ADR 176, 212).
  const strange = tokens.kindOf.map((_, token) => Number(ofValues?.isOutOfPlace(token) ?? false))
  const isOutOfPlace = (token: number) => strange[token] === 1
  const strangers = strange.reduce((sum, one) => sum + one, 0)
  const triedOfStrangers = Math.log(Math.max(1, strangers) * events.kinds * kinds)
  const fewestOfStrangers = fewestFor(triedOfStrangers - ROUNDING)
  const isOfValues = (token: number) => isOutOfPlace(token) || (ofValues?.isOfMany(token) ?? false)
  const leastOfValues = ofValues?.leastEvidence ?? leastEvidence
  const screened: Candidate[] = []
  const suspected: Candidate[] = []
  const covered: Candidate[] = []
  const vouched: Candidate[] = []
  // Holders that lie together, and nearly all have the event, predict the event for one another. They are judged without
  // one another, whatever the first count says.
  const learned = (token: number, size: number, event: number, observed: number, share: number) =>
    size >= smallest && observed >= share * size && fellows(token) >= FELLOWS && event >= 0
  // The same in rows. Natural kinds of records lie together too, so that three things are asked: the label is far more
  // frequent than among all records, other values of the same columns do not shift it as much, and the holders lie apart
  // in the other columns. The last is asked last.
  const all = totals.reduce((sum, count) => sum + count, 0)
  const beyondPrior = (size: number, event: number, observed: number) => {
    const expected = (size * totals[event]!) / all
    return observed >= leastLift * expected ? liftRatio(observed, expected) : 0
  }
  const coveredShare = (event: number) => Math.max(COVERED, (BEYOND_ALL * totals[event]!) / all)
  const countedOf = (records: Int32Array) => records.reduce((sum, i) => sum + events.counted[i]!, 0)
  const isPure = (token: number, size: number, observed: number) =>
    tokens.columns(token).length === 1 && observed >= ALL_BUT_PURE * size
  // Expected records are summed only for a token that may become a candidate: it has lift, or is pure, or is beyond the
  // prior.
  let [tried, fewest] = [0, 0]
  const count = eventCounter(events, (records, event, observed) => {
    if (observed < smallest) return false
    if (observed >= fewest || observed >= Math.min(PURE, coveredShare(event)) * records.length - ROUNDING) return true
    return scattered !== null && beyondPrior(records.length, event, observed + ROUNDING) > tried + leastEvidence
  })
  // Not a loop: V8 compiles a long loop anew for each window, and a function that is called often once.
  tokens.kindOf.forEach((kind, token) => {
    tried = isOutOfPlace(token) ? triedOfStrangers : triedOf[kind]!
    fewest = isOutOfPlace(token) ? fewestOfStrangers : fewestOf[kind]!
    const own = holders(token)
    const size = own.length
    const counts = count(own)
    for (let event = 0; event < events.kinds; event++) {
      const observed = counts.observed[event]!
      const expected = counts.expected[event]!
      const certain = counts.certain[event]!
      const both = observed + certain
      if (both < smallest || both > largestShare * totals[event]!) continue
      const lifted = observed >= 2 * expected && both >= leastLift * (expected + certain)
      // A value that few rows hold, all of one label, is better told by the share of its holders than by their count.
      const isValue = lifted && tokens.columns(token).length > 0
      const ofShare = isValue ? shareRatio(both, expected + certain, countedOf(own)) : 0
      const evidence = lifted ? Math.max(liftRatio(observed, expected), ofShare) - tried : 0
      const isHidden = scattered !== null && evidence <= leastEvidence && !untested(token) && scattered.isAsked(token)
      const isSeen = evidence > leastOfValues && isOutOfPlace(token)
      const asked = isHidden ? beyondPrior(size, event, both) - tried : 0
      const candidate = { token, event, tried, observed: both, isVouched: false }
      if (isHidden && !isSeen && isPure(token, size, both))
        suspected.push({ ...candidate, evidence: Infinity, isVouched: true })
      else if (asked > leastEvidence && !isSeen) vouched.push({ ...candidate, evidence: asked, isVouched: true })
      else if (evidence > 0) screened.push({ ...candidate, evidence, observed })
      else if (learned(token, size, event, both, PURE)) suspected.push({ ...candidate, evidence: Infinity })
      else if (learned(token, size, event, both, coveredShare(event)))
        covered.push({ ...candidate, evidence: beyondPrior(size, event, both) - tried, isCovered: true })
    }
  })
  const leastOf = ({ token, isVouched, isCovered }: Candidate) =>
    !isVouched && isOfValues(token) ? leastOfValues : leastEvidence * (isCovered ? OF_COVERED : 1)
  const isEnough = (c: Candidate) => c.evidence > leastOf(c)
  const tested = screened.filter((c) => !untested(c.token)).sort(strongest)
  const doubted = suspected.filter((c) => !untested(c.token)).sort((a, b) => b.observed - a.observed)
  const besideCover = covered.filter((c) => !untested(c.token)).sort(strongest)
  const hidden = vouched.sort(strongest)
  return [
    ...tested.slice(0, MOST_CANDIDATES),
    ...doubted.slice(0, MOST_CANDIDATES),
    ...besideCover.slice(0, MOST_COVERED),
    ...hidden.slice(0, MOST_VOUCHED),
  ]
    .filter(isOneOfFew(tokens, holders))
    .filter(isEnough)
    .map((c) => {
      const ratio = shifts.ratio(c.token, c.event, leastLift, c.tried + leastOf(c) - ROUNDING)
      return { ...c, evidence: Math.min(c.evidence, ratio - c.tried) }
    })
    .filter((c) => isEnough(c) && !byNature(c.token, c.event))
    .map((c) =>
      c.isVouched ? { ...c, evidence: Math.min(c.evidence, shifts.amongFellows(c.token, c.event) - c.tried) } : c,
    )
    .filter((c) => isEnough(c) && (!c.isVouched || scattered?.lieApart(c.token)))
    .sort(strongest)
}

const strongest = (a: Candidate, b: Candidate) => b.evidence - a.evidence || a.token - b.token || a.event - b.event

function membersOf(
  lead: Candidate,
  tokens: number[],
  holders: Int32Array,
  events: Events,
  likelihood: Likelihood,
): LiftCampaign {
  const { event, evidence } = lead
  const set = new RecordSet(events.of.length).fill(holders)
  const likely = new Map(Array.from(holders, (i) => [i, events.counted[i] ? likelihood(i, set)[event]! : 0]))
  const able = holders.filter((i) => events.counted[i])
  const members = able.filter((i) => events.of[i] === event)
  const chance = able.reduce((sum, i) => sum + likely.get(i)!, 0)
  // The rate at which holders are poisoned. A member whose event was likely anyway has a lower posterior.
  const open = able.reduce((sum, i) => sum + 1 - likely.get(i)!, 0)
  const rate = Math.min(0.999, Math.max(0, members.length - chance) / Math.max(1, open))
  const posterior = Float64Array.from(members, (i) => rate / (rate + (1 - rate) * likely.get(i)!))
  return { event, evidence, tokens, members, posterior, chance }
}
