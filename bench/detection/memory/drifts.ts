import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { shiftsOn } from '#attacks/benign.ts'
import type { LabelledWindow } from '#attacks/types.ts'
import { type CleanHistory, EMPTY_HISTORY, fadeHistory, updateHistory } from '#services/scan/calibrate/history.ts'
import { driftOf, MOVED } from '#services/scan/drift/drift.ts'
import { lastTeacherOf } from '#services/scan/memory/memory.ts'
import { isBenign, scanInputOf, windowOf } from '../cases.ts'

const USAGE = `bench/detection/memory/drifts.ts: windows in a row, of which those from one on are changed, and which are said to have drifted; every record is heard
  --dataset  (default mnist)
  --change   clean, benign:<shift>, or an attack (default clean)
  --rate     of an attack (default 0.01)
  --windows  (default 20)
  --from     the first window that is changed (default 13)
  --n        records a window (default 1000)
  --seed     (default 0; figures are reported from seed 100 on)`

const { values } = parseArgs({
  options: {
    dataset: { type: 'string', default: 'mnist' },
    change: { type: 'string', default: 'clean' },
    rate: { type: 'string', default: '0.01' },
    windows: { type: 'string', default: '20' },
    from: { type: 'string', default: '13' },
    n: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
const EVERY = 4

if (values.help) console.log(USAGE)
else drifts()

function drifts(): void {
  const seed = Number(values.seed)
  const histories = new Map<number, CleanHistory>()
  let history = EMPTY_HISTORY
  const counts = { before: 0, windows: 0, behind: 0, changed: 0 }
  const said = new Set<string>()
  for (let w = 0; w < Number(values.windows); w++) {
    const isChanged = w + 1 >= Number(values.from) && values.change !== 'clean'
    const input = scanInputOf(isChanged ? changed(seed, w) : windowOf(values.dataset, Number(values.n), seed, w), seed)
    const known = histories.get(lastTeacherOf(w + 1, EVERY)) ?? EMPTY_HISTORY
    const { taught, found } = driftOf(input, () => true, known)
    if (isChanged) {
      counts.changed++
      counts.behind += Number(found.length > 0)
      for (const kind of MOVED)
        for (const one of found.filter(({ moved }) => moved === kind).slice(0, 2)) said.add(`  ${kind}: ${one.says}`)
    } else {
      counts.windows++
      counts.before += Number(found.length > 0)
      for (const one of found) said.add(`  unchanged: ${one.moved}: ${one.says}`)
    }
    history = updateHistory(fadeHistory(history), { bulk: taught })
    if ((w + 1) % EVERY === 0) histories.set(w + 1, history)
  }
  console.log(
    `${values.dataset} ${values.change}: ${counts.before} of ${counts.windows} unchanged windows, ${counts.behind} of ${counts.changed} changed ones drifted`,
  )
  for (const line of [...said].slice(0, 6)) console.log(line)
}

function changed(seed: number, w: number): LabelledWindow {
  const window = windowOf(values.dataset, Number(values.n), seed, w)
  const { kind } = window.samples
  if (!isBenign(values.change)) {
    const first = windowOf(values.dataset, Number(values.n), seed).samples
    return attackNamed(kind, values.change).apply(window, { rate: Number(values.rate), seed, window: w, first })
  }
  const shift = shiftsOn(kind).find(({ name }) => `benign:${name}` === values.change)
  if (shift === undefined) throw new RangeError(`no shift \`${values.change}\` on ${kind}`)
  return shift.apply(window, seed)
}
