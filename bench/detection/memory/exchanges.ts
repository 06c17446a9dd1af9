import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import type { Exchange, PlantedExchanges } from '#attacks/exchanges/plant.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import { contractSchema } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { sha256Hex } from '#core/hash.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { seededRandom } from '#core/random.ts'
import { decodeSidecar, type Sidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { knownFrom } from '#services/scan/memory/known.ts'
import { marksIn, type PooledRecord } from '#services/scan/memory/learn.ts'
import { learnVerdict } from '#services/scan/memory/learn-verdict.ts'
import {
  encodeMemory,
  foldMemory,
  foundIn,
  lastTeacherOf,
  type Lesson,
  type Memory,
} from '#services/scan/memory/memory.ts'
import type { PoolRow } from '#services/scan/memory/places/named.ts'
import { judgePool } from '#services/scan/memory/pool/judge-pool.ts'
import { drawn, firstLines, isDue, linesBehind } from '#services/scan/memory/pool/pool.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scoreWindow, type ScoreTask } from '#services/scan/score-window.ts'
import { processorSeconds } from '../../profile.ts'
import { drawExchanges } from '../generation/substrates.ts'

const USAGE = `bench/detection/memory/exchanges.ts: a few poisoned exchanges in each of many windows, scored as the pipeline does
  --pairs    what is planted in: mails, code, pages, python, letters, questions, or a file of JSON lines with prompt and response (default letters)
  --attack   clean (the default), an attack on exchanges, or an innocent change; several with commas
  --each     planted a window, on average (default 2)
  --windows  (default 12)
  --n        records a window (default 1000)
  --seeds    (default 0; figures are reported from seed 100 on)
  --without  no memory is kept: what the windows hold by themselves
  --why      names the campaigns`

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: 'letters' },
    attack: { type: 'string', default: 'clean' },
    each: { type: 'string', default: '2' },
    windows: { type: 'string', default: '12' },
    n: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '0' },
    without: { type: 'boolean', default: false },
    why: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
/** A memory is made after so many windows. */
const EVERY = 4
const [n, windows, each] = [Number(values.n), Number(values.windows), Number(values.each)]
const contract = contractSchema.parse({
  version: 1,
  schema: {},
  features: {
    kind: 'exchange',
    form: 'instruction',
    fields: { context: 'context', prompt: 'prompt', response: 'response' },
  },
})
const policy = policySchema.parse({})
const engine = await createEngine()

if (values.help) console.log(USAGE)
else {
  console.log(
    '| pairs | attack | seed | records, windows | planted | held | found later | first found at | innocents held; found | processor s: scans, looks |',
  )
  console.log(`|${' --- |'.repeat(10)}`)
  for (const attack of values.attack.split(','))
    for (const seed of values.seeds.split(',').map(Number)) await row(attack, seed)
}

interface Seen {
  readonly sidecar: Sidecar
  readonly pool: Uint8Array
  readonly poisoned: Uint8Array
}

async function row(attack: string, seed: number): Promise<void> {
  const { exchanges, poisoned } = planted(attack, seed)
  const seen: Seen[] = []
  const memories = new Map<number, Memory>()
  const spent = { scans: 0, looks: 0 }
  let memory: Memory | null = null
  let first = 0
  for (let w = 0; w < windows; w++) {
    const range = [w * n, (w + 1) * n] as const
    const known = memories.get(lastTeacherOf(w + 1, EVERY))
    let before = processorSeconds()
    const one = await scored(exchanges.slice(...range), seed, w, known)
    spent.scans += processorSeconds() - before
    seen.push({ ...one, poisoned: poisoned.subarray(...range) })
    memory = foldMemory('bench', memory, [lessonOf(one, w)])
    if (values.without || !isDue(memory)) continue
    before = processorSeconds()
    memory = await looked(memory, seen, seed)
    spent.looks += processorSeconds() - before
    memories.set(w + 1, memory)
    const isRight = foundIn(memory).some(({ window, index }) => seen[window - 1]!.poisoned[index] === 1)
    if (first === 0 && isRight) first = w + 1
  }
  const found = new Set(memory === null ? [] : foundIn(memory).map(({ window, index }) => `${window}/${index}`))
  const count = (bit: number, isCounted: (w: number, i: number, held: boolean) => boolean) =>
    seen.reduce((sum, { sidecar, poisoned: own }, w) => {
      const all = sidecar.records.filter(({ index }) => own[index] === bit)
      return sum + all.filter(({ index, decision }) => isCounted(w, index, decision !== 'admit')).length
    }, 0)
  const held = (bit: number) => count(bit, (_w, _i, is) => is)
  const later = (bit: number) => count(bit, (w, i, is) => !is && found.has(`${w + 1}/${i}`))
  const cells = [
    values.pairs.split('/').at(-1)!,
    attack,
    seed,
    `${n}, ${windows}`,
    count(1, () => true),
    held(1),
    later(1),
    first === 0 ? '' : first,
    `${held(0)}; ${later(0)} of ${count(0, () => true)}`,
    `${spent.scans.toFixed(1)}, ${spent.looks.toFixed(1)}`,
  ]
  console.log(`| ${cells.join(' | ')} |`)
  if (!values.why) return
  for (const { since, last, summary, evidence, logOdds } of memory?.campaigns ?? [])
    console.log(
      `  ${since}–${last}: ${summary}; evidence ${evidence.toFixed(1)}, mark ${logOdds?.toFixed(2) ?? 'none'}`,
    )
  if (memory !== null) console.log(`  a memory of ${encodeMemory(memory).length} bytes`)
}

/** All windows' exchanges; what is planted falls where it falls. */
function planted(attack: string, seed: number): PlantedExchanges {
  const exchanges = values.pairs.includes('.jsonl')
    ? fromFile(values.pairs, seed)
    : drawExchanges(values.pairs, n * windows, seed)
  if (exchanges.length < n * windows) throw new RangeError(`${values.pairs} has ${exchanges.length} pairs alone`)
  const act = [...exchangeAttacks, ...exchangeShifts].find(({ name }) => name === attack)
  if (act !== undefined) return act.apply(exchanges, { rate: each / n, seed })
  if (attack !== 'clean') throw new RangeError(`no attack \`${attack}\``)
  const none = new Uint8Array(exchanges.length)
  return { exchanges, poisoned: none, neutral: none }
}

function fromFile(file: string, seed: number): Exchange[] {
  const all = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ context: '', ...(JSON.parse(line) as Omit<Exchange, 'context'>) }))
  return Array.from(
    seededRandom(seed, 'pairs of a file')
      .permutation(all.length)
      .subarray(0, n * windows),
    (i) => all[i]!,
  )
}

function taskOf(seed: number): Pick<ScoreTask, 'contract' | 'policy' | 'seed'> {
  return { contract, policy, seed }
}

async function scored(exchanges: readonly Exchange[], seed: number, w: number, known: Memory | undefined) {
  const records = exchanges.map(({ context, prompt, response }, i) => ({
    id: `${w}-${i}`,
    fields: { context, prompt, response },
    provenance: { source: 'bench', partition: '0', position: `${w}-${i}` },
  }))
  const memory =
    known && knownFrom({ memory: known, ref: { through: known.through, sha256: sha256Hex(encodeMemory(known)) } })
  const task = { ...taskOf(seed), window: `w${w}`, plaintext: encodeRecords(records), pooled: !values.without }
  const { sidecar, pool } = await scoreWindow({ ...task, ...(memory !== undefined && { memory }) }, engine)
  return { sidecar: decodeSidecar(sidecar), pool: pool ?? new Uint8Array(0) }
}

function lessonOf({ sidecar }: Pick<Seen, 'sidecar'>, w: number): Lesson {
  const { pool, records, taught = null } = sidecar
  const lesson = { ordinal: w + 1, contract: 'bench', taught }
  if (pool === undefined) return lesson
  const held = pool.members.filter((index) => records[index]?.decision !== 'admit')
  return { ...lesson, pool: { window: `w${w}`, ordinal: w + 1, records: records.length, ...pool, held } }
}

async function looked(memory: Memory, seen: readonly Seen[], seed: number): Promise<Memory> {
  const { pools = [] } = memory
  const counts = drawn(pools)
  const given = pools.map(({ ordinal }) => seen[ordinal - 1]!.pool)
  const rows = pools.flatMap(({ ordinal, members, held }, part) =>
    members.slice(0, counts[part]).map((index) => ({ part, index, window: ordinal, admitted: !held.includes(index) })),
  )
  const gathered = {
    last: { ordinal: memory.through } as WindowRow,
    lines: Buffer.concat(given.map((bytes, part) => firstLines(bytes, counts[part]!))),
    marks: marksIn(memory),
    behind: given.map((bytes, part) => linesBehind(bytes, pools[part]!.members.length)),
    from: rows.map(({ part, index }): PoolRow => ({ part, index })),
  }
  const verdict = await judgePool(gathered, {
    score: (task) => scoreWindow(task, engine),
    settings: () => Promise.resolve({ ...taskOf(seed), effort: 'full', every: EVERY }),
  })
  const pooled = rows.map(({ window, index, admitted }): PooledRecord => ({ window, index, admitted }))
  return verdict === null ? memory : learnVerdict(memory, pools, pooled, verdict)
}
