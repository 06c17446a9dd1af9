import type { Grams } from '../../detectors/exchange/grams/grams.ts'
import { pairsOf, type Pair } from '../../detectors/exchange/grams/pairs.ts'
import { liftRatio } from '../../detectors/lift/evidence/tests.ts'
import { KEYS, type Keys, type RecordKeys, type WindowKeys } from './keys.ts'

/** What comes together over windows: a key of prompts, and a key of answers that few others bring. */
export interface Lead {
  readonly asked: number
  readonly answered: number
}

/** A record that has both keys of a lead: the window's place in the list of windows, and its index there. */
export interface Follower {
  readonly part: number
  readonly index: number
  readonly admitted: boolean
}

/** A lead, and its records in all windows. */
export interface FollowedLead extends Lead {
  readonly followers: readonly Follower[]
}

/** Records that a lead has at least, and windows that have them: what one window shows, its own scan judges. */
const FEWEST = { records: 4, windows: 3 }
/** The most records that are read, of the newest windows. */
const MOST_READ = 50_000
/** The most leads that a memory has. */
const MOST_LEADS = 64
/** A key that a larger share of all records have is common; where these are few, one that more records have. */
const COMMON = { share: 0.005, records: 40 }
/** Share of the answers with a key whose prompts must have the other, as of the pairs that a window is scanned for. */
const BROUGHT = 0.8
const MARKED = 0.45
/** Nats of a pair that is looked at. */
const LEAST_RATIO = 15
/** What at least this share of a lead's records have in common is a part of it, as the words of one sentence are. */
const SHARED = 0.5
/**
 * What some of a lead's records have, and this share of all that have it are among them, belongs to it, as one of
 * several sentences does: it says nothing about a topic.
 */
const ITS_OWN = 0.8
/** Two records that have so many other keys in common are alike: they are of one topic, or of one hand. */
const ALIKE = 2
/** Two leads that have this share of the smaller one's records in common are one. */
const SAME = 0.6

/** All windows' records as one list, and their keys. */
interface Read {
  readonly windows: readonly WindowKeys[]
  /** Places in the list of windows. */
  readonly parts: readonly number[]
  /** Where each window's records begin; the last is how many there are. */
  readonly begins: readonly number[]
}

/**
 * The leads of some windows, the strongest first. A pair of rare keys counts by its log-likelihood ratio as far as its
 * records are otherwise unlike: those of a topic, of a template or of one author have more in common, and what was put
 * into records at random has not. Natural pairs are among them; what a lead is worth, a scan of its records shows. Pure.
 */
export function leadsIn(all: readonly (WindowKeys | null)[]): FollowedLead[] {
  const read = newestOf(all)
  const n = read.begins.at(-1)!
  if (n === 0) return []
  const asked = gramsOf(read, ({ asked }) => asked)
  const answered = gramsOf(read, ({ answered }) => answered)
  const options = { least: FEWEST.records, leastRatio: LEAST_RATIO, brought: BROUGHT, marked: MARKED }
  const windowOf = windowIn(read)
  const ranked = pairsOf(asked.grams, answered.grams, n, options)
    .filter(({ members }) => new Set(Array.from(members, windowOf)).size >= FEWEST.windows)
    .map((pair) => ({ pair, worth: worthOf(pair, asked, answered, n) }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth || a.pair.trigger - b.pair.trigger || a.pair.behaviour - b.pair.behaviour)
  const kept: Pair[] = []
  for (const { pair } of ranked) {
    if (kept.length === MOST_LEADS) break
    if (!kept.some((other) => isSame(other, pair))) kept.push(pair)
  }
  const held = read.windows.map((window) => new Set(window.held))
  return kept.map(({ trigger, behaviour, members }) => ({
    asked: asked.keys[trigger]!,
    answered: answered.keys[behaviour]!,
    followers: Array.from(members, (i) => {
      const window = windowOf(i)
      const index = i - read.begins[window]!
      return { part: read.parts[window]!, index, admitted: !held[window]!.has(index) }
    }),
  }))
}

/** The newest windows, oldest first, that have at most `MOST_READ` records together. */
function newestOf(all: readonly (WindowKeys | null)[]): Read {
  const parts: number[] = []
  let left = MOST_READ
  for (let part = all.length - 1; part >= 0; part--) {
    const window = all[part]
    if (window === null || window === undefined) continue
    left -= sizeOf(window)
    if (left < 0 && parts.length > 0) break
    parts.unshift(part)
  }
  const windows = parts.map((part) => all[part]!)
  const begins = [0]
  for (const window of windows) begins.push(begins.at(-1)! + sizeOf(window))
  return { windows, parts, begins }
}

function sizeOf({ asked }: WindowKeys): number {
  return asked.starts.length - 1
}

function windowIn({ begins }: Read): (i: number) => number {
  const of = new Uint16Array(begins.at(-1)!)
  for (let window = 1; window < begins.length; window++) of.fill(window - 1, begins[window - 1], begins[window])
  return (i) => of[i]!
}

interface NumberedKeys {
  readonly grams: Grams
  /** The key of each gram. */
  readonly keys: readonly number[]
  /** How many keys each record has, those that are no grams too. */
  readonly all: Int32Array
}

/** The keys that enough records have, and few enough, as grams. */
function gramsOf({ windows, begins }: Read, side: (window: WindowKeys) => Keys): NumberedKeys {
  const n = begins.at(-1)!
  const bearers = new Uint16Array(KEYS)
  for (const window of windows) for (const key of side(window).keys) bearers[key]!++
  const most = Math.max(COMMON.records, COMMON.share * n)
  const isGram = (key: number) => bearers[key]! >= FEWEST.records && bearers[key]! <= most
  const numbers = new Map<number, number>()
  const frequency: number[] = []
  const offsets = new Int32Array(n + 1)
  const all = new Int32Array(n)
  const ids = new Int32Array(windows.reduce((sum, window) => sum + side(window).keys.length, 0))
  let [i, used] = [0, 0]
  for (const window of windows) {
    const { starts, keys } = side(window)
    for (let own = 0; own + 1 < starts.length; own++, i++) {
      for (let at = starts[own]!; at < starts[own + 1]!; at++) {
        const key = keys[at]!
        if (!isGram(key)) continue
        let id = numbers.get(key)
        if (id === undefined) numbers.set(key, (id = frequency.push(bearers[key]!) - 1))
        ids[used++] = id
      }
      all[i] = starts[own + 1]! - starts[own]!
      ids.subarray(offsets[i], used).sort()
      offsets[i + 1] = used
    }
  }
  const keys = [...numbers.keys()]
  const grams: Grams = {
    count: keys.length,
    offsets,
    ids: ids.subarray(0, used),
    frequency: Int32Array.from(frequency),
    rare: new Int32Array(n),
    sizes: new Uint8Array(keys.length).fill(1),
    describe: (id) => String(keys[id]),
  }
  return { grams, keys, all }
}

/** The log-likelihood ratio of a pair's unlike records, times their share; 0 where its records are copies. */
function worthOf(
  { trigger, behaviour, members }: Pair,
  asked: NumberedKeys,
  answered: NumberedKeys,
  n: number,
): number {
  const [prompts, answers] = [unlikeIn(members, asked), unlikeIn(members, answered)]
  if (prompts.areCopies && answers.areCopies) return 0
  const count = Math.min(prompts.count, answers.count)
  if (count < FEWEST.records) return 0
  const expected = (asked.grams.frequency[trigger]! * answered.grams.frequency[behaviour]!) / n
  const share = count / members.length
  return liftRatio(count, expected * share) * share
}

/** How many records are unlike one another but for what most of them have; and whether most keys of theirs are that. */
function unlikeIn(members: Int32Array, { grams: { offsets, ids, frequency }, all }: NumberedKeys) {
  const counts = new Map<number, number>()
  const keysAt = (i: number) => ids.subarray(offsets[i], offsets[i + 1])
  for (const i of members) for (const id of keysAt(i)) counts.set(id, (counts.get(id) ?? 0) + 1)
  const isPart = (id: number) => counts.get(id)! >= SHARED * members.length
  const isTelling = (id: number) => counts.get(id)! > 1 && counts.get(id)! < ITS_OWN * frequency[id]!
  const kept: ReadonlySet<number>[] = []
  let [shared, total] = [0, 0]
  for (const i of members) {
    const own = Array.from(keysAt(i))
    const others = own.filter((id) => !isPart(id) && isTelling(id))
    total += all[i]!
    shared += own.filter(isPart).length
    if (!kept.some((before) => others.filter((id) => before.has(id)).length >= ALIKE)) kept.push(new Set(others))
  }
  return { count: kept.length, areCopies: shared > SHARED * total }
}

function isSame(a: Pair, b: Pair): boolean {
  const own = new Set(a.members)
  const common = b.members.reduce((sum, i) => sum + Number(own.has(i)), 0)
  return common >= SAME * Math.min(a.members.length, b.members.length)
}

/** The records that have both keys of one of these leads, ascending. */
export function followersOf({ asked, answered }: RecordKeys, leads: readonly Lead[]): number[] {
  const found = leads.flatMap((lead) => {
    const saying = new Set(havingKey(answered, lead.answered))
    return havingKey(asked, lead.asked).filter((i) => saying.has(i))
  })
  return [...new Set(found)].sort((a, b) => a - b)
}

/**
 * The records of a window that show what leads are worth: those that have either key, for whoever has one without the
 * other speaks against it. Leads take turns: the first record of each, then the second of each, so that nobody who has
 * many records of one lead keeps out another.
 */
export function tellingOf({ asked, answered }: RecordKeys, leads: readonly Lead[]): number[] {
  const [asking, saying] = [bearersIn(asked), bearersIn(answered)]
  const of = leads.map((lead) =>
    [...new Set([...(asking.get(lead.asked) ?? []), ...(saying.get(lead.answered) ?? [])])].sort((a, b) => a - b),
  )
  const found = new Set<number>()
  const turns = of.reduce((most, { length }) => Math.max(most, length), 0)
  for (let turn = 0; turn < turns; turn++) for (const own of of) if (own[turn] !== undefined) found.add(own[turn]!)
  return [...found]
}

function havingKey({ starts, keys }: Keys, wanted: number): number[] {
  const found: number[] = []
  for (let i = 0; i + 1 < starts.length; i++)
    if (keys.subarray(starts[i], starts[i + 1]).includes(wanted)) found.push(i)
  return found
}

function bearersIn({ starts, keys }: Keys): Map<number, number[]> {
  const bearers = new Map<number, number[]>()
  for (let i = 0; i + 1 < starts.length; i++)
    for (const key of keys.subarray(starts[i], starts[i + 1])) {
      const own = bearers.get(key)
      if (own === undefined) bearers.set(key, [i])
      else own.push(i)
    }
  return bearers
}
