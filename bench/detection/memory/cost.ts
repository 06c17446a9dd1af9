import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { foundIn, lastTeacherOf, type Memory } from '#services/scan/memory/memory.ts'
import { isDue } from '#services/scan/memory/pool/pool.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { processorSeconds } from '../../profile.ts'
import { CLEAN, scanInputOf, windowOf } from '../cases.ts'
import { EVERY, givenBy, judged, learnt, taughtOne, type Seen } from './judged.ts'
import { windowInRow } from './rows.ts'

const USAGE = `bench/detection/memory/cost.ts: processor seconds of windows in a row, each scanned without a memory and with one
  --datasets (default mnist,fashion,spam,birdstrikes)
  --attack   clean (the default), or an attack of --each records a window (default 2)
  --windows  (default 12)
  --n        records a window (default 4000)
  --seed     (default 0; figures are reported from seed 100 on)`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'mnist,fashion,spam,birdstrikes' },
    attack: { type: 'string', default: CLEAN },
    each: { type: 'string', default: '2' },
    windows: { type: 'string', default: '12' },
    n: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(USAGE)
else {
  console.log(
    '| data | windows | without a memory | with one | its scans | what they give | looks at the pool | each look | found |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const dataset of values.datasets.split(',')) await row(dataset)
}

async function row(dataset: string): Promise<void> {
  const engine = await createEngine()
  const [n, seed, windows] = [Number(values.n), Number(values.seed), Number(values.windows)]
  const spent = { without: 0, scans: 0, given: 0 }
  const looks: number[] = []
  const seen: Seen[] = []
  const seenAt = (ordinal: number) => seen[ordinal - 1]!
  const memories = new Map<number, Memory>()
  let memory: Memory | null = null
  for (let w = 0; w < windows; w++) {
    const window = windowAt(dataset, n, seed, w)
    const input = scanInputOf(window, seed)
    let before = processorSeconds()
    await scanWindow(input, { engine })
    spent.without += processorSeconds() - before
    before = processorSeconds()
    const known = memories.get(lastTeacherOf(w + 1, EVERY))
    const { input: scanned, held, lesson } = await judged(window, known, { ordinal: w + 1, seed, engine, seenAt })
    spent.scans += processorSeconds() - before
    before = processorSeconds()
    seen.push(givenBy(window, scanned, held, `w${w + 1}`))
    spent.given += processorSeconds() - before
    memory = taughtOne(memory, lesson)
    if (!isDue(memory)) continue
    before = processorSeconds()
    memory = await learnt(memory, seenAt, seed, engine)
    looks.push(processorSeconds() - before)
    memories.set(w + 1, memory)
  }
  const looked = looks.reduce((sum, one) => sum + one, 0)
  const shown = [spent.without, spent.scans + spent.given + looked, spent.scans, spent.given, looked]
  const each = looks.map((one) => one.toFixed(2)).join(', ')
  const found = memory === null ? 0 : foundIn(memory).length
  console.log(
    `| ${dataset}, ${n} | ${windows} | ${shown.map((one) => one.toFixed(1)).join(' | ')} | ${each} | ${found} |`,
  )
}

function windowAt(dataset: string, n: number, seed: number, w: number) {
  const window = windowInRow({ dataset, n, seed }, w)
  if (values.attack === CLEAN) return window
  const first = windowOf(dataset, n, seed).samples
  const options = { rate: Number(values.each) / n, seed, window: w, first }
  return attackNamed(window.samples.kind, values.attack).apply(window, options)
}
