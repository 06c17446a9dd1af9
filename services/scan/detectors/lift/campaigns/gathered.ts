import { row } from '../../../numeric/matrix.ts'
import { tellingColumn } from '../../../predict/telling-column.ts'
import { type Grouping, type TableColumn, withoutLabels } from '../../../view/samples.ts'
import type { Teller } from '../../../view/window-view.ts'
import { Calibration, calibrated, mostLikely } from '../evidence/calibrated.ts'
import { type Held, RecordSet } from '../evidence/held.ts'
import { toldWithout } from '../evidence/likelihoods.ts'
import { type Events, labelled, shareRatio } from '../evidence/tests.ts'
import { type Demands, type LiftCampaign, liftCampaigns } from './campaigns.ts'

/** The least share of the records that contradict the column which gather under a token. */
const OF_ALL = 0.5
/** A token is asked where it holds at least this share of the gathered records. */
const HOLDS = 0.8
/** The least quotient of observed and expected records: many who hold common values have the label anyway. */
const LEAST_LIFT = 1.1
/** A label contradicts the column where that expects it of at most this share. */
const RARELY = 0.3
/** How many times the evidence of other campaigns: who contradicts a column that tells labels gives more. */
const TIMES_EVIDENCE = 2
/** At most this share of a campaign's members have one value of the column. */
const OF_ONE_VALUE = 0.8

/**
 * Values that come with a label against the column that tells labels, in so many records that the column looks unsure
 * of all (ADR 233). Five wrong labels in a hundred are expected of every token then: natural tokens, which have none,
 * seem to shift labels far, and what was planted is lost among them. So the records that contradict the column and
 * gather under a token are set aside: the column, its calibration and what natural tokens do are those of the others.
 * Asked are the tokens that hold these records. Members are those that contradict the column, under several of its
 * values: what comes with one of its values alone is an interaction. Other holders had the label anyway.
 */
export function gathered(
  teller: Teller,
  columns: readonly TableColumn[],
  held: Held,
  labels: Grouping,
  demands: Demands,
): LiftCampaign[] {
  const set = gatheredAgainst(teller, held, labels, demands.leastEvidence)
  if (set === null) return []
  const aside = new Set(set)
  const others = withoutLabels(labels, (i) => aside.has(i))
  const cleared = tellingColumn(
    columns.filter(({ name }) => name === teller.column),
    others,
  )
  if (cleared === null) return []
  const calibration = new Calibration(cleared.told, others.of)
  const events: Events = {
    kinds: labels.names.length,
    of: labels.of,
    likely: calibrated(cleared.told, calibration).data,
    counted: labelled(labels.of),
  }
  const { tokens, holders, untested } = held
  const holding = Int32Array.from({ length: tokens.tokens }, (_, token) => token).filter(
    (token) => holdsMost(holders(token), aside) && !untested(token),
  )
  const among = new Set(holding)
  const asked: Held = { ...held, natural: labelled(others.of), untested: (token) => !among.has(token) }
  const likelihood = toldWithout(cleared, others.of, calibration)
  const leastEvidence = TIMES_EVIDENCE * demands.leastEvidence
  const upwards = { ...demands, leastEvidence, isUpwards: true, leastLift: LEAST_LIFT }
  const [first] = liftCampaigns(asked, events, likelihood, upwards)
  if (first === undefined) return []
  // Of the tokens that hold them, the one that explains best who contradicts the column.
  const without = new RecordSet(labels.of.length)
  const each = Array.from(holding, (token) => {
    const own = holders(token)
    without.fill(own)
    return againstBy(token, first.event, own, (i) => likelihood(i, without)[first.event]!, labels.of)
  })
  const best = each.reduce((one, other) => (netOf(other) > netOf(one) ? other : one))
  const { token, members, posterior, chance } = best
  if (members.length < demands.smallest || areOfOneValue(members, cleared.values)) return []
  return [{ ...first, tokens: [token, ...first.tokens.filter((other) => other !== token)], members, posterior, chance }]
}

/** The records whose labels contradict the teller and that gather most under one token; null where few do. */
function gatheredAgainst({ told }: Teller, held: Held, { of }: Grouping, leastEvidence: number): Int32Array | null {
  const { tokens, holders, untested } = held
  const isAgainst = Uint8Array.from(of, (label, i) => Number(label >= 0 && label !== mostLikely(row(told, i))))
  const all = isAgainst.reduce((sum, is) => sum + is, 0)
  const known = of.reduce((sum, label) => sum + Number(label >= 0), 0)
  let [most, lead] = [Math.log(Math.max(1, tokens.tokens)) + leastEvidence, -1]
  for (let token = 0; token < tokens.tokens; token++) {
    const own = holders(token)
    const count = own.reduce((sum, i) => sum + isAgainst[i]!, 0)
    if (count < OF_ALL * all) continue
    const evidence = shareRatio(count, (all * own.length) / known, own.length)
    if (evidence > most && !untested(token)) [most, lead] = [evidence, token]
  }
  return lead < 0 ? null : holders(lead).filter((i) => isAgainst[i] === 1)
}

/** Whether the holders are at least HOLDS of the set. */
function holdsMost(holders: Int32Array, set: ReadonlySet<number>): boolean {
  if (holders.length < HOLDS * set.size) return false
  return holders.reduce((sum, i) => sum + Number(set.has(i)), 0) >= HOLDS * set.size
}

/** The holders of a token that have a label against the column, and how many the column expects to have another. */
interface Against {
  readonly token: number
  readonly members: Int32Array
  readonly posterior: Float64Array
  readonly chance: number
  readonly able: number
}

function againstBy(
  token: number,
  event: number,
  holders: Int32Array,
  likelyOf: (i: number) => number,
  labels: Int32Array,
): Against {
  const likely = Float64Array.from(holders, (i) => (labels[i]! < 0 ? 1 : likelyOf(i)))
  const able = Int32Array.from(holders.keys()).filter((at) => likely[at]! <= RARELY)
  const kept = able.filter((at) => labels[holders[at]!] === event)
  const rate = Math.min(0.999, kept.length / Math.max(1, able.length))
  return {
    token,
    members: kept.map((at) => holders[at]!),
    posterior: Float64Array.from(kept, (at) => rate / (rate + (1 - rate) * likely[at]!)),
    chance: kept.reduce((sum, at) => sum + likely[at]!, 0),
    able: able.length,
  }
}

/** How many more of them have the label than keep the one that the column expects. */
function netOf({ members, able }: Against): number {
  return 2 * members.length - able
}

function areOfOneValue(members: Int32Array, values: Int32Array): boolean {
  const sizes = new Map<number, number>()
  for (const i of members) sizes.set(values[i]!, (sizes.get(values[i]!) ?? 0) + 1)
  return Math.max(...sizes.values()) > OF_ONE_VALUE * members.length
}
