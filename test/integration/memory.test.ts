import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { ingestInto } from '#app/ingest-dataset.ts'
import { certifiedDatasets } from '#app/operations/certified.ts'
import { memoryStatus } from '#app/operations/memories.ts'
import { explainRecord } from '#app/operations/explain.ts'
import { readScores } from '#app/read-window.ts'
import { consumeCommits, consumeScans } from '#app/stages.ts'
import { openSigningSystem } from '#app/system.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import { sha256Hex } from '#core/hash.ts'
import { seededRandom } from '#core/random.ts'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { scoreWindow } from '#services/scan/score-window.ts'

const WINDOWS = 9
const RECORDS = 60
/** In the last window: too few to be scanned by themselves. */
const FEW = 20

/** Nothing that a scan looks at, and so long that the pool would have no room for all records of a window, were it kept there. */
const NOTE = 'n'.repeat(20_000)

/** Readings of two kinds. */
function readings(): string {
  const random = seededRandom(11, 'memory integration')
  const rows = Array.from({ length: WINDOWS * RECORDS + FEW }, () => {
    const high = random.below(2) === 1
    return [high ? 5 : 1, 0, high ? 2 : -2]
      .map((centre) => (centre + random.normal() / 3).toFixed(3))
      .concat(high ? 'high' : 'low', NOTE)
  })
  return `a,b,c,kind,note\n${rows.join('\n')}\n`
}

const CONTRACT = `version: 1
features: { kind: table, columns: [{ name: a, type: number }, { name: b, type: number }, { name: c, type: number }] }
label: kind
schema:
  type: object
  required: [a, b, c, kind]
  properties: { a: { type: number }, b: { type: number }, c: { type: number }, kind: { enum: [low, high] } }
`

/** Everything is staged first, then scanned in the order that `arrange` gives; resolves to what every window's scan said. */
async function scannedIn(arrange: (windows: string[]) => string[], memory: string, scans = 1) {
  const folder = await mkdtemp(join(tmpdir(), 'credence-memory-'))
  try {
    await writeFile(join(folder, 'readings.csv'), readings())
    await writeFile(join(folder, 'contract.yaml'), CONTRACT)
    await writeFile(
      join(folder, 'credence.yaml'),
      `version: 1\ndata: ./data\ndatasets:\n  readings: { source: ./readings.csv, contract: ./contract.yaml, window: { records: ${RECORDS} }, memory: ${memory} }\n`,
    )
    await using system = await openSigningSystem(await loadConfig(join(folder, 'credence.yaml'), {}), {
      command: 'memory test',
    })
    const failed: unknown[] = []
    const queue = createInProcessQueue({ onFailed: (_job, error) => void failed.push(error) })
    const { signal } = new AbortController()
    await ingestInto(system, 'readings', { ...queue, enqueue: async () => {} }, { owner: 'test', signal })
    const staged = await system.catalog.windows.list({ dataset: 'readings' })
    for (const window of arrange(staged.map(({ id }) => id))) await queue.enqueue({ stage: 'scan', window })
    consumeScans(system, queue, { score: (task) => scoreWindow(task), windows: scans })
    consumeCommits(system, queue)
    await queue.onIdle()
    await queue.close()
    expect(failed).toEqual([])
    const rows = await system.catalog.windows.list({ dataset: 'readings', state: 'committed' })
    const sidecars = await Promise.all(rows.map((row) => readScores(system, row)))
    const record = sidecars.at(-1)?.records[0]?.id ?? ''
    return {
      digests: sidecars.map((sidecar) => sha256Hex(encodeSidecar(sidecar))),
      through: sidecars.map(({ memory }) => memory?.through ?? 0),
      certified: sidecars.map(({ certified }) => certified),
      ends: await certifiedDatasets(system),
      explained: (await explainRecord(system, record)).memory,
      last: sidecars.at(-1)?.memory,
      newest: (await memoryStatus(system, 'readings')).newest,
      few: sidecars.at(-1),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('what windows teach', () => {
  it('reaches later ones, with the same bytes in whatever order and however many at once they are scanned', async () => {
    const inOrder = await scannedIn((windows) => windows, '{ every: 2 }')
    expect(inOrder.through).toEqual([0, 0, 0, 0, 2, 2, 4, 4, 6, 6])
    expect(inOrder.certified.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => false))
    expect(inOrder.certified.slice(6)).toEqual([true, true, true, true])
    expect(inOrder.ends).toEqual(['readings'])
    expect(inOrder.explained).toEqual(inOrder.last)
    expect(inOrder.few?.unscanned).toBeUndefined()
    expect(inOrder.few?.records).toHaveLength(FEW)
    expect(inOrder.few?.notes[0]).toMatch(`${FEW} records are few: they were scanned among`)
    // the last window is judged with what six have taught, and what ten have is made all the same; it gives records, and no scores
    expect(inOrder.newest).toMatchObject({ through: 10, windows: 9, pool: { windows: 10 } })
    expect(inOrder.newest?.pool.leftOut).toEqual({ records: 0, columns: 0, prints: 0, places: 0, keys: 0, words: 0 })
    const { digests, newest } = inOrder
    expect(await scannedIn((windows) => windows.toReversed(), '{ every: 2 }')).toMatchObject({ digests, newest })
    const shuffled = (windows: string[]) => windows.toSorted((a, b) => (sha256Hex(a) < sha256Hex(b) ? -1 : 1))
    expect(await scannedIn(shuffled, '{ every: 2 }', 5)).toMatchObject({ digests, newest })
  }, 900_000)

  it('is left alone where the configuration says so', async () => {
    const alone = await scannedIn((windows) => windows, 'false')
    expect(alone).toMatchObject({ ends: [], explained: null, last: undefined })
  }, 900_000)
})
