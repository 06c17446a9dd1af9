import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { rampRates, steadyRates } from '#attacks/drip.ts'
import { policySchema } from '#core/decision.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { EMPTY_HISTORY, updateHistory } from '#services/scan/calibrate/history.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { scanInputOf, windowOf } from '../cases.ts'
import { heldShares, rank } from '../metrics.ts'

/**
 * One campaign dripped over the windows of a dataset, each scanned with what the earlier ones taught: rising from 0 to
 * 5 % over 20 windows, or .1 % in each of 50. Prints what each window holds.
 */
const { values } = parseArgs({
  options: {
    dataset: { type: 'string', default: 'mnist' },
    attack: { type: 'string', default: 'badnets' },
    schedule: { type: 'string', default: 'ramp' },
    windows: { type: 'string' },
    n: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '0' },
  },
})

const seed = Number(values.seed)
const windows = values.windows === undefined ? undefined : Number(values.windows)
const rates = values.schedule === 'steady' ? steadyRates(windows) : rampRates(windows)
const policy = policySchema.parse({})
let history = EMPTY_HISTORY
let [planted, caught] = [0, 0]

console.log(`| window | ${values.attack} % | AUROC/TPR@1%FPR | poison held % | innocents held % | campaigns |`)
console.log('| --- | --- | --- | --- | --- | --- |')
for (const [w, rate] of rates.entries()) {
  const clean = windowOf(values.dataset, Number(values.n), seed, w)
  const window = attackNamed(clean.samples.kind, values.attack).apply(clean, { rate, seed, window: w })
  const result = await scanWindow(scanInputOf(window, seed), { history })
  history = updateHistory(history, result)
  const held = decide(result.risk, policy).map((decision) => decision !== 'admit')
  const { auroc, tprAt1 } = rank(result.risk, window)
  const shares = heldShares(held, window)
  window.poisoned.forEach((bit, i) => {
    planted += bit
    if (bit === 1 && held[i] === true) caught++
  })
  const shown = (value: number, digits: number) => (Number.isNaN(value) ? '–' : value.toFixed(digits))
  const columns = [
    String(w + 1),
    shown(100 * rate, 2),
    `${shown(auroc, 3)}/${shown(tprAt1, 2)}`,
    shown(100 * shares.poison, 1),
    shown(100 * shares.innocents, 2),
    String(result.campaigns.length),
  ]
  console.log(`| ${columns.join(' | ')} |`)
}
console.log(`\n${caught} of ${planted} poisoned records held over ${rates.length} windows.`)
