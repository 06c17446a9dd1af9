// node test/fuzz/run.ts [inputs, a million where absent] [seed]: as the test does, for longer; prints the slowest of each decoder.
import { decoders } from './decoders.ts'
import { fuzz } from './fuzz.ts'

const [inputs = '1000000', seed = '1'] = process.argv.slice(2)
const started = performance.now()
const found = await fuzz(await decoders(), Number(inputs), Number(seed))
console.table(found.map(({ slowestMs, ...rest }) => ({ ...rest, slowestMs: Math.round(slowestMs * 10) / 10 })))
const [seconds, peak] = [(performance.now() - started) / 1000, process.resourceUsage().maxRSS / 1024]
console.log(`${seconds.toFixed(0)} s, at most ${peak.toFixed(0)} MiB`)
