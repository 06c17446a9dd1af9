import { parseArgs } from 'node:util'
import { policySchema } from '#core/decision.ts'
import { EMPTY_HISTORY } from '#services/scan/calibrate/history.ts'
import { foldMemory, lastTeacherOf, type Lesson, type Memory } from '#services/scan/memory/memory.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { attackNamed } from '#attacks/catalog.ts'
import { shiftsOn } from '#attacks/benign.ts'
import { isBenign, scanInputOf, windowOf } from '../cases.ts'

const USAGE = `bench/detection/memory/run.ts: windows in a row, each judged alone and with what earlier ones taught, as the pipeline does
  --datasets  (default mnist,fashion,spam,birdstrikes)
  --windows   in a row (default 12)
  --n         records a window (default 600)
  --every     windows an every of the memory (default 2)
  --attack    what every window has: clean (default), benign:<shift>, or an attack at --rate (default .01)
  --clean     windows that come before the first attacked one, and are as they are (default 0)
  --seeds     (default 1; figures are reported from seed 100 on, --from)
  --from      first seed (default 0)`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'mnist,fashion,spam,birdstrikes' },
    windows: { type: 'string', default: '12' },
    n: { type: 'string', default: '600' },
    every: { type: 'string', default: '2' },
    attack: { type: 'string', default: 'clean' },
    rate: { type: 'string', default: '.01' },
    clean: { type: 'string', default: '0' },
    seeds: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})

interface Arm {
  readonly name: string
  innocents: number
  innocentsHeld: number
  poison: number
  poisonHeld: number
}

if (values.help) console.log(USAGE)
else {
  console.log(
    `| dataset | windows that were taught | ${values.attack} held alone | with memory | innocents held alone | with memory |`,
  )
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const dataset of values.datasets.split(',')) await row(dataset)
}

/** Counts only windows that were taught, in both arms. */
async function row(dataset: string): Promise<void> {
  const alone = arm('alone')
  const taught = arm('with memory')
  let windows = 0
  for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed++)
    windows += await inARow(dataset, seed, alone, taught)
  const share = (part: number, of: number) =>
    of === 0 ? '–' : `${part} of ${of} (${((100 * part) / of).toFixed(3)} %)`
  const cells = [
    ...[alone, taught].map((each) => share(each.poisonHeld, each.poison)),
    ...[alone, taught].map((each) => share(each.innocentsHeld, each.innocents)),
  ]
  console.log(`| ${dataset} | ${windows} | ${cells.join(' | ')} |`)
}

async function inARow(dataset: string, seed: number, alone: Arm, taught: Arm): Promise<number> {
  const engine = await createEngine()
  const lessons: Lesson[] = []
  let windows = 0
  for (let w = 0; w < Number(values.windows); w++) {
    const window = planted(dataset, seed, w)
    const input = scanInputOf(window, seed)
    const through = lastTeacherOf(w + 1, Number(values.every))
    const known: Memory | null = through === 0 ? null : foldMemory(dataset, null, lessons.slice(0, through))
    const result = await scanWindow(input, { engine, history: known?.history ?? EMPTY_HISTORY })
    lessons.push({ ordinal: w + 1, contract: 'bench', taught: result.bulk })
    if (known === null) continue
    windows++
    count(taught, result.risk, window.poisoned)
    count(alone, (await scanWindow(input, { engine })).risk, window.poisoned)
  }
  return windows
}

function planted(dataset: string, seed: number, w: number) {
  const window = windowOf(dataset, Number(values.n), seed, w)
  const { kind } = window.samples
  const attack = w < Number(values.clean) ? 'clean' : values.attack
  if (!isBenign(attack)) {
    const donor = ({ mnist: 'fashion', fashion: 'mnist' } as Record<string, string>)[dataset]
    const foreign =
      attack === 'foreign' && donor !== undefined ? { foreign: windowOf(donor, 2000, seed, w).samples } : {}
    return attackNamed(kind, attack).apply(window, { rate: Number(values.rate), seed, window: w, ...foreign })
  }
  const shift = shiftsOn(kind).find(({ name }) => `benign:${name}` === attack)
  const shifted = shift?.apply(window, seed) ?? window
  return { ...shifted, poisoned: new Uint8Array(window.labels.of.length) }
}

function arm(name: string): Arm {
  return { name, innocents: 0, innocentsHeld: 0, poison: 0, poisonHeld: 0 }
}

function count(sum: Arm, risk: Float64Array, poisoned: Uint8Array): void {
  decide(risk, policySchema.parse({})).forEach((decision, i) => {
    const held = decision === 'admit' ? 0 : 1
    if (poisoned[i] === 1) {
      sum.poison++
      sum.poisonHeld += held
    } else {
      sum.innocents++
      sum.innocentsHeld += held
    }
  })
}
