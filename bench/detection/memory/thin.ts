import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { byContributors, withContributors } from '#attacks/contributors.ts'
import { shiftsOn } from '#attacks/benign.ts'
import type { Issue } from '#core/score.ts'
import { namedIn } from '#services/scan/memory/accounts.ts'
import { foundIn, lastTeacherOf, type Memory } from '#services/scan/memory/memory.ts'
import { drawn, isDue } from '#services/scan/memory/pool/pool.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { isBenign, windowOf } from '../cases.ts'
import { EVERY, givenBy, judged, learnt, taughtOne, type Seen } from './judged.ts'
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
  --without  no memory is kept: what the windows hold by themselves
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
    without: { type: 'boolean', default: false },
    why: { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(USAGE)
else await drip()

interface Planted extends Seen {
  readonly poisoned: Uint8Array
}

/** Windows in a row; a memory after every fourth, each window judged with the last but one before it. */
async function drip(): Promise<void> {
  const engine = await createEngine()
  const seed = Number(values.seed)
  const seen: Planted[] = []
  const seenAt = (ordinal: number) => seen[ordinal - 1]!
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
    let started = performance.now()
    const { input, held, issues, lesson } = await judged(window, known, { ordinal: w + 1, seed, engine, seenAt })
    let ms = performance.now() - started
    seen.push({ ...givenBy(window, input, held, `w${w}`), poisoned })
    memory = taughtOne(memory, lesson)
    for (const { name, says, evidence } of namedIn(memory.accounts ?? [])) {
      if (names.has(name)) continue
      names.set(name, `named by window ${w + 1}: ${says}; evidence ${evidence.toFixed(1)}`)
    }
    let pooled = ''
    if (isDue(memory) && !values.without) {
      started = performance.now()
      memory = await learnt(memory, seenAt, seed, engine)
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

function poolSize({ pools = [] }: Memory, seen: readonly Planted[]): string {
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
  seen: readonly Planted[],
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

function summary(memory: Memory | null, seen: readonly Planted[]): void {
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
