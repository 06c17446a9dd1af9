import type { LabelledWindow } from '#attacks/types.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { policySchema } from '#core/decision.ts'
import { broughtIn, namedIn } from '#services/scan/memory/accounts.ts'
import { marksIn, signaturesIn, type PooledRecord } from '#services/scan/memory/learn.ts'
import { learnVerdict } from '#services/scan/memory/learn-verdict.ts'
import { bearersOf, distinctMarks, markName } from '#services/scan/memory/marks.ts'
import { foldMemory, type Lesson, type Memory } from '#services/scan/memory/memory.ts'
import { decodeColumns, encodeColumns } from '#services/scan/memory/spikes/columns.ts'
import { GIVEN_BYTES } from '#services/scan/memory/pool/given.ts'
import { huntedIn } from '#services/scan/memory/hunt/hunt.ts'
import { decodeWords, encodeWords } from '#services/scan/memory/hunt/words.ts'
import { insertedWords, markOf } from '#services/scan/memory/places/named.ts'
import { decodePlaces, encodePlaces } from '#services/scan/memory/places/places.ts'
import { kindsOfRecords } from '#services/scan/memory/places/same-text.ts'
import { floodsIn } from '#services/scan/memory/repeats/floods.ts'
import { kindsIn } from '#services/scan/memory/repeats/kinds.ts'
import { floodsKnown } from '#services/scan/memory/repeats/learn-floods.ts'
import { decodePrints, encodePrints } from '#services/scan/memory/repeats/prints.ts'
import { choosePool, drawn, shareOf } from '#services/scan/memory/pool/pool.ts'
import { teachersIn } from '#services/scan/memory/reference/teachers.ts'
import { naturalMarks } from '#services/scan/memory/spikes/natural.ts'
import { spikesIn } from '#services/scan/memory/spikes/spikes.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import type { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { scanInputOf } from '../cases.ts'
import { joined } from './pooled.ts'
import { taughtBy } from './taught-by.ts'

/** A memory is made after every so many windows. */
export const EVERY = 4
/** The bytes that a record's line has beside its text. */
const ABOUT = 150
const policy = policySchema.parse({})

type Engine = Awaited<ReturnType<typeof createEngine>>

/** A window that was judged, and the lines that it gives of all its records. */
export interface Seen {
  readonly window: LabelledWindow
  readonly held: readonly boolean[]
  readonly columns: Uint8Array
  readonly prints: Uint8Array
  readonly words: Uint8Array
  readonly places: Uint8Array
}

/** A window by its ordinal, which begins with 1. */
export type SeenAt = (ordinal: number) => Seen

/**
 * The lines that a window gives, as in the pipeline: of the input that was scanned, whose words are split once. `name`
 * draws the words for which there is no room.
 */
export function givenBy(window: LabelledWindow, input: ScanInput, held: readonly boolean[], name: string): Seen {
  const kept = held.flatMap((is, i) => (is ? [i] : []))
  const words = encodeWords(input, kept, { most: GIVEN_BYTES, window: name })
  return {
    window,
    held,
    columns: encodeColumns(input, kept, { most: GIVEN_BYTES, window: name }).line,
    prints: encodePrints(input, kept).line,
    words: words.line,
    places: encodePlaces(input, kept, { most: roomFor(input, words.line.length), window: name }).line,
  }
}

/** A window judged by the scan with what a memory knows, and the lesson that it teaches the next one. */
export async function judged(
  window: LabelledWindow,
  known: Memory | undefined,
  at: { readonly ordinal: number; readonly seed: number; readonly engine: Engine; readonly seenAt: SeenAt },
) {
  const { ordinal, seed, engine, seenAt } = at
  const input = scanInputOf(window, seed)
  const taught = known && {
    history: known.history,
    signatures: signaturesIn(known),
    floods: floodsKnown(known),
    named: namedIn(known.accounts ?? []),
  }
  const reference = known === undefined ? {} : taughtBy(known, (one) => seenAt(one).window, seed)
  const { risk, issues, bulk, order } = await scanWindow({ ...input, ...reference }, { engine, ...taught })
  const decisions = decide(risk, policy)
  const held = decisions.map((decision) => decision !== 'admit')
  const id = `w${ordinal}`
  const members = choosePool(risk, { seed, window: id, order }, input.contributors)
  const scored = Array.from(risk, (one, i) => ({ risk: one, decision: decisions[i]! }))
  const teaches = teachersIn(members, { window: id, seed, records: scored })
  const pool = {
    window: id,
    ordinal,
    records: input.n,
    sha256: '',
    members,
    held: members.filter((i) => held[i]),
    teaches,
  }
  const brought = broughtIn(risk, input.contributors) ?? undefined
  const lesson: Lesson = { ordinal, contract: 'bench', taught: bulk, pool, brought }
  return { input, held, issues, lesson }
}

/** The memory after one more window. */
export function taughtOne(memory: Memory | null, lesson: Lesson): Memory {
  return foldMemory('bench', memory, [lesson])
}

/** The memory with what its pool shows, as in the pipeline. */
export async function learnt(memory: Memory, seenAt: SeenAt, seed: number, engine: Engine) {
  const { pools = [] } = memory
  const counts = drawn(pools)
  const parts = pools.map(({ ordinal, members }, at) => ({
    window: seenAt(ordinal).window,
    members: members.slice(0, counts[at]),
  }))
  const records = pools.flatMap(({ ordinal, held }, at): PooledRecord[] => {
    const kept = new Set(held)
    return parts[at]!.members.map((index) => ({ window: ordinal, index, admitted: !kept.has(index) }))
  })
  const input = scanInputOf(joined(parts), seed)
  const { risk, campaigns } = await scanWindow(input, { engine, isSelection: true })
  const shared = campaigns.map(({ trigger, label }) => (trigger === undefined ? null : { trigger, label }))
  const bearers = [...marksIn(memory), ...shared].map((mark) => (mark === null ? null : bearersOf(input, mark)))
  const columns = pools.map(({ ordinal }) => decodeColumns(seenAt(ordinal).columns))
  const prints = pools.map(({ ordinal }) => decodePrints(seenAt(ordinal).prints))
  const kinds = kindsIn(prints.map((window) => window?.prints ?? null))
  const floods = floodsIn(prints, kinds)
  const known = distinctMarks([...marksIn(memory), ...shared])
  const words = known.length === 0 ? [] : pools.map(({ ordinal }) => decodeWords(seenAt(ordinal).words))
  const places = pools.map(({ ordinal }) => decodePlaces(seenAt(ordinal).places))
  const from = parts.flatMap(({ members }, part) => members.map((index) => ({ part, index })))
  const inserted = insertedWords(places, kindsOfRecords(prints, kinds), known, input, from)
  const placed = new Set(inserted.map((one) => markName(markOf(one))))
  const wanted = known.filter((mark) => !placed.has(markName(mark)))
  const hunted = huntedIn({ columns, words }, wanted, seed)
  const natural = naturalMarks([...marksIn(memory), ...campaigns], columns, hunted, marksIn(memory).length)
  const shown = { spikes: spikesIn(columns, known), floods, hunted, inserted, natural }
  return learnVerdict(memory, pools, records, { risk, campaigns, bearers, ...shown })
}

/** What texts, of which a window gives 200 to 800, and their words leave of its part, as in the pipeline about. */
function roomFor({ n, samples }: ScanInput, words: number): number {
  const { texts = [] } = samples.kind === 'text' ? samples : {}
  const mean = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / n
  return Math.max(GIVEN_BYTES / 8, GIVEN_BYTES - words - 2 * shareOf(n) * (mean + ABOUT))
}
