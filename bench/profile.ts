import { EMPTY_HISTORY } from '#services/scan/calibrate/history.ts'
import { allDetectors } from '#services/scan/detectors/all.ts'
import type { Detector } from '#services/scan/detector.ts'
import { driftOf } from '#services/scan/drift/drift.ts'
import { encodeWords } from '#services/scan/memory/hunt/words.ts'
import { encodeColumns } from '#services/scan/memory/spikes/columns.ts'
import { GIVEN_BYTES } from '#services/scan/memory/pool/given.ts'
import { encodePrints } from '#services/scan/memory/repeats/prints.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import type { WindowView } from '#services/scan/view/window-view.ts'

/** What detectors share, in the order in which one needs another. */
const SHARED = ['inputs', 'reduced', 'neighbours', 'tokens', 'probe', 'expected', 'consensus'] as const

/** Of all threads, since the process began. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** A table of what one scan of the window takes: parts of the view and detectors, then the products among all that. */
export async function profiled(name: string, input: ScanInput): Promise<string> {
  const steps = new Map<string, number>()
  const products = new Map<string, number>()
  const engine = timedEngine(await createEngine(), products)
  const detectors = allDetectors().map((detector) => timed(detector, steps))
  const before = processorSeconds()
  await scanWindow(input, { engine, detectors })
  const total = processorSeconds() - before
  steps.set('calibration, fusing, campaigns', total - sum(steps))
  const given = await besides(input)
  return [
    `### ${name}: ${input.n} records, ${total.toFixed(2)} processor seconds`,
    table('step', steps, total),
    table('product', products, total),
    table('for its dataset’s memory', given, total),
  ].join('\n\n')
}

/** What a window of a dataset that learns gives besides, when it has been scanned. */
async function besides(input: ScanInput): Promise<Map<string, number>> {
  const given = new Map<string, number>()
  await time(given, 'prints', async () => encodePrints(input, []))
  await time(given, 'columns', async () => encodeColumns(input, [], { most: GIVEN_BYTES, window: 'profiled' }))
  await time(given, 'words', async () => encodeWords(input, [], { most: GIVEN_BYTES, window: 'profiled' }))
  await time(given, 'drift', async () => driftOf(input, () => true, EMPTY_HISTORY))
  return given
}

/** The first detector to run finds the view whole: what is shared is nobody's. */
function timed(detector: Detector, steps: Map<string, number>): Detector {
  return {
    info: detector.info,
    needs: detector.needs,
    tags: detector.tags,
    async score(view: WindowView) {
      for (const part of SHARED) {
        const needsLabels = part === 'probe' || part === 'expected' || part === 'consensus'
        if (!steps.has(part) && (view.labels !== null || !needsLabels))
          await time(steps, part, async (): Promise<unknown> => view[part]())
      }
      return time(steps, detector.info.name, () => detector.score(view))
    },
  }
}

function timedEngine(engine: Engine, products: Map<string, number>): Engine {
  return {
    name: engine.name,
    multiply: (a, b) => time(products, 'multiply', () => engine.multiply(a, b)),
    multiplyTransposed: (a, b, factors) =>
      time(products, 'multiplyTransposed', () => engine.multiplyTransposed(a, b, factors)),
    multiplyByTransposed: (a, b) => time(products, 'multiplyByTransposed', () => engine.multiplyByTransposed(a, b)),
    multiplyByLower: (a, lower) => time(products, 'multiplyByLower', () => engine.multiplyByLower(a, lower)),
    lowerTimes: (lower, b) => time(products, 'lowerTimes', () => engine.lowerTimes(lower, b)),
    gram: (a, factors) => time(products, 'gram', () => engine.gram(a, factors)),
  }
}

async function time<T>(into: Map<string, number>, name: string, work: () => Promise<T>): Promise<T> {
  const before = processorSeconds()
  try {
    return await work()
  } finally {
    into.set(name, (into.get(name) ?? 0) + processorSeconds() - before)
  }
}

const sum = (of: ReadonlyMap<string, number>) => [...of.values()].reduce((total, seconds) => total + seconds, 0)

function table(head: string, of: ReadonlyMap<string, number>, total: number): string {
  const rows = [...of].sort((a, b) => b[1] - a[1])
  const lines = rows.map(([name, s]) => `| ${name} | ${s.toFixed(2)} | ${Math.round((100 * s) / total)} |`)
  return [`| ${head} | processor seconds | % |`, '| --- | --- | --- |', ...lines].join('\n')
}
