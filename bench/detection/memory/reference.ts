import { parseArgs } from 'node:util'
import { shiftsOn } from '#attacks/benign.ts'
import { attackNamed } from '#attacks/catalog.ts'
import type { LabelledWindow, PoisonedWindow } from '#attacks/types.ts'
import { policySchema } from '#core/decision.ts'
import type { Memory } from '#services/scan/memory/memory.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { processorSeconds } from '../../profile.ts'
import { FOREIGN, isBenign, scanInputOf, windowOf } from '../cases.ts'
import { rank } from '../metrics.ts'
import { historyOf, memoryOf } from './memory-of.ts'
import { taughtBy } from './taught-by.ts'

const USAGE = `bench/detection/memory/reference.ts: one window, judged as though it were the first of its dataset, with the sketches that earlier windows taught, and with records of theirs beside it as well
  --dataset  (default mnist)
  --attacks  and their rates, with clean and benign:<shift> among them (default clean,pair-flip:.05,flip:.03)
  --before   an attack on the earlier windows, at the rate given (default clean)
  --windows  that come before (default 8)
  --n        records a window (default 500)
  --seeds    (default 0; figures are reported from seed 100 on)`

const { values } = parseArgs({
  options: {
    dataset: { type: 'string', default: 'mnist' },
    attacks: { type: 'string', default: 'clean,pair-flip:.05,flip:.03' },
    before: { type: 'string', default: 'clean' },
    windows: { type: 'string', default: '8' },
    n: { type: 'string', default: '500' },
    seeds: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
const [n, before] = [Number(values.n), Number(values.windows)]
const policy = policySchema.parse({})
const engine = await createEngine()

if (values.help) console.log(USAGE)
else {
  console.log(
    `| attack | seed | records that teach (of them poison) | ${['first', 'with sketches', 'with records'].map((how) => `${how}: held | innocents | AUROC | processor s`).join(' | ')} |\n|${' --- |'.repeat(15)}`,
  )
  for (const seed of values.seeds.split(',').map(Number)) await rows(seed)
}

async function rows(seed: number): Promise<void> {
  const seen = Array.from({ length: before }, (_, w) => planted(values.before, seed, w + 1))
  const memory = await memoryOf(seen, seed, engine)
  const taught = taughtBy(memory, (ordinal) => seen[ordinal - 1]!, seed)
  const teachers = memory.pools!.flatMap(({ ordinal, teaches = [] }) =>
    teaches.map((i) => seen[ordinal - 1]!.poisoned[i]!),
  )
  const dirty = teachers.reduce((sum, bit) => sum + bit, 0)
  for (const attack of values.attacks.split(',')) {
    const window = planted(attack, seed, 0)
    const cells = [
      await judged(window, seed, null, {}),
      await judged(window, seed, memory, {}),
      await judged(window, seed, memory, taught),
    ]
    console.log(`| ${values.dataset} ${attack} | ${seed} | ${teachers.length} (${dirty}) | ${cells.join(' | ')} |`)
  }
}

async function judged(
  window: PoisonedWindow,
  seed: number,
  memory: Memory | null,
  taught: ReturnType<typeof taughtBy>,
): Promise<string> {
  const started = processorSeconds()
  const { risk } = await scanWindow({ ...scanInputOf(window, seed), ...taught }, { engine, ...historyOf(memory) })
  const seconds = processorSeconds() - started
  const held = decide(risk, policy).map((decision) => decision !== 'admit')
  const count = (bit: number) => held.filter((is, i) => is && window.poisoned[i] === bit).length
  const all = window.poisoned.reduce((sum, bit) => sum + bit, 0)
  const { auroc } = rank(risk, window)
  const ranked = all === 0 ? '' : auroc.toFixed(3)
  return `${count(1)} of ${all} | ${count(0)} | ${ranked} | ${seconds.toFixed(2)}`
}

/** `name:rate` of a window: an attack as it is, or clean. */
function planted(attack: string, seed: number, w: number): PoisonedWindow {
  const [name = '', rate] = attack.split(':')
  const window: LabelledWindow = windowOf(values.dataset, n, seed, w)
  if (!isBenign(name)) {
    const first = windowOf(values.dataset, n, seed).samples
    const donor = name === 'foreign' ? FOREIGN[values.dataset] : undefined
    const options = donor === undefined ? {} : { foreign: windowOf(donor, 2000, seed).samples }
    return attackNamed(window.samples.kind, name).apply(window, {
      rate: Number(rate),
      seed,
      window: w,
      first,
      ...options,
    })
  }
  const none = new Uint8Array(n)
  const shift = shiftsOn(window.samples.kind).find((one) => `benign:${one.name}` === name)
  const shifted = shift?.apply(window, seed) ?? window
  return { ...shifted, poisoned: none, neutral: none, target: -1, description: name, definition: '' }
}
