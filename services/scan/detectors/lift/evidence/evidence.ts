import type { TokenMatrix } from '../../../view/window-view.ts'
import { type Held, type Likelihood, RecordSet, SOME_HOLDERS } from './held.ts'
import {
  addTrial,
  forcedAgainst,
  isShifted,
  type Law,
  type Laws,
  lawsOf,
  likeliestShift,
  mostAgainst,
  type Placed,
  type Trials,
  trials,
  underLaws,
  underLawsUpwards,
} from './shift.ts'
import type { Events } from './tests.ts'

interface Names {
  readonly kind: string
  readonly columns: readonly string[]
  readonly together: string
  readonly groups: readonly string[]
}

/** The most holders that count, evenly drawn where there are more. */
const MOST_HOLDERS = 400
/** The most tokens from which a group's law is estimated, and the fewest tokens of a group that has one. */
const SAMPLE = 150
const LEAST_GROUP = 12
/** The fewest other values of a column that show how far one of few shifts labels by nature. */
const LEAST_OTHERS = 3
/** The most likelihoods under laws that are remembered, of tokens times events: 300 bytes each. */
const MOST_KEPT = 50_000
/** The least scale of a law, in log-odds: natural tokens are never taken to be more alike than this. */
const LEAST_SCALE = 0.4
/**
 * The same for a column that has too few values to show what is natural, where some of a value's records lack the event
 * (ADR 166).
 */
const LEAST_BORROWED = 0.85
/** The laws of a group that is too small to have one: they loosen no other law. */
const UNTOLD: Laws = { likeliest: { scale: 0, slope: 1 }, plain: { scale: 0, slope: 1 } }

/**
 * The log-likelihood ratio of two explanations of a token's records: that the token forces an event on them, or that it
 * is one more natural token of its group. Tokens of one kind, or of the same columns, are a group: the shifts of the
 * log-odds of an event that natural tokens cause are estimated from its tokens in this window. Where columns determine
 * labels by themselves (species and size), those shifts are large, and only a token whose effect no other of the group
 * comes near stands out.
 */
export class ShiftEvidence {
  readonly #tokens: TokenMatrix
  readonly #events: Events
  readonly #likelihood: Likelihood
  readonly #holders: (token: number) => Int32Array
  readonly #beside: (token: number) => Int32Array[]
  readonly #set: RecordSet
  /** The records that show what natural tokens do. */
  readonly #natural: Uint8Array
  /** Whether the laws of natural tokens are of shifts upwards. */
  readonly #isUpwards: boolean
  /** The names of a token's groups, by kind and columns. */
  readonly #names: Map<readonly string[], Names>[] = []
  /** The tokens of each group; filled at the first request, since most windows have none. */
  #groups: Map<string, number[]> | undefined
  readonly #known = new Map<string, Laws>()
  #all: Laws | undefined
  readonly #likelihoods = new Map<number, Float64Array[]>()

  constructor(held: Held, events: Events, likelihood: Likelihood, isUpwards = false) {
    const { tokens, holders, beside, natural = events.counted } = held
    this.#natural = natural
    this.#isUpwards = isUpwards
    this.#tokens = tokens
    this.#beside = beside
    this.#events = events
    this.#likelihood = likelihood
    this.#holders = holders
    this.#set = new RecordSet(events.of.length)
  }

  /**
   * The ratio in nats. It is −∞ where the holders have the event less than `leastLift` times as often as expected, and
   * where no law of the token's groups could leave more than `enough`: to estimate those laws costs more than
   * everything else here.
   */
  ratio(token: number, event: number, leastLift: number, enough: number): number {
    const holders = this.#holders(token)
    const set = this.#set.fill(holders)
    const stride = Math.max(1, holders.length / SOME_HOLDERS)
    const glance: number[] = []
    for (let at = 0; at < holders.length; at += stride) glance.push(holders[Math.floor(at)]!)
    for (const records of glance.length < holders.length ? [glance, holders] : [holders]) {
      let [observed, expected] = [0, 0]
      for (const i of records) {
        if (!this.#events.counted[i]) continue
        if (this.#events.of[i] === event) observed++
        expected += this.#likelihood(i, set)[event]!
      }
      // The first look takes few records, so it asks for no more than what is expected.
      const lift = records === glance ? 1 : leastLift
      if (observed < lift * expected) return -Infinity
    }
    const placed = this.#placed(token, event)
    return mostAgainst(placed, LEAST_SCALE) <= enough ? -Infinity : against(placed, this.#laws(token))
  }

  /**
   * The ratio where the law of tokens of the same columns counts too. A law of two columns shifts many pairs of their
   * values; a trigger shifts one.
   */
  amongFellows(token: number, event: number): number {
    const laws = loosest([this.#laws(token), this.#lawsOfGroup(this.#namesOf(token).together)])
    return against(this.#placed(token, event), laws)
  }

  /** The ratio where a natural token shifts at least as far as the near misses do, if theirs is more than chance. */
  besideNearMisses(token: number, event: number, misses: Int32Array): number {
    const holders = this.#holders(token)
    const [seen] = this.#trials(misses, this.#set.fill(holders, misses), event, event + 1)
    const shown = isShifted(seen!) ? likeliestShift(seen!) : 0
    const { trials: own, centre } = this.#placed(token, event)
    return against({ trials: own, centre: Math.max(centre, shown) }, this.#laws(token))
  }

  /** A token of several columns has a law no tighter than that of any one of them. */
  #laws(token: number): Laws {
    const { columns, kind } = this.#namesOf(token)
    const own = columns.map((name) => this.#lawsOfGroup(name))
    const isOne = columns.length === 1
    if (isOne && own[0] !== UNTOLD) return own[0]!
    const others = isOne ? [this.#lawsOfOthers(token, columns[0]!)] : own
    const shown = loosest([this.#lawsOfGroup(kind), ...others])
    const laws = isTold(shown) ? shown : this.#lawsOfAll()
    return isOne ? borrowed(laws) : laws
  }

  /** The laws of a group; UNTOLD where it has too few tokens. */
  #lawsOfGroup(name: string): Laws {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    this.#groups ??= this.#grouped()
    const laws = this.#lawsOf(this.#groups.get(name) ?? [])
    this.#known.set(name, laws)
    return laws
  }

  /** The laws of the other values of a column that has few; UNTOLD where they are too few even so. */
  #lawsOfOthers(token: number, name: string): Laws {
    const held = new Set(this.#holders(token))
    const isOther = (other: number) => !this.#holders(other).some((i) => held.has(i))
    return this.#lawsOf((this.#groups?.get(name) ?? []).filter(isOther), LEAST_OTHERS)
  }

  /** The laws of all tokens of the window, for kinds that have too few. */
  #lawsOfAll(): Laws {
    return (this.#all ??= this.#lawsOf(Int32Array.from({ length: this.#tokens.tokens }, (_, token) => token)))
  }

  #lawsOf(members: ArrayLike<number>, fewest = LEAST_GROUP): Laws {
    if (members.length < fewest) return UNTOLD
    const stride = Math.max(1, members.length / SAMPLE)
    const sample: Float64Array[] = []
    for (let at = 0; at < members.length; at += stride) sample.push(...this.#underLaws(members[Math.floor(at)]!))
    return lawsOf(sample, LEAST_SCALE)
  }

  /** A token's likelihoods under every law, for each event. It belongs to the group of its kind and to those of its columns. */
  #underLaws(token: number): Float64Array[] {
    let known = this.#likelihoods.get(token)
    if (known === undefined) {
      known = this.#placedByEvent(token).map(this.#isUpwards ? underLawsUpwards : underLaws)
      if (this.#likelihoods.size * this.#events.kinds < MOST_KEPT) this.#likelihoods.set(token, known)
    }
    return known
  }

  #grouped(): Map<string, number[]> {
    const groups = new Map<string, number[]>()
    this.#tokens.kindOf.forEach((_, token) => {
      for (const name of this.#namesOf(token).groups) {
        const members = groups.get(name)
        if (members) members.push(token)
        else groups.set(name, [token])
      }
    })
    return groups
  }

  /**
   * The groups of a token: its kind, and its columns together. Tokens of one kind and the same columns share one
   * object.
   */
  #namesOf(token: number): Names {
    const of = this.#tokens.columns(token)
    const kind = this.#tokens.kindOf[token]!
    const known = (this.#names[kind] ??= new Map<readonly string[], Names>())
    let names = known.get(of)
    if (names === undefined) {
      const columns = of.map((name) => `column ${name}`)
      const own = `kind ${kind}`
      const together = columns.join(' and ')
      names = { kind: own, columns, together, groups: [own, together] }
      known.set(of, names)
    }
    return names
  }

  /** The token's trials of an event, and the largest shift that any of its surroundings show, 0 at least. */
  #placed(token: number, event: number): Placed {
    const holders = this.#holders(token)
    let centre = 0
    for (const beside of this.#beside(token)) {
      const [seen] = this.#trials(beside, this.#set.fill(holders, beside), event, event + 1, this.#natural)
      centre = Math.max(centre, likeliestShift(seen!))
    }
    const [own] = this.#trials(holders, this.#set.fill(holders), event, event + 1)
    return { trials: own!, centre }
  }

  /** The same for every event. */
  #placedByEvent(token: number): Placed[] {
    const { kinds } = this.#events
    const holders = this.#holders(token)
    const centres = new Float64Array(kinds)
    for (const beside of this.#beside(token)) {
      this.#trials(beside, this.#set.fill(holders, beside), 0, kinds, this.#natural).forEach((seen, event) => {
        centres[event] = Math.max(centres[event]!, likeliestShift(seen))
      })
    }
    const own = this.#trials(holders, this.#set.fill(holders), 0, kinds, this.#natural)
    return own.map((seen, event) => ({ trials: seen, centre: centres[event]! }))
  }

  /** The records' trials of each event from `first` to before `end`. */
  #trials(
    records: Int32Array,
    holders: RecordSet,
    first: number,
    end: number,
    counted = this.#events.counted,
  ): Trials[] {
    const { of } = this.#events
    const seen = Array.from({ length: end - first }, trials)
    const stride = Math.max(1, records.length / MOST_HOLDERS)
    for (let at = 0; at < records.length; at += stride) {
      const i = records[Math.floor(at)]!
      if (!counted[i]) continue
      const likely = this.#likelihood(i, holders)
      for (let event = first; event < end; event++) addTrial(seen[event - first]!, likely[event]!, of[i] === event)
    }
    return seen
  }
}

/**
 * The ratio under these laws; −∞ where no token showed what is natural. Where the predictor's differences count less
 * among the group's records than it says, they may not count among this token's (ADR 166).
 */
function against(placed: Placed, laws: Laws): number {
  if (!isTold(laws)) return -Infinity
  const { likeliest } = laws
  const asked = likeliest.slope < 1 ? [laws, { ...laws, likeliest: { ...likeliest, slope: 0 } }] : [laws]
  return Math.min(...asked.map((each) => forcedAgainst(placed, each)))
}

/** What other columns show, for a column that shows nothing itself and may tell more of a label than they do. */
function borrowed({ likeliest, plain }: Laws): Laws {
  const isUntold = likeliest.scale === 0
  return isUntold ? UNTOLD : { likeliest: { ...likeliest, scale: Math.max(LEAST_BORROWED, likeliest.scale) }, plain }
}

/** Whether any token showed what is natural. */
function isTold({ plain }: Laws): boolean {
  return plain.scale > 0
}

/** A law wide enough for every one of the groups: the largest scale and the smallest slope. */
function loosest(of: readonly Laws[]): Laws {
  const loosestOf = (laws: readonly Law[]) => ({
    scale: Math.max(...laws.map(({ scale }) => scale)),
    slope: Math.min(...laws.map(({ slope }) => slope)),
  })
  return { likeliest: loosestOf(of.map(({ likeliest }) => likeliest)), plain: loosestOf(of.map(({ plain }) => plain)) }
}
