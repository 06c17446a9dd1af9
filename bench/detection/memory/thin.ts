import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { byContributors, withContributors } from '#attacks/contributors.ts'
import { shiftsOn } from '#attacks/benign.ts'
import type { LabelledWindow } from '#attacks/types.ts'
import { policySchema } from '#core/decision.ts'
import type { Issue } from '#core/score.ts'
import { broughtIn, namedIn } from '#services/scan/memory/accounts.ts'
import { learn, marksIn, signaturesIn, type PooledRecord } from '#services/scan/memory/learn.ts'
import { bearersOf, distinctMarks, markName } from '#services/scan/memory/marks.ts'
import { foldMemory, foundIn, lastTeacherOf, remembered, type Memory } from '#services/scan/memory/memory.ts'
import { decodeColumns, encodeColumns } from '#services/scan/memory/spikes/columns.ts'
import { GIVEN_BYTES } from '#services/scan/memory/pool/given.ts'
import { huntedIn } from '#services/scan/memory/hunt/hunt.ts'
import { learnHunted } from '#services/scan/memory/hunt/learn-hunted.ts'
import { decodeWords, encodeWords } from '#services/scan/memory/hunt/words.ts'
import { learnInserted } from '#services/scan/memory/places/learn-inserted.ts'
import { insertedWords, markOf } from '#services/scan/memory/places/named.ts'
import { decodePlaces, encodePlaces } from '#services/scan/memory/places/places.ts'
import { floodsIn } from '#services/scan/memory/repeats/floods.ts'
import { floodsKnown, learnFloods } from '#services/scan/memory/repeats/learn-floods.ts'
import { learnSpikes } from '#services/scan/memory/spikes/learn-spikes.ts'
import { decodePrints, encodePrints } from '#services/scan/memory/repeats/prints.ts'
import { choosePool, drawn, isDue, shareOf } from '#services/scan/memory/pool/pool.ts'
import { teachersIn } from '#services/scan/memory/reference/teachers.ts'
import { spikesIn } from '#services/scan/memory/spikes/spikes.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { isBenign, scanInputOf, windowOf } from '../cases.ts'
import { joined } from './pooled.ts'
import { taughtBy } from './taught-by.ts'
import { DRIFTS, windowInRow } from './rows.ts'

const USAGE = `bench/detection/memory/thin.ts: a few poisoned records in each of many windows, and what the pool makes of them, as the pipeline does
  --dataset  (default mnist)
  --attack   clean, benign:<shift>, or an attack (default badnets)
  --each     poisoned records a window (default 2)
  --windows  (default 12)
  --by       accounts that bring the poison in, beside forty honest ones (default 0: nobody is named)
  --drift    shares, brightness or topic: from the middle window on the records are others, harmlessly (default none)
  --purity   the share of their records that is poison (default 0.05)
  --n        records a window (default 4000)
  --why      under each window, what was said of the innocents that it held
  --seed     (default 0; figures are reported from seed 100 on)`

const { values } = parseArgs({
  options: {
    dataset: { type: 'string', default: 'mnist' },
    attack: { type: 'string', default: 'badnets' },
    each: { type: 'string', default: '2' },
    by: { type: 'string', default: '0' },
    drift: { type: 'string' },
    purity: { type: 'string', default: '0.05' },
    windows: { type: 'string', default: '12' },
    n: { type: 'string', default: '4000' },
    why: { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
const EVERY = 4
/** The bytes that a record's line has beside its text. */
const ABOUT = 150
const policy = policySchema.parse({})

if (values.help) console.log(USAGE)
else await drip()

interface Seen {
  readonly window: LabelledWindow
  readonly poisoned: Uint8Array
  readonly held: readonly boolean[]
  readonly columns: Uint8Array
  readonly prints: Uint8Array
  readonly words: Uint8Array
  readonly places: Uint8Array
}

/** Windows in a row; a memory after every fourth, each window judged with the last but one before it. */
async function drip(): Promise<void> {
  const engine = await createEngine()
  const [seed, n] = [Number(values.seed), Number(values.n)]
  const seen: Seen[] = []
  const memories = new Map<number, Memory>()
  const names = new Map<string, string>()
  let memory: Memory | null = null
  console.log(
    '| window | planted | held | innocents held | found so far: poison, innocents | campaigns | pool (of it poison) | ms |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (let w = 0; w < Number(values.windows); w++) {
    const { poisoned, ...window } = planted(seed, w)
    const known = memories.get(lastTeacherOf(w + 1, EVERY))
    const named = namedIn(known?.accounts ?? [])
    const taught =
      known === undefined
        ? {}
        : { history: known.history, signatures: signaturesIn(known), floods: floodsKnown(known), named }
    let started = performance.now()
    const input = scanInputOf(window, seed)
    const reference = known === undefined ? {} : taughtBy(known, (ordinal) => seen[ordinal - 1]!.window, seed)
    const { risk, issues, bulk, order } = await scanWindow({ ...input, ...reference }, { engine, ...taught })
    let ms = performance.now() - started
    const decisions = decide(risk, policy)
    const held = decisions.map((decision) => decision !== 'admit')
    const kept = held.flatMap((is, i) => (is ? [i] : []))
    const words = encodeWords(input, kept, { most: GIVEN_BYTES, window: `w${seen.length}` })
    seen.push({
      window,
      poisoned,
      held,
      columns: encodeColumns(input, kept, { most: GIVEN_BYTES, window: `w${seen.length}` }).line,
      prints: encodePrints(input, kept).line,
      words: words.line,
      places: encodePlaces(input, kept, { most: roomFor(input, words.line.length), window: `w${seen.length}` }).line,
    })
    const id = `w${w + 1}`
    const members = choosePool(risk, { seed, window: id, order }, input.contributors)
    const brought = broughtIn(risk, input.contributors) ?? undefined
    const scored = Array.from(risk, (one, i) => ({ risk: one, decision: decisions[i]! }))
    const teaches = teachersIn(members, { window: id, seed, records: scored })
    const pool = {
      window: id,
      ordinal: w + 1,
      records: n,
      sha256: '',
      members,
      held: members.filter((i) => held[i]),
      teaches,
    }
    memory = foldMemory('bench', memory, [{ ordinal: w + 1, contract: 'bench', taught: bulk, pool, brought }])
    for (const { name, says, evidence } of namedIn(memory.accounts ?? [])) {
      if (names.has(name)) continue
      names.set(name, `named by window ${w + 1}: ${says}; evidence ${evidence.toFixed(1)}`)
    }
    let pooled = ''
    if (isDue(memory)) {
      started = performance.now()
      memory = await learnt(memory, seen, seed, engine)
      pooled = poolSize(memory, seen)
      ms += performance.now() - started
      memories.set(w + 1, memory)
    }
    row(w, poisoned, held, memory, seen, pooled, ms)
    if (values.why) said(issues, held, poisoned)
  }
  summary(memory, seen)
  for (const line of names.values()) console.log(line)
}

async function learnt(
  memory: Memory,
  seen: readonly Seen[],
  seed: number,
  engine: Awaited<ReturnType<typeof createEngine>>,
) {
  const { pools = [] } = memory
  const counts = drawn(pools)
  const parts = pools.map(({ ordinal, members }, at) => ({
    window: seen[ordinal - 1]!.window,
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
  const columns = pools.map(({ ordinal }) => decodeColumns(seen[ordinal - 1]!.columns))
  const words = pools.map(({ ordinal }) => decodeWords(seen[ordinal - 1]!.words))
  const floods = floodsIn(pools.map(({ ordinal }) => decodePrints(seen[ordinal - 1]!.prints)))
  const shown = learn(remembered(memory, memory as Required<Memory>), records, { risk, campaigns, bearers })
  const known = distinctMarks([...marksIn(memory), ...shared])
  const places = pools.map(({ ordinal }) => decodePlaces(seen[ordinal - 1]!.places))
  const inserted = insertedWords(places, known, input)
  const placed = new Set(inserted.map((one) => markName(markOf(one))))
  const wanted = known.filter((mark) => !placed.has(markName(mark)))
  const hunted = huntedIn({ columns, words }, wanted, seed)
  const spiked = learnSpikes(shown, pools, spikesIn(columns, known))
  return learnFloods(learnHunted(learnInserted(spiked, pools, inserted), pools, hunted), pools, floods)
}

/** What texts, of which a window gives 200 to 800, and their words leave of its part, as in the pipeline about. */
function roomFor({ n, samples }: ScanInput, words: number): number {
  const { texts = [] } = samples.kind === 'text' ? samples : {}
  const mean = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / n
  return Math.max(GIVEN_BYTES / 8, GIVEN_BYTES - words - 2 * shareOf(n) * (mean + ABOUT))
}

function poolSize({ pools = [] }: Memory, seen: readonly Seen[]): string {
  const counts = drawn(pools)
  const there = pools.flatMap(({ ordinal, members }, at) =>
    members.slice(0, counts[at]).map((i) => seen[ordinal - 1]!.poisoned[i]!),
  )
  return `${there.length} (${there.reduce((a, b) => a + b, 0)})`
}

function planted(seed: number, w: number) {
  const n = Number(values.n)
  const accounts = Number(values.by)
  const kindOf = DRIFTS.find((one) => one === values.drift)
  const drift = kindOf && { kind: kindOf, from: Number(values.windows) / 2 }
  const plain = windowInRow({ dataset: values.dataset, n, seed, drift }, w)
  const window = accounts === 0 ? plain : withContributors(plain, 1000 * seed + w)
  const { kind } = window.samples
  if (!isBenign(values.attack)) {
    const rate = Number(values.each) / n
    const first = windowOf(values.dataset, n, seed).samples
    const attack = attackNamed(kind, values.attack)
    const brought = accounts === 0 ? attack : byContributors(attack, accounts, Number(values.purity))
    return brought.apply(window, { rate, seed, window: w, first })
  }
  const shift = shiftsOn(kind).find(({ name }) => `benign:${name}` === values.attack)
  return { ...(shift?.apply(window, seed) ?? window), poisoned: new Uint8Array(n) }
}

function row(
  w: number,
  poisoned: Uint8Array,
  held: readonly boolean[],
  memory: Memory,
  seen: readonly Seen[],
  pooled: string,
  ms: number,
): void {
  const count = (wanted: number) => held.filter((is, i) => is && poisoned[i] === wanted).length
  const found = foundIn(memory)
  const right = found.filter(({ window, index }) => seen[window - 1]!.poisoned[index] === 1).length
  const cells = [
    w + 1,
    poisoned.reduce((a, b) => a + b, 0),
    count(1),
    count(0),
    `${right}, ${found.length - right}`,
    memory.campaigns?.length ?? 0,
    pooled,
    ms.toFixed(0),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

/** What the strongest family said of the innocents that were held, and of how many. */
function said(issues: readonly (readonly Issue[])[], held: readonly boolean[], poisoned: Uint8Array): void {
  const counts = new Map<string, number>()
  held.forEach((is, i) => {
    const [first] = issues[i]!
    if (!is || poisoned[i] === 1 || first === undefined) return
    const line = `${first.family} (${(first.by ?? []).join(', ')}): ${first.why}`
    counts.set(line, (counts.get(line) ?? 0) + 1)
  })
  for (const [line, count] of counts) console.log(`  ${count} × ${line}`)
}

function summary(memory: Memory | null, seen: readonly Seen[]): void {
  const found = new Set(memory === null ? [] : foundIn(memory).map(({ window, index }) => `${window}/${index}`))
  const sum = { planted: 0, held: 0, found: 0, innocents: 0, innocentsHeld: 0, innocentsFound: 0 }
  for (const [w, { poisoned, held }] of seen.entries()) {
    poisoned.forEach((bit, i) => {
      const isFound = held[i] !== true && found.has(`${w + 1}/${i}`)
      if (bit === 1) {
        sum.planted++
        sum.held += Number(held[i])
        sum.found += Number(isFound)
      } else {
        sum.innocents++
        sum.innocentsHeld += Number(held[i])
        sum.innocentsFound += Number(isFound)
      }
    })
  }
  console.log(
    `\n${sum.planted} planted: ${sum.held} held, ${sum.found} found; ${sum.innocents} innocents: ${sum.innocentsHeld} held, ${sum.innocentsFound} found.`,
  )
  for (const { id, summary: says, evidence, logOdds, since, last } of memory?.campaigns ?? [])
    console.log(
      `${id} (${since}–${last}): ${says}; evidence ${evidence.toFixed(1)}, mark ${logOdds?.toFixed(2) ?? 'none'}`,
    )
}
