import type { TokenMatrix } from '../../window-view.ts'
import { type Counts, dispersion, type Events, liftRatio } from './tests.ts'

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
  readonly observed: number
  readonly expected: number
}

/** Candidates beyond this are echoes of stronger ones. */
const MOST_CANDIDATES = 3000
const MOST_CAMPAIGNS = 12
/** Less lift than this is no trigger, however certain. */
const LEAST_LIFT = 1.4
/** A token whose records are a campaign's to this share adds nothing of its own. */
const SHARED = 0.5

/** Tests every token against every event, and gathers significant tokens that name the same records. */
export function liftCampaigns(tokens: TokenMatrix, events: Events, counts: Counts, smallest: number): LiftCampaign[] {
  const found = significant(tokens, events, counts, smallest)
  const holders = recordsOf(tokens, found)
  const taken = events.of.map(() => 0)
  const campaigns: { lead: Candidate; tokens: number[] }[] = []
  for (const candidate of found) {
    const own = holders.get(candidate.token)!.filter((i) => events.of[i] === candidate.event && events.counted[i])
    const shared = new Map<number, number>()
    for (const i of own) {
      const campaign = taken[i]!
      if (campaign > 0) shared.set(campaign, (shared.get(campaign) ?? 0) + 1)
    }
    const [most, count] = [...shared].sort((a, b) => b[1] - a[1])[0] ?? [0, 0]
    if (count > 0 && campaigns[most - 1]!.lead.event === candidate.event) {
      // What is left of it without the records that stronger tokens explain.
      const rest = candidate.observed - [...shared.values()].reduce((sum, c) => sum + c, 0)
      if (count >= SHARED * own.length || rest * candidate.evidence < smallest * candidate.evidence) {
        campaigns[most - 1]!.tokens.push(candidate.token)
        continue
      }
      const left = candidate.evidence * (rest / candidate.observed) - (candidate.observed - rest) / candidate.observed
      if (left < 0.5 * candidate.evidence) continue
    }
    if (campaigns.length === MOST_CAMPAIGNS) continue
    campaigns.push({ lead: candidate, tokens: [candidate.token] })
    for (const i of own) taken[i] ||= campaigns.length
  }
  return campaigns.map(({ lead, tokens: of }) => membersOf(lead, of, holders.get(lead.token)!, events))
}

/** Significant tokens, strongest first. Kinds are corrected for how many were tried by themselves, and for each other. */
function significant(tokens: TokenMatrix, events: Events, counts: Counts, smallest: number): Candidate[] {
  const found: Candidate[] = []
  const sizes = new Int32Array(tokens.kinds.length)
  for (const kind of tokens.kindOf) sizes[kind]!++
  const tau = dispersion(counts)
  for (let kind = 0; kind < tokens.kinds.length; kind++) {
    if (sizes[kind] === 0) continue
    const tried = Math.log(sizes[kind]! * events.kinds * tokens.kinds.length)
    for (let token = 0; token < tokens.tokens; token++) {
      if (tokens.kindOf[token] !== kind) continue
      for (let event = 0; event < events.kinds; event++) {
        const at = token * events.kinds + event
        const [observed, expected, certain] = [counts.observed[at]!, counts.expected[at]!, counts.certain[at]!]
        if (observed < smallest || observed < 2 * expected) continue
        if (observed + certain < LEAST_LIFT * (expected + certain)) continue
        const evidence = liftRatio(observed, expected, tau(expected)) - tried
        if (evidence > 0) found.push({ token, event, evidence, observed, expected })
      }
    }
  }
  found.sort((a, b) => b.evidence - a.evidence || a.token - b.token)
  return found.slice(0, MOST_CANDIDATES)
}

function recordsOf(tokens: TokenMatrix, of: readonly Candidate[]): Map<number, number[]> {
  const lists = new Map<number, number[]>(of.map(({ token }) => [token, []]))
  const wanted = new Uint8Array(tokens.tokens)
  for (const { token } of of) wanted[token] = 1
  for (let i = 0; i + 1 < tokens.offsets.length; i++) {
    for (let at = tokens.offsets[i]!; at < tokens.offsets[i + 1]!; at++) {
      if (wanted[tokens.ids[at]!]) lists.get(tokens.ids[at]!)!.push(i)
    }
  }
  return lists
}

function membersOf(lead: Candidate, tokens: number[], holders: number[], events: Events): LiftCampaign {
  const { event, evidence } = lead
  const likely = (i: number) => events.likely[i * events.kinds + event]!
  const able = holders.filter((i) => events.counted[i])
  const members = able.filter((i) => events.of[i] === event)
  const chance = able.reduce((sum, i) => sum + likely(i), 0)
  // A holder is poisoned at this rate; an event that was likely anyway speaks less against its record.
  const rate = Math.min(0.999, Math.max(0, members.length - chance) / able.reduce((sum, i) => sum + 1 - likely(i), 1))
  const posterior = Float64Array.from(members, (i) => rate / (rate + (1 - rate) * likely(i)))
  return { event, evidence, tokens, members: Int32Array.from(members), posterior, chance }
}
