import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { LEVELS, type EventName } from '#runtime/process/events.ts'
import { runEmbedded } from '#app/embedded.ts'
import { signAuditLog } from '#app/operations/audit.ts'
import { redrive } from '#app/operations/dead-letters.ts'
import { admittedRecords } from '#app/operations/export.ts'
import { rotate } from '#app/operations/keys.ts'
import { inQuarantine, reviewRecords, undoReview } from '#app/operations/reviews.ts'
import { summaries } from '#app/operations/summaries.ts'
import { openSigningSystem } from '#app/system.ts'
import { scoreByHash } from '#test/chaos/score-by-hash.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const NAMES = Object.keys(LEVELS) as EventName[]

const contract = (longest: number) => `version: 1
features: { kind: text, field: text }
schema: { type: object, required: [text], properties: { text: { type: string, maxLength: ${longest} } } }
`

describe('events', () => {
  it('are each emitted somewhere', () => {
    const files = globSync('{runtime,services,app,cli,console/server}/**/*.ts', {
      cwd: ROOT,
      exclude: (name) => name.endsWith('.test.ts'),
    })
    const code = files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n')
    const emitted = new Set([...code.matchAll(/emit\(\s*'([a-z_.]+)'/g)].map(([, name]) => name))
    expect(NAMES.filter((name) => !emitted.has(name))).toEqual([])
    expect([...emitted].filter((name) => !NAMES.includes(name as EventName))).toEqual([])
  })

  it('tell of a run, a redrive, a review, a rotation, a checkpoint and a broken object, where each happens', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-events-'))
    try {
      const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ text: `note ${i}` }))
      const long = Array.from({ length: 4 }, (_, i) => JSON.stringify({ text: `a far longer note ${i}` }))
      await writeFile(join(folder, 'notes.jsonl'), `${[...lines, ...long].join('\n')}\n`)
      await writeFile(join(folder, 'notes.contract.yaml'), contract(10))
      const notes = { source: './notes.jsonl', contract: './notes.contract.yaml' }
      await writeFile(
        join(folder, 'credence.yaml'),
        JSON.stringify({ version: 1, data: './data', datasets: { notes } }),
      )
      const open = async () =>
        openSigningSystem(await loadConfig(join(folder, 'credence.yaml'), {}), { command: 'events test' })
      const seen: EventName[] = []
      const news = () => [...new Set(seen.splice(0))]
      {
        await using system = await open()
        system.events.onAny(({ name }) => seen.push(name))
        expect(await runEmbedded(system, { score: scoreByHash })).toEqual([])
        const run = news()
        for (const name of ['source.opened', 'item.read', 'key.created', 'window.dead_letters'] as const)
          expect(run).toContain(name)
        const order = ['window.staged', 'window.scanned', 'window.committed'] as const
        expect(run.filter((name) => order.some((one) => one === name))).toEqual(order)
        expect(run).toContain('source.exhausted')

        const [held] = await inQuarantine(system, { dataset: 'notes' })
        const records = [held?.record ?? '']
        const review = await reviewRecords(system, { dataset: 'notes', action: 'release', records, reason: 'fine' })
        expect(news()).toEqual(['review.added', 'review.applied'])
        await expect(inQuarantine(system, { records })).rejects.toMatchObject({ code: 'not_found' })
        await expect(inQuarantine(system, {})).rejects.toMatchObject({ code: 'invalid' })
        await undoReview(system, review.id, 'not so fine')
        await expect(undoReview(system, 'nobody', 'x')).rejects.toMatchObject({ code: 'not_found' })
        news()

        await signAuditLog(system)
        expect(news()).toEqual(['audit.checkpoint'])
        await signAuditLog(system) // nothing was appended since
        expect(news()).toEqual([])
        await rotate(system, {})
        expect(news()).toContain('key.rotated')
      }
      await writeFile(join(folder, 'notes.contract.yaml'), contract(100))
      await using system = await open()
      system.events.onAny(({ name }) => seen.push(name))
      expect(await redrive(system, 'notes')).toMatchObject({ tried: 4, recovered: 4 })
      expect(news()).toContain('window.staged')
      expect(await runEmbedded(system, { score: scoreByHash, reads: false })).toEqual([])
      expect(await summaries(system)).toMatchObject([{ counts: { received: 64, deadLettered: 0 }, pending: 0 }])
      news()
      const [window] = await system.catalog.windows.list({ dataset: 'notes' })
      const path = join(folder, 'data', 'objects', 'clean', 'notes', window?.id ?? '')
      const bytes = readFileSync(path)
      bytes[bytes.length - 1]! ^= 1
      await writeFile(path, bytes)
      const readAll = async () => {
        for await (const _ of admittedRecords(system, 'notes'));
      }
      await expect(readAll()).rejects.toMatchObject({ code: 'corrupt' })
      expect(news()).toEqual(['object.corrupt'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
