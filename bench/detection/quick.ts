import { parseArgs } from 'node:util'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { look } from '#services/scan/scan-window.ts'
import { processorSeconds } from '../profile.ts'
import { actsOn, isBenign, plantedWindow, scanInputOf } from './cases.ts'

/**
 * In how many windows a quick scan suspects something, so that they are scanned in full: of poisoned ones as many as can be, of
 * clean ones as few. What is then held is what a full scan holds (`run.ts`); of the others nothing is.
 */

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'mnist,fashion,spam,birdstrikes' },
    rates: { type: 'string', default: '.003,.01,.05' },
    seeds: { type: 'string', default: '0,1,2' },
    n: { type: 'string', default: '10000' },
    /** Names, comma-separated; 'benign' for the windows without poison. */
    attacks: { type: 'string', default: 'all' },
  },
})
const numbers = (list: string) => list.split(',').map(Number)
const wanted = new Set(values.attacks.split(','))
const wants = (act: string) => wanted.has('all') || wanted.has(act) || (wanted.has('benign') && isBenign(act))
const engine = await createEngine()

console.log(
  '| dataset | attack | share | windows scanned in full | processor seconds of a quick scan |\n| --- | --- | --- | --- | --- |',
)
for (const dataset of values.datasets.split(',')) {
  for (const attack of actsOn(dataset).filter(wants)) {
    if (attack === 'foreign' && dataset !== 'mnist' && dataset !== 'fashion') continue
    for (const rate of isBenign(attack) ? [0] : numbers(values.rates)) {
      const seeds = numbers(values.seeds)
      let [full, seconds] = [0, 0]
      for (const seed of seeds) {
        const input = scanInputOf(plantedWindow({ dataset, attack, rate, seed, n: Number(values.n) }), seed)
        const before = processorSeconds()
        if ((await look(input, { engine })) === null) full++
        seconds += (processorSeconds() - before) / seeds.length
      }
      console.log(`| ${dataset} | ${attack} | ${rate} | ${full} of ${seeds.length} | ${seconds.toFixed(2)} |`)
    }
  }
}
