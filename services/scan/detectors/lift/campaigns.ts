import { type Held, type Likelihood, RecordSet, ShiftEvidence } from './evidence.ts'
import { eventCounter, type Events, liftRatio } from './tests.ts'

/** Records whose event goes with a token far more often than expected, and the tokens that say so. */
export interface LiftCampaign {
  /** The event: a label, or 0 where only contradictions are counted. */
  readonly event: number
  /** Log-likelihood ratio of the leading token, corrected for all that were tried. */
  readonly evidence: number
  /** Tokens that the same records hold, the strongest first. */
  readonly tokens: readonly number[]
  /** Ascending window indices, and per member the posterior that the trigger made its label. */
  readonly members: Int32Array
  readonly posterior: Float64Array
  /** How many members were to be expected. */
  readonly chance: number
}

interface Candidate {
  readonly token: number
  readonly event: number
  readonly evidence: number
  readonly tried: number
  readonly observed: number
}

/** Candidates beyond this are echoes of stronger ones. */
const MOST_CANDIDATES = 2000
const MOST_CAMPAIGNS = 12
/** Holders of whom this share has the event, and whose neighbours hold the token at this rate. */
const PURE = 0.7
const FELLOWS = 0.1
/** Less lift than this is no trigger, however certain. */
const LEAST_LIFT = 1.4
/** A token whose records are a campaign's to this share adds nothing of its own. */
const SHARED = 0.5

/** What makes a campaign. */
export interface Demands {
  /** Records. */
  readonly smallest: number
  /** What must be left of the evidence after all corrections. */
  readonly leastEvidence: number
  /** Of all records with the event: where a token holds more of them, nobody is left to say how likely it was for these. */
  readonly largestShare: number
}

/** Tests every token against every event, and gathers significant tokens that name the same records. */
export function liftCampaigns(held: Held, events: Events, likelihood: Likelihood, demands: Demands): LiftCampaign[] {
  const { holders } = held
  const found = significant(held, events, new ShiftEvidence(held, events, likelihood), demands)
  const taken = new Int32Array(events.of.length)
  const campaigns: { lead: Candidate; tokens: number[] }[] = []
  for (const candidate of found) {
    const own = holders(candidate.token).filter((i) => events.of[i] === candidate.event && events.counted[i])
    const shared = new Map<number, number>()
    for (const i of own) if (taken[i]! > 0) shared.set(taken[i]!, (shared.get(taken[i]!) ?? 0) + 1)
    const explained = [...shared.values()].reduce((sum, count) => sum + count, 0)
    const [most, count] = [...shared].sort((a, b) => b[1] - a[1])[0] ?? [0, 0]
    if (count >= SHARED * own.length) campaigns[most - 1]!.tokens.push(candidate.token)
    // What stronger tokens leave of it must still be lift.
    if (explained > 0 && candidate.observed - explained < 0.5 * candidate.observed) continue
    if (campaigns.length === MOST_CAMPAIGNS) continue
    campaigns.push({ lead: candidate, tokens: [candidate.token] })
    for (const i of own) taken[i] ||= campaigns.length
  }
  return campaigns.map(({ lead, tokens: of }) => membersOf(lead, of, holders(lead.token), events, likelihood))
}

/** Significant tokens, strongest first. Kinds are corrected for how many were tried by themselves, and for each other. */
function significant(
  { tokens, holders, untested, fellows, scattered, byNature }: Held,
  events: Events,
  shifts: ShiftEvidence,
  { smallest, leastEvidence, largestShare }: Demands,
): Candidate[] {
  const count = eventCounter(events, smallest)
  const totals = new Int32Array(events.kinds)
  events.of.forEach((event, i) => {
    if (event >= 0 && events.counted[i]) totals[event]!++
  })
  const sizes = new Int32Array(tokens.kinds.length)
  for (const kind of tokens.kindOf) sizes[kind] = sizes[kind]! + 1
  const kinds = sizes.filter((size) => size > 0).length
  const screened: Candidate[] = []
  const suspected: Candidate[] = []
  // Holders that lie together and nearly all have the event: their neighbours' word is one another's. Those are judged
  // without one another whatever the first count says.
  const learned = (token: number, event: number, observed: number) => {
    const all = holders(token)
    return all.length >= smallest && observed >= PURE * all.length && fellows(token) >= FELLOWS && event >= 0
  }
  for (let token = 0; token < tokens.tokens; token++) {
    const tried = Math.log(sizes[tokens.kindOf[token]!]! * events.kinds * kinds)
    const counts = count(holders(token))
    for (let event = 0; event < events.kinds; event++) {
      const [observed, expected, certain] = [counts.observed[event]!, counts.expected[event]!, counts.certain[event]!]
      if (observed + certain < smallest || observed + certain > largestShare * totals[event]!) continue
      if (scattered(token) && observed + certain >= PURE * holders(token).length) {
        suspected.push({ token, event, evidence: Infinity, tried, observed: observed + certain })
        continue
      }
      const lifted = observed >= 2 * expected && observed + certain >= LEAST_LIFT * (expected + certain)
      const evidence = lifted ? liftRatio(observed, expected) - tried : 0
      if (evidence > 0) screened.push({ token, event, evidence, tried, observed })
      else if (learned(token, event, observed + certain))
        suspected.push({ token, event, evidence: Infinity, tried, observed: observed + certain })
    }
  }
  const tested = screened.filter((c) => !untested(c.token)).sort(strongest)
  const doubted = suspected.filter((c) => !untested(c.token)).sort((a, b) => b.observed - a.observed)
  return [...tested.slice(0, MOST_CANDIDATES), ...doubted.slice(0, MOST_CANDIDATES)]
    .map((c) => ({ ...c, evidence: Math.min(c.evidence, shifts.ratio(c.token, c.event, LEAST_LIFT) - c.tried) }))
    .filter((c) => c.evidence > leastEvidence && !byNature(c.token, c.event))
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
  // A holder is poisoned at this rate; an event that was likely anyway speaks less against its record.
  const open = able.reduce((sum, i) => sum + 1 - likely.get(i)!, 0)
  const rate = Math.min(0.999, Math.max(0, members.length - chance) / Math.max(1, open))
  const posterior = Float64Array.from(members, (i) => rate / (rate + (1 - rate) * likely.get(i)!))
  return { event, evidence, tokens, members, posterior, chance }
}
