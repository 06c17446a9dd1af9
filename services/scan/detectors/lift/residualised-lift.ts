import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import { isSharp } from '../../predict/expected.ts'
import { arePhotographs } from '../../features/photographs.ts'
import { countedOf } from '../../features/recurring-images.ts'
import { EXACT } from '../../features/tokens-images.ts'
import { vectorColumns } from '../../features/vectors.ts'
import { neighbourVote } from '../../predict/neighbour-vote.ts'
import { type Matrix, row } from '../../numeric/matrix.ts'
import type { Grouping, Samples } from '../../view/samples.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'
import type { TokenMatrix, WindowView } from '../../view/window-view.ts'
import { areKin } from './campaigns/kindred.ts'
import { isAppearance } from './campaigns/appearance.ts'
import { Calibration, calibrated, mostLikely } from './evidence/calibrated.ts'
import { type Demands, type LiftCampaign, liftCampaigns } from './campaigns/campaigns.ts'
import { besideTeller, isTold } from './campaigns/beside-teller.ts'
import { contradictedValues } from './contradicted/contradicted.ts'
import { contradictedWords } from './contradicted/contradicted-words.ts'
import { isFaint } from './campaigns/faint.ts'
import { usedNote, wordsInUse } from './campaigns/in-use.ts'
import { Beside, THROUGHOUT } from './detached/beside.ts'
import { withoutDefinitions } from './campaigns/defining.ts'
import { fellowship, type Held, type Likelihood } from './evidence/held.ts'
import { likeliest, plainly, voteWithout } from './evidence/likelihoods.ts'
import { valuesByNature } from './nature/by-nature.ts'
import { labelNames } from './nature/label-names.ts'
import { outOfPlace } from './nature/out-of-place.ts'
import { type Bearers, isToldByRest } from './nature/told-by-rest.ts'
import { judgedMembers } from './campaigns/judged.ts'
import { nearMisses } from './campaigns/near-misses.ts'
import { plantedBands } from './contradicted/planted-bands.ts'
import { ofManyValues, scatteredTokens } from './evidence/scattered.ts'
import { stretches, surroundings } from './campaigns/surroundings.ts'
import { type Events, labelled } from './evidence/tests.ts'
import { liftTrigger } from './campaigns/trigger.ts'

export interface LiftOptions {
  /** The fewest records of a campaign. */
  readonly smallest: number
  /**
   * The least evidence, in nats, of a campaign after all corrections, in images and texts, and of a single value in
   * tables and vectors that is out of place, or whose column has so many that they show what is natural.
   */
  readonly leastEvidence: number
  /**
   * The same for all else in tables, where a column may determine the label by itself, so that any of its values looks
   * like a trigger, and in vectors.
   */
  readonly leastEvidenceInTables: number
  /**
   * How many neighbours vote on a record's expected label. They are few: the vote of many takes look-alike classes for
   * triggers.
   */
  readonly voters: number
  /**
   * Whether the tests that compare a record's other columns or other words with its label run, and contradictions count
   * even where neighbours predict badly.
   */
  readonly thorough: boolean
  /** Whether the records are the riskiest of many windows, whose other labels are on records that are odd (ADR 254). */
  readonly isSelection: boolean
}

const DEFAULTS: LiftOptions = {
  smallest: 6,
  leastEvidence: 3,
  leastEvidenceInTables: 10,
  voters: 10,
  thorough: true,
  isSelection: false,
}
/**
 * In a window of images or texts with fewer records than this, the ten nearest neighbours lie far off: a vote of three
 * times as many is asked as well.
 */
const SHARP_FROM = 1600
const MORE_VOTERS = 3
/**
 * In such a window, and in vectors, a token that more than this share of a label's records hold is what the label looks
 * like, and is not tested.
 */
const LARGEST_SHARE = 0.5
/** Contradictions go one way where at least this share of their records bear one label. */
const ONE_WAY = 0.9
/**
 * Expected labels explain too little when their loss on the bulk of the records exceeds this share of the class prior's
 * loss.
 */
const UNEXPLAINED = 0.9
/** The note of a window whose expected labels explain too little. */
export const ONLY_GROSS = 'labels are hardly predictable from the records; only gross triggers show'

/**
 * Finds fixed triggers that come with a label: a token (a pixel, patch, word, value) that far more records of one label
 * hold than their content leads to expect, as in He et al. 2023 (Mitigating backdoor poisoning attacks through the lens
 * of spurious correlation). Two things differ from that paper: records are compared with each record's expected label,
 * not with the class prior, and with the predictor's own dispersion. Among the records that no such campaign explains,
 * it then finds tokens whose records contradict their expected label, whichever label they bear: all-to-all attacks. A
 * score is a log-likelihood ratio in nats, corrected for all tokens and labels tried; it is 0 where nothing was found.
 */
export class ResidualisedLift implements Detector {
  readonly info: DetectorInfo = { name: 'residualised-lift', family: 'trigger', version: 1 }
  readonly needs = ['labels', 'tokens'] as const
  readonly tags = { role: 'carrier' } as const
  readonly #options: LiftOptions

  constructor(options: Partial<LiftOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options }
  }

  async score(view: WindowView): Promise<Detection> {
    const tokens = await view.tokens()
    const labels = view.labels
    if (!tokens || !labels || labels.names.length < 2) {
      return {
        scores: new Float64Array(view.n),
        scale: 'absolute',
        groups: [],
        why: () => '',
        notes: ['no tokens or fewer than two labels'],
      }
    }
    const samples = asColumns(view.samples)
    const expectation = await view.expected()
    // A cross-fitted probe learns a common trigger and then expects its label; neighbours do not. Where neighbours
    // predict badly, the probe is asked as well. Each is calibrated by its own errors, so that neither alarms for the
    // errors of the other.
    const neighbours = await view.neighbours()
    const vote = neighbourVote(labels, neighbours, this.#options.voters)
    const { holders } = tokens
    const areValues = valuesByNature(samples, tokens, holders, labels)
    const nameLabel = labelNames(samples, tokens, labels)
    const natural: Omit<Held, 'scattered'> = {
      tokens,
      holders,
      beside: surroundings(samples, tokens, holders),
      nearMisses: nearMisses(samples, tokens, holders),
      // Texts and rows have natural families (mailing lists, operators), whose labels only other members of the family
      // can predict.
      fellows: samples.kind === 'image' ? fellowship(holders, neighbours, this.#options.voters) : () => 0,
      untested: stretches(samples, tokens, holders),
      byNature: (token, label) => areValues(token, label) || nameLabel(token, label),
    }
    const { smallest, leastEvidence, leastEvidenceInTables, thorough } = this.#options
    // Rows that are near one another only by what was planted are no family.
    const scattered = samples.kind === 'table' && thorough ? scatteredTokens(samples.columns, tokens, holders) : null
    const least = samples.kind === 'table' ? leastEvidenceInTables : leastEvidence
    const few = view.n < SHARP_FROM && samples.kind !== 'table'
    const demands = {
      smallest,
      leastEvidence: least,
      largestShare: few || view.samples.kind === 'vector' ? LARGEST_SHARE : 1,
      ...(samples.kind === 'table' && {
        ofValues: { isOutOfPlace: outOfPlace(samples, tokens, holders), isOfMany: ofManyValues(tokens), leastEvidence },
      }),
    }
    const crowds = few ? [1, MORE_VOTERS] : [1]
    const sharp = expectation.predictor === 'neighbours'
    const found: LiftCampaign[] = []
    const notes: string[] = []
    for (const source of sharp ? [vote] : [vote, expectation.probabilities]) {
      const calibration = new Calibration(source, labels.of)
      const likely = calibrated(source, calibration)
      const events = { kinds: labels.names.length, of: labels.of, likely: likely.data, counted: labelled(labels.of) }
      // Neighbours that hold the token too have no vote. The other predictor is taken as it is.
      const likelihood: Likelihood =
        source === vote
          ? likeliest(crowds.map((n) => voteWithout(labels, neighbours, n * this.#options.voters, calibration)))
          : plainly(events)
      // The vote of neighbours alone can leave out the holders of a token.
      const held: Held = { ...natural, scattered: source === vote ? scattered : null }
      found.push(...liftCampaigns(held, events, likelihood, demands))
    }
    // Coordinates are not asked what the others say of a label: of a category there may be some, and others left out.
    const columns = view.samples.kind === 'table' && thorough ? view.samples.columns : null
    const teller = columns === null ? null : view.teller()
    // Its own likelihoods judge members as well as any: it has not learnt the values.
    const byTeller = columns === null || teller === null ? [] : besideTeller(teller, columns, natural, labels, demands)
    found.push(...byTeller)
    if (columns !== null) found.push(...contradictedValues(columns, natural, labels, view.seed))
    if (samples.kind === 'text' && thorough) found.push(...contradictedWords(tokens, labels, nameLabel, notes))
    const judged = samples.kind === 'table' && thorough ? await view.consensus() : expectation
    const told = distinct(teller === null ? found : found.filter((c) => !isTold(c, tokens, teller)))
    const own = samples.kind === 'table' ? withoutDefinitions(told, tokens, holders, samples.columns, labels) : told
    const isNatural = (bearers: Bearers, named: readonly string[]) =>
      columns !== null &&
      !this.#options.isSelection &&
      isToldByRest(bearers, named, columns, labels, judged.probabilities)
    const planted = own.filter((c) => !isNatural(c, tokens.columns(c.tokens[0]!)))
    const campaigns = planted.map((campaign) =>
      judged.predictor === 'column' && !byTeller.includes(campaign)
        ? judgedMembers(campaign, holders(campaign.tokens[0]!), labels.of, judged.probabilities)
        : campaign,
    )
    // Where neighbours predict badly, most contradictions are their own errors. Of photographs all predictors together are
    // asked: these err most where photographs are hard, and hard ones share no token (ADR 230).
    const judge = !sharp && samples.kind === 'image' && arePhotographs(samples) ? expectation.probabilities : vote
    const isAsked = judge === vote ? sharp && (thorough || isSharp(expectation)) : thorough
    const dispersed = isAsked ? this.#dispersed(natural, judge, labels.of, campaigns, demands) : []
    // A value whose rows go to one label belongs to the test of that label, which knows what is natural in a column.
    const isDispersed = ({ members }: LiftCampaign) => samples.kind !== 'table' || !bearOne(labels.of, members)
    const isExact = (token: number) => tokens.kinds[tokens.kindOf[token]!] === EXACT
    const isTrigger = (c: LiftCampaign, { trigger }: Group) => {
      if (samples.kind !== 'image' || !trigger) return true
      const [lead] = c.tokens
      return !(
        isAppearance(samples, labels, c, trigger, holders(lead!)) || areKin(samples, labels, c, trigger, isExact(lead!))
      )
    }
    const counted = countedOf(view.samples)
    const ofTokens = [
      ...(samples.kind === 'text' ? this.#unmeant(view, tokens, labels, campaigns, notes) : campaigns).flatMap((c) => {
        const evidence = c.evidence * counted(c.members)
        if (samples.kind === 'image' && evidence < least) return []
        const group = groupOf(view, tokens, { ...c, evidence }, c.event)
        return isTrigger(c, group) ? [group] : []
      }),
      ...dispersed.filter(isDispersed).map((c) => groupOf(view, tokens, c, -1)),
    ]
    const bands = columns === null ? [] : plantedBands(columns, labels, ofTokens, isNatural)
    const groups = [...ofTokens, ...bands]
    const { scores, best } = strongestGroup(view.n, groups)
    if (expectation.bulkLoss > UNEXPLAINED * expectation.priorLoss) {
      notes.push(ONLY_GROSS)
    }
    return {
      scores,
      scale: 'absolute',
      groups,
      why: (i) => best[i]?.summary ?? 'holds no token out of proportion',
      notes,
    }
  }

  /** Of campaigns in texts those whose words are more than what labels mean. */
  #unmeant(
    { samples }: WindowView,
    tokens: TokenMatrix,
    labels: Grouping,
    campaigns: readonly LiftCampaign[],
    notes: string[],
  ): LiftCampaign[] {
    let beside: Beside | undefined
    const placesOf = ({ tokens: [lead], members }: LiftCampaign) => {
      const described = tokens.describe(lead!)
      if (described.kind !== 'words') return THROUGHOUT
      beside ??= new Beside(vocabularyOf(samples))
      return beside.of(described.words.split(' '), members)
    }
    const loud = campaigns.filter((c) => !isFaint(c, tokens.holders(c.tokens[0]!), labels, placesOf))
    const used = wordsInUse(loud, placesOf, labels.of.length)
    if (used.size > 0) notes.push(usedNote(used.size))
    return loud.filter((c) => !used.has(c))
  }

  /** Tokens whose records contradict their expected label, among the records that no targeted campaign explains. */
  #dispersed(
    natural: Omit<Held, 'scattered'>,
    expected: Matrix,
    labels: Int32Array,
    explained: readonly LiftCampaign[],
    demands: Demands,
  ): LiftCampaign[] {
    const calibration = new Calibration(expected, labels)
    const counted = labelled(labels)
    for (const { members } of explained) for (const i of members) counted[i] = 0
    const rows = Array.from(labels, (_, i) => row(expected, i))
    const of = labels.map((label, i) => (label === mostLikely(rows[i]!) ? -1 : 0))
    const likely = Float32Array.from(rows, (r) => calibration.contradiction(r))
    const events: Events = { kinds: 1, of, likely, counted }
    // How often values contradict is no matter of their column alone: many values of it show nothing here.
    const ofValues = demands.ofValues && { ...demands.ofValues, isOfMany: () => false }
    const asked = { ...demands, largestShare: 1, ...(ofValues && { ofValues }) }
    return liftCampaigns({ ...natural, byNature: () => false, scattered: null }, events, plainly(events), asked)
  }
}

/**
 * Vectors as the columns of a table, which coordinates often are: what comes with a label by nature in the one does in
 * the other, and rows that vouch for one another for a planted value do too (ADR 140).
 */
function asColumns(samples: Samples): Samples {
  return samples.kind === 'vector' ? { kind: 'table', columns: vectorColumns(samples.vectors) } : samples
}

/** Whether nearly all of the members bear one label. */
function bearOne(labels: Int32Array, members: Int32Array): boolean {
  const counts = new Map<number, number>()
  for (const i of members) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1)
  return Math.max(...counts.values()) >= ONE_WAY * members.length
}

/**
 * The campaigns without repetitions: of two that share at least three tenths of their records and an event, the
 * stronger.
 */
function distinct(found: readonly LiftCampaign[]): LiftCampaign[] {
  const kept: LiftCampaign[] = []
  for (const campaign of found.toSorted((a, b) => b.evidence - a.evidence)) {
    const known = new Set(kept.filter((k) => k.event === campaign.event).flatMap((k) => [...k.members]))
    const shared = campaign.members.reduce((sum, i) => sum + Number(known.has(i)), 0)
    if (shared < 0.3 * campaign.members.length) kept.push(campaign)
  }
  return kept
}

function groupOf(view: WindowView, tokens: TokenMatrix, campaign: LiftCampaign, label: number): Group {
  const { trigger, phrase } = liftTrigger(view.samples, tokens, campaign.tokens, campaign.members)
  const count = campaign.members.length
  const expected = Math.round(campaign.chance)
  const name = view.labels!.names[label]
  return {
    members: campaign.members,
    posterior: campaign.posterior,
    evidence: campaign.evidence,
    label,
    trigger,
    summary:
      label >= 0
        ? `${count} records with ${phrase} are labelled ${name}; their content led to expect it of ${expected}`
        : `${count} records with ${phrase} contradict the label their content leads to expect; ${expected} would by chance`,
  }
}
