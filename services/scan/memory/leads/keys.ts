import { z } from 'zod'
import { GramKeys, mixed } from '../../detectors/exchange/grams/gram-keys.ts'
import type { NumberedTexts } from '../../detectors/exchange/grams/numbered-words.ts'
import { lastPartsOf } from '../../detectors/exchange/reading/parts.ts'
import type { Samples, ScanInput } from '../../view/samples.ts'
import {
  packBits,
  packCodes,
  packLine,
  packedLength,
  unpackBits,
  unpackCodes,
  unpackLine,
  type Encoded,
} from '../pool/lines.ts'
import { hashOf } from '../repeats/likeness.ts'

/** The keys of some texts, one text after another: text i has `keys[starts[i] … starts[i + 1])`, each once, ascending. */
export interface Keys {
  readonly starts: Int32Array
  readonly keys: Int32Array
}

/**
 * Numbers of what is rare in the prompts and in the answers of a window: words, runs of words and properties. They show
 * what comes together over windows, without opening a record.
 */
export interface RecordKeys {
  readonly asked: Keys
  readonly answered: Keys
}

/** A window's keys as it gives them. */
export interface WindowKeys extends RecordKeys {
  /** Indices of the records that the window's own scan did not admit. */
  readonly held: readonly number[]
}

/**
 * What a larger share of a window's prompts, or answers, have is not rare: where it comes with something, the window's
 * own scan shows it.
 */
const RARE = 0.005
/** In a small window what so many records have is rare. */
const FEW = 10
/** Lengths of the runs: single words, and runs of which some are kept. */
const SIZES = [1, 3]
/**
 * Of so many runs in a row one is kept at least (winnowing; Schleimer, Wilkerson & Aiken 2003), so that two texts with
 * the same sentence have a key in common.
 */
const IN_A_ROW = 8
/** The bytes of a key, and of a text's count of keys. By chance, two keys in sixteen million are the same. */
const [WIDTH, COUNT] = [3, 2]
export const KEYS = 2 ** (8 * WIDTH) - 1
const MOST_OF_ONE = 2 ** (8 * COUNT) - 2
/** The most bytes of a line's head, and of its end. */
const HEAD = 32
/** A smaller share of the keys shows nothing. */
const LEAST = 0.01
/** By how much less is kept where a line became too long. */
const SMALLER = 0.97
const NOTHING: Encoded = { line: new Uint8Array(0), leftOut: 0 }

/** A window's keys are asked for by what it gives, and by whoever looks for records that follow a lead. */
const known = new WeakMap<Samples, { readonly seed: number; readonly keys: RecordKeys }>()

/**
 * The keys of a window's exchanges, by record; null where its samples are others. The seed is the installation's, so
 * that nobody else can make texts with the same keys.
 */
export function keysOf({ samples, seed }: Pick<ScanInput, 'samples' | 'seed'>): RecordKeys | null {
  if (samples.kind !== 'exchange') return null
  const before = known.get(samples)
  if (before?.seed === seed) return before.keys
  const { askedWords, saidWords, ofPrompts, ofAnswers } = lastPartsOf(samples)
  const [salt] = hashOf('leads', seed)
  const keys = { asked: keysIn(askedWords, ofPrompts, salt), answered: keysIn(saidWords, ofAnswers, salt) }
  known.set(samples, { seed, keys })
  return keys
}

function keysIn(texts: NumberedTexts, properties: readonly (readonly string[])[], salt: number): Keys {
  const n = texts.starts.length - 1
  const grams = new GramKeys(texts, properties, SIZES)
  const starts = new Int32Array(n + 1)
  let keys = new Int32Array(1 << 16)
  let used = 0
  for (let i = 0; i < n; i++) {
    const kept = winnowed(grams, i, properties[i]!.length, salt)
    if (used + kept.length > keys.length) keys = grown(keys, used + kept.length)
    keys.set(kept, used)
    used += kept.length
    starts[i + 1] = used
  }
  return { starts, keys: keys.subarray(0, used) }
}

/** The keys that at most so many texts have. */
function rareOf(side: Keys, most: number): Keys {
  const bearers = new Map<number, number>()
  for (const key of side.keys) bearers.set(key, (bearers.get(key) ?? 0) + 1)
  return chosen(side, (key) => bearers.get(key)! <= most)
}

/** The keys of text i, ascending: of all its words and properties, and of those runs that winnowing keeps. */
function winnowed(grams: GramKeys, i: number, properties: number, salt: number): Int32Array {
  const found = grams.read(i)
  const words = grams.wordsIn(i)
  const numberAt = (at: number) => (mixed(grams.of[at]! ^ salt) >>> 0) % KEYS
  const kept = new Set<number>()
  for (let at = 0; at < words; at++) kept.add(numberAt(at))
  const [from, to] = [words, found - properties]
  let last = -1
  for (let first = from; first < to && (first === from || first + IN_A_ROW <= to); first++) {
    // the least of the row before stays the least until it is passed, or a less one comes
    const end = Math.min(to, first + IN_A_ROW)
    if (last >= first && numberAt(end - 1) >= numberAt(last)) continue
    let least = last >= first ? end - 1 : first
    if (last < first) for (let at = first + 1; at < end; at++) if (numberAt(at) < numberAt(least)) least = at
    last = least
    kept.add(numberAt(least))
  }
  for (let at = to; at < found; at++) kept.add(numberAt(at))
  return Int32Array.from(kept).sort().subarray(0, MOST_OF_ONE)
}

function grown(all: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * all.length, least))
  larger.set(all)
  return larger
}

function chosen({ starts, keys }: Keys, isChosen: (key: number) => boolean): Keys {
  const ends = new Int32Array(starts.length)
  const kept = new Int32Array(keys.length)
  let used = 0
  for (let i = 1; i < starts.length; i++) {
    for (let at = starts[i - 1]!; at < starts[i]!; at++) if (isChosen(keys[at]!)) kept[used++] = keys[at]!
    ends[i] = used
  }
  return { starts: ends, keys: kept.subarray(0, used) }
}

/**
 * One line of at most `most` bytes, unencrypted; empty where the window has no exchanges. What does not fit is left
 * out, the same in each window: what comes together is seen only where it is kept in several.
 */
export function encodeKeys(input: ScanInput, held: readonly number[], { most }: { readonly most: number }): Encoded {
  const all = keysOf(input)
  if (all === null) return NOTHING
  const rare = [all.asked, all.answered].map((side) => rareOf(side, Math.max(FEW, RARE * input.n)))
  const count = rare.reduce((sum, { keys }) => sum + keys.length, 0)
  const others = packBits(input.n, held)
  const room = most - HEAD - packedLength(others) - 2 * COUNT * input.n
  if (room <= 0) return { ...NOTHING, leftOut: count }
  for (let share = Math.min(1, room / (WIDTH * count || 1)); share > LEAST; share *= SMALLER) {
    const below = Math.ceil(share * 2 ** (8 * WIDTH))
    const kept = rare.map((side) => chosen(side, (key) => mixed(key) >>> 8 < below))
    const bytes = Buffer.concat([others, ...kept.map(packed)])
    if (packedLength(bytes) > most - HEAD) continue
    const left = kept.reduce((sum, { keys }) => sum - keys.length, count)
    return { line: packLine({ leads: input.n }, bytes), leftOut: left }
  }
  return { ...NOTHING, leftOut: count }
}

function packed({ starts, keys }: Keys): Uint8Array {
  const counts = starts.subarray(1).map((end, i) => end - starts[i]!)
  return Buffer.concat([packCodes(counts, COUNT), packCodes(keys, WIDTH)])
}

const aboutSchema = z.strictObject({ leads: z.int().positive() })

/** The inverse of `encodeKeys`; null for any other line. */
export function decodeKeys(line: Uint8Array): WindowKeys | null {
  const unpacked = unpackLine(line)
  const { data: about } = aboutSchema.safeParse(unpacked?.about)
  if (unpacked === null || about === undefined) return null
  const bytes = unpacked.bytes()
  const held = bytes.subarray(0, Math.ceil(about.leads / 8))
  const asked = sideIn(bytes, held.length, about.leads)
  const answered = asked && sideIn(bytes, asked.end, about.leads)
  if (asked === null || answered === null || answered.end !== bytes.length) return null
  return { held: unpackBits(held), asked: asked.side, answered: answered.side }
}

function sideIn(bytes: Uint8Array, from: number, n: number): { readonly side: Keys; readonly end: number } | null {
  const middle = from + COUNT * n
  if (middle > bytes.length) return null
  const starts = new Int32Array(n + 1)
  unpackCodes(bytes.subarray(from, middle), COUNT).forEach((count, i) => (starts[i + 1] = starts[i]! + count))
  const end = middle + WIDTH * starts[n]!
  if (end > bytes.length) return null
  return { side: { starts, keys: Int32Array.from(unpackCodes(bytes.subarray(middle, end), WIDTH)) }, end }
}
