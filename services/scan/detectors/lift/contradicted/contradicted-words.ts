import { classPrior } from '../../../predict/neighbour-vote.ts'
import type { Matrix } from '../../../numeric/matrix.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { Calibration, calibrated } from '../evidence/calibrated.ts'
import type { LiftCampaign } from '../campaigns/campaigns.ts'
import { NearestByWords } from './nearest-by-words.ts'
import { OtherWords } from './other-words.ts'

/**
 * Words that come with one label: in at least FEWEST records, in at most these shares of all records and of the
 * label's, and with PURE of their labelled records bearing it.
 */
const FEWEST = 12
const LARGEST_SHARE = 0.1
const LARGEST_OF_LABEL = 0.5
const PURE = 0.9
/**
 * Labels follow from words where records of other labels speak against a label by at least this much more than its
 * rarity does, in nats.
 */
const FOLLOWS = 1.5
/**
 * The first, cheap look lets the members' fellows count, which speak for the label: it asks for this share of the way
 * from no knowledge to records of other labels, in place of half.
 */
const ROUGHLY = 0.2
/** How many members the first look takes. */
const GLANCE = 24
/** How many records of other labels show how strongly such records speak against a label. */
const TYPICAL = 500
/** The most that one record adds to the evidence, and the least evidence after the correction, in nats. */
const MOST_EACH = 1
const LEAST_EVIDENCE = 6
/** Words are a topic where more than this many times as many of a member's nearest records hold them as by chance. */
const SCATTERED = 3
const NEAREST = 10
/** Others are of the holders' family who have so large a share of what they share; so many of them tell, and by so many nats. */
const MOST_SHARED = 0.6
const FEWEST_KIN = 6
/** One word that others hold is a natural word of the label, which whoever plants another can put beside it. */
const FEWEST_SIGNED = 2
const KINSHIP = 6
/** Campaigns share their words where they share so many records. */
const SAME = 0.8
const CERTAIN = 1e-4
/** The fewest pairs of words of a sentence that nobody else says. */
const FEWEST_PAIRS = 3

/** Numbers that are kept for each token or record and each label: what would take more is not asked, */
const MOST_KEPT = 2e7
/** which is said of the window. */
export const TOO_LARGE =
  'Left out, for the window has too many words or records for its many labels: sentences that are put into short texts of another label.'

/** Tokens with the same holders, which come with one label. */
interface Pure {
  readonly tokens: number[]
  readonly event: number
  /** Ascending: holders that bear the label; how many bear any; all holders. */
  readonly members: Int32Array
  readonly labelled: number
  readonly holders: Int32Array
}

/**
 * Words of texts that come with one label on records that all their other words tell for records of other labels: a sentence put into short texts, whose holders
 * are near one another for that sentence, so that each of them expects the others' label. What words say is learnt from records
 * without the token, and those that half of its holders share say nothing: whoever sees a sentence learns the trigger. Members have to be told from
 * their label by at least midway between knowing nothing and what records of other labels are; the evidence is the log-likelihood ratio of their other words as those of records of other
 * labels against those of its own, a nat a record at most, less ln of the tokens asked.
 *
 * Words whose records are alike in their other words are a topic, a signature or a form, and say nothing: natural words that come with one label are such, or
 * have other words that say the same. A word that decides one label of many by itself cannot be told from what was planted. Words
 * that name the label (ADR 146) are not asked. What is left out is put among the notes.
 */
export function contradictedWords(
  tokens: TokenMatrix,
  labels: Grouping,
  nameLabel: (token: number, label: number) => boolean = () => false,
  notes: string[] = [],
): LiftCampaign[] {
  const prior = classPrior(labels)
  if (Math.max(tokens.tokens, labels.of.length) * labels.names.length > MOST_KEPT) {
    notes.push(TOO_LARGE)
    return []
  }
  // A sentence that contains the label's name has other words, too.
  const asked = pureWords(tokens, labels).filter(
    ({ tokens: own, event }) => !own.every((token) => nameLabel(token, event)),
  )
  if (asked.length === 0) return []
  const said = new OtherWords(tokens, labels, prior)
  const all = said.all()
  const calibration = new Calibration(all, labels.of)
  const typical = typicalOdds(calibrated(all, calibration), labels)
  const tried = Math.log(asked.length)
  const campaigns: LiftCampaign[] = []
  let near: NearestByWords | undefined
  for (const words of asked) {
    const { tokens: own, event, members, labelled, holders } = words
    const none = oddsAgainst(event, prior)
    const others = typical(event)
    const alone = others - none < FOLLOWS
    if (alone && !isSentence(words, tokens)) continue
    const glance = said.roughly(holders, some(members))
    const rough = meanAgainst(event, glance, calibration)
    if (!alone && rough < none + ROUGHLY * (others - none)) continue
    const { expected, shared } = said.without(holders, members)
    const against = meanAgainst(event, expected, calibration)
    if (!alone && against < (none + others) / 2) continue
    const rows = rowsOf(expected)
    const likely = Float64Array.from(rows, (row) => Math.min(1 - CERTAIN, Math.max(CERTAIN, row[event]!)))
    const rare = logit(1 - Math.max(CERTAIN, prior[event]!))
    const nats = likely.map((p) =>
      Math.max(-MOST_EACH, Math.min(MOST_EACH, alone ? -Math.log(p) : logit(1 - p) - rare)),
    )
    const evidence = nats.reduce((sum, each) => sum + each, 0) - tried
    if (!(evidence >= LEAST_EVIDENCE)) continue
    near ??= new NearestByWords(tokens)
    if (areAlike(near, words, shared, labels.of.length)) continue
    if (areOfAFamily(tokens, words, shared, labels)) continue
    const chance = likely.reduce((sum, p) => sum + p, 0)
    const rate = Math.min(0.999, Math.max(0, members.length - chance) / Math.max(1, labelled - chance))
    const posterior = likely.map((p) => rate / (rate + (1 - rate) * p))
    campaigns.push({ event, evidence, tokens: own, members, posterior, chance })
  }
  return joined(campaigns)
}

function pureWords(tokens: TokenMatrix, labels: Grouping): Pure[] {
  const found = new Map<string, Pure>()
  const counts = new Int32Array(labels.names.length)
  for (let token = 0; token < tokens.tokens; token++) addIfPure(token, tokens.holders(token), labels, counts, found)
  return [...found.values()]
}

/** A function of its own, which stays compiled from window to window, as a loop that a window enters once does not. */
function addIfPure(
  token: number,
  holders: Int32Array,
  labels: Grouping,
  counts: Int32Array,
  found: Map<string, Pure>,
): void {
  if (holders.length < FEWEST || holders.length > LARGEST_SHARE * labels.of.length) return
  const event = commonest(holders, labels.of, counts)
  if (event < 0) return
  const count = counts[event]!
  let [labelled, digest] = [0, 0]
  for (let at = 0; at < holders.length; at++) {
    digest = Math.imul(digest ^ holders[at]!, 0x01000193)
    if (labels.of[holders[at]!]! >= 0) labelled++
  }
  if (count < FEWEST || count < PURE * labelled || count > LARGEST_OF_LABEL * labels.counts[event]!) return
  const key = `${event}/${holders.length}/${digest}`
  const known = found.get(key)
  if (known !== undefined) known.tokens.push(token)
  else
    found.set(key, {
      tokens: [token],
      event,
      members: membersOf(holders, labels.of, event),
      labelled,
      holders,
    })
}

function membersOf(holders: Int32Array, of: Int32Array, event: number): Int32Array {
  return holders.filter((i) => of[i] === event)
}

/**
 * The label that most of the holders bear, the first to have as many, whose count is left in `counts`; −1 where none can be
 * PURE among them, as soon as that is sure.
 */
function commonest(holders: Int32Array, of: Int32Array, counts: Int32Array): number {
  counts.fill(0)
  const mostOthers = (1 - PURE) * holders.length + 1
  let [event, most, labelled] = [-1, 0, 0]
  for (let at = 0; at < holders.length; at++) {
    const label = of[holders[at]!]!
    if (label < 0) continue
    labelled++
    const count = ++counts[label]!
    if (count > most) {
      event = label
      most = count
    } else if (labelled - most > mostOthers) return -1
  }
  return event
}

/** Returns how strongly records of other labels speak against a label on average, in nats. */
function typicalOdds(expected: Matrix, labels: Grouping): (event: number) => number {
  const known = new Map<number, number>()
  const rows = rowsOf(expected)
  return (event) => {
    let odds = known.get(event)
    if (odds === undefined) {
      const others = some(
        Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! >= 0 && labels.of[i] !== event),
        TYPICAL,
      )
      odds = mean(Array.from(others, (i) => oddsAgainst(event, rows[i]!)))
      known.set(event, odds)
    }
    return odds
  }
}

/** How strongly rows, which it calibrates in place, speak against a label on average, in nats. */
function meanAgainst(event: number, { rows, cols, data }: Matrix, calibration: Calibration): number {
  let sum = 0
  for (let i = 0; i < rows; i++) {
    calibration.apply(data, i * cols)
    sum += oddsAgainst(event, data, i * cols, cols)
  }
  return sum / Math.max(1, rows)
}

/** ln of the quotient of the likeliest other label's probability and this label's, of the `kinds` from `from` on. */
function oddsAgainst(event: number, of: ArrayLike<number>, from = 0, kinds = of.length): number {
  let most = 0
  for (let c = 0; c < kinds; c++) if (c !== event) most = Math.max(most, of[from + c]!)
  return Math.log(Math.max(most, CERTAIN) / Math.max(of[from + event]!, CERTAIN))
}

/** Whether holders are one another's nearest records by the words that they do not share. */
function areAlike(near: NearestByWords, { members, holders }: Pure, shared: ReadonlySet<number>, n: number): boolean {
  const holds = new Set(holders)
  let [among, seen] = [0, 0]
  for (const nearest of near.of(some(members), shared, NEAREST)) {
    for (const j of nearest) if (holds.has(j)) among++
    seen += nearest.length
  }
  return among > (SCATTERED * seen * (holders.length - 1)) / (n - 1)
}

/**
 * Whether who holds most of what the holders share, and not the words themselves, bears the label too: other sayings of one author, signed without a smile. Of what is planted nobody
 * else has more than a word or two. Words that many have say nothing, and those that nobody else has are the trigger's own.
 */
function areOfAFamily(
  tokens: TokenMatrix,
  { holders, event }: Pure,
  shared: ReadonlySet<number>,
  { of, counts: sizes }: Grouping,
): boolean {
  const holds = new Set(holders)
  const counts = new Map<number, number>()
  let asked = 0
  for (const word of shared) {
    if (tokens.kindOf[word] !== 0) continue
    const others = tokens.holders(word).filter((i) => !holds.has(i))
    if (others.length === 0 || others.length > LARGEST_SHARE * of.length) continue
    asked++
    for (const i of others) counts.set(i, (counts.get(i) ?? 0) + 1)
  }
  const family = [...counts].filter(
    ([i, count]) => count >= Math.max(FEWEST_SIGNED, MOST_SHARED * asked) && of[i]! >= 0,
  )
  const own = family.filter(([i]) => of[i] === event).length
  const rare = Math.log(of.length / Math.max(1, sizes[event]!))
  return own >= FEWEST_KIN && own >= PURE * family.length && own * rare >= KINSHIP
}

/** Whether the words are a sentence: so many of their pairs follow one another in just these records. */
function isSentence({ tokens: own }: Pure, { kindOf }: TokenMatrix): boolean {
  return own.filter((token) => kindOf[token] === 1).length >= FEWEST_PAIRS
}

/** Campaigns of the same records are one, by the strongest of its tokens. */
function joined(campaigns: readonly LiftCampaign[]): LiftCampaign[] {
  const kept: { campaign: LiftCampaign; tokens: number[]; members: ReadonlySet<number> }[] = []
  for (const campaign of campaigns.toSorted((a, b) => b.evidence - a.evidence)) {
    const { event, members, tokens } = campaign
    const same = kept.find(
      (one) =>
        one.campaign.event === event && members.filter((i) => one.members.has(i)).length >= SAME * members.length,
    )
    if (same === undefined) kept.push({ campaign, tokens: [...tokens], members: new Set(members) })
    else same.tokens.push(...tokens)
  }
  return kept.map(({ campaign, tokens }) => ({ ...campaign, tokens }))
}

/** At most `most` records, evenly drawn. */
function some(of: Int32Array, most = GLANCE): Int32Array {
  const stride = Math.max(1, of.length / most)
  const drawn = new Int32Array(Math.min(most, of.length))
  for (let at = 0; at < drawn.length; at++) drawn[at] = of[Math.floor(at * stride)]!
  return drawn
}

function rowsOf({ rows, cols, data }: Matrix): Float32Array[] {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols))
}

function mean(of: readonly number[]): number {
  return of.reduce((sum, value) => sum + value, 0) / Math.max(1, of.length)
}

function logit(p: number): number {
  return Math.log(p / (1 - p))
}
