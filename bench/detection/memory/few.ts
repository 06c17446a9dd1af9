import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import type { LabelledWindow } from '#attacks/types.ts'
import { policySchema } from '#core/decision.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanAmong } from '#services/scan/scan-among.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { isBenign, scanInputOf, windowOf } from '../cases.ts'
import { memoryOf } from './memory-of.ts'
import { joined } from './pooled.ts'

const USAGE = `bench/detection/memory/few.ts: windows of too few records to be scanned by themselves, among records that earlier windows taught
  --dataset  (default mnist)
  --attacks  and their rates, with clean among them (default clean,flip:.1,garbage:.1,flood:.5)
  --windows  that come before (default 8), of --n records each (default 500)
  --few      records of a small window (default 20)
  --most     small windows of each draw (default 25, which are all of one window of --n)
  --seeds    (default 0; figures are reported from seed 100 on)`

const { values } = parseArgs({
  options: {
    dataset: { type: 'string', default: 'mnist' },
    attacks: { type: 'string', default: 'clean,flip:.1,garbage:.1,flood:.5' },
    windows: { type: 'string', default: '8' },
    n: { type: 'string', default: '500' },
    few: { type: 'string', default: '20' },
    most: { type: 'string', default: '25' },
    seeds: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
const [n, few] = [Number(values.n), Number(values.few)]
const policy = policySchema.parse({})
const engine = await createEngine()

if (values.help) console.log(USAGE)
else {
  console.log('| dataset | attack | seed | windows of | records that teach | poison held | innocents held |')
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  for (const seed of values.seeds.split(',').map(Number)) await rows(seed)
}

async function rows(seed: number): Promise<void> {
  const before = Array.from({ length: Number(values.windows) }, (_, w) => windowOf(values.dataset, n, seed, w + 1))
  const memory = await memoryOf(before, seed, engine)
  const others = memory.pools!.map(({ ordinal, teaches = [] }) => ({
    window: windowOf(values.dataset, n, seed, ordinal),
    members: teaches,
  }))
  const teachers = others.reduce((sum, { members }) => sum + members.length, 0)
  for (const attack of values.attacks.split(',')) {
    const sums = [0, 0, 0, 0]
    for (let at = 0; at < Math.min(Number(values.most), Math.floor(n / few)); at++) {
      const { poisoned, window } = planted(attack, seed, at)
      const all = Array.from({ length: few }, (_, i) => i)
      const input = scanInputOf(joined([{ window, members: all }, ...others]), seed)
      const { risk } = await scanAmong(few, input, { engine, history: memory.history })
      decide(risk, policy).forEach((decision, i) => {
        const place = 2 * (1 - poisoned[i]!)
        sums[place + 1]!++
        if (decision !== 'admit') sums[place]!++
      })
    }
    const cells = [values.dataset, attack, seed, few, teachers, `${sums[0]} of ${sums[1]}`, `${sums[2]} of ${sums[3]}`]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

/** A small window: a piece of window 0, clean or attacked. */
function planted(attack: string, seed: number, at: number): { window: LabelledWindow; poisoned: Uint8Array } {
  const [name = '', rate] = attack.split(':')
  const members = Array.from({ length: few }, (_, i) => at * few + i)
  const window = joined([{ window: windowOf(values.dataset, n, seed), members }])
  if (isBenign(name)) return { window, poisoned: new Uint8Array(few) }
  const donor = ({ mnist: 'fashion', fashion: 'mnist' } as Record<string, string>)[values.dataset]
  const foreign = name === 'foreign' && donor !== undefined ? { foreign: windowOf(donor, 500, seed).samples } : {}
  const first = windowOf(values.dataset, n, seed).samples
  const attacked = attackNamed(window.samples.kind, name).apply(window, {
    rate: Number(rate),
    seed,
    window: at,
    first,
    ...foreign,
  })
  return { window: attacked, poisoned: attacked.poisoned }
}
