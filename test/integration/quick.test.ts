import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { ingestInto } from '#app/ingest-dataset.ts'
import { explainRecord } from '#app/operations/explain.ts'
import { readScores } from '#app/read-window.ts'
import { consumeCommits, consumeScans } from '#app/stages.ts'
import { openSigningSystem } from '#app/system.ts'
import { seededRandom } from '#core/random.ts'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { scoreWindow } from '#services/scan/score-window.ts'

const RECORDS = 2000

/** Readings of two kinds in two windows; the second has forty copies of one of them. */
function readings(): string {
  const random = seededRandom(11, 'quick integration')
  const rows = Array.from({ length: 2 * RECORDS }, (_, i) => {
    const high = random.below(2) === 1
    const row = [high ? 5 : 1, 0, high ? 2 : -2].map((centre) => (centre + random.normal() / 3).toFixed(4))
    return i >= RECORDS && i < RECORDS + 40 ? ['3', '0', '0', 'low'] : [...row, high ? 'high' : 'low']
  })
  return `a,b,c,kind\n${rows.join('\n')}\n`
}

const CONTRACT = `version: 1
features: { kind: table, columns: [{ name: a, type: number }, { name: b, type: number }, { name: c, type: number }] }
label: kind
schema:
  type: object
  required: [a, b, c, kind]
  properties: { a: { type: number }, b: { type: number }, c: { type: number }, kind: { enum: [low, high] } }
`

it('a dataset that is scanned quickly says of every window whether it was: sidecar, signed manifest and explanation', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credence-quick-'))
  try {
    await writeFile(join(folder, 'readings.csv'), readings())
    await writeFile(join(folder, 'contract.yaml'), CONTRACT)
    const dataset = `source: ./readings.csv, contract: ./contract.yaml, window: { records: ${RECORDS} }, scan: { effort: quick }`
    await writeFile(join(folder, 'credence.yaml'), `version: 1\ndata: ./data\ndatasets:\n  readings: { ${dataset} }\n`)
    await using system = await openSigningSystem(await loadConfig(join(folder, 'credence.yaml'), {}), {
      command: 'quick test',
    })
    const failed: unknown[] = []
    const queue = createInProcessQueue({ onFailed: (_job, error) => void failed.push(error) })
    const { signal } = new AbortController()
    consumeScans(system, queue, { score: (task) => scoreWindow(task), windows: 1 })
    consumeCommits(system, queue)
    await ingestInto(system, 'readings', queue, { owner: 'test', signal })
    await queue.onIdle()
    await queue.close()
    expect(failed).toEqual([])
    const rows = await system.catalog.windows.list({ dataset: 'readings', state: 'committed' })
    const sidecars = await Promise.all(rows.map((row) => readScores(system, row)))
    expect(sidecars.map(({ effort }) => effort)).toEqual(['quick', undefined])
    expect(sidecars.map(({ records }) => records.length)).toEqual([RECORDS, RECORDS])
    const held = sidecars.map(({ records }) => records.filter(({ decision }) => decision !== 'admit').length)
    expect(held[0]).toBe(0)
    expect(held[1]).toBeGreaterThanOrEqual(40)
    const links = await Promise.all(rows.map(({ id }) => system.chain.find('readings', { kind: 'window', window: id })))
    expect(links.map((link) => link?.statement.predicate.effort)).toEqual(['quick', undefined])
    const explained = await Promise.all(
      sidecars.map(({ records }) => explainRecord(system, records[100]!.id, 'readings')),
    )
    expect(explained.map(({ effort }) => effort)).toEqual(['quick', 'full'])
    expect(explained.every(({ rederived }) => rederived.wholeWindowAgrees)).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
