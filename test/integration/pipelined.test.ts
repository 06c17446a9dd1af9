import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { openSigningSystem } from '#app/system.ts'
import { scoreByHash } from '#test/chaos/score-by-hash.ts'

it('fetches and decrypts the next window while one is scored, and no more than that', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credence-pipelined-'))
  try {
    const lines = Array.from({ length: 300 }, (_, i) => JSON.stringify({ text: `note ${i}` }))
    await writeFile(join(folder, 'notes.jsonl'), `${lines.join('\n')}\n`)
    await writeFile(
      join(folder, 'contract.yaml'),
      'version: 1\nfeatures: { kind: text, field: text }\nschema: { type: object, required: [text], properties: { text: { type: string } } }\n',
    )
    const notes = { source: './notes.jsonl', contract: './contract.yaml', window: { records: 60 } }
    const config = { version: 1, data: './data', workers: 1, datasets: { notes } }
    await writeFile(join(folder, 'credence.yaml'), JSON.stringify(config))
    await using system = await openSigningSystem(await loadConfig(join(folder, 'credence.yaml'), {}), {
      command: 'pipeline test',
    })
    let [fetched, held] = [0, 0]
    const next = Promise.withResolvers<void>()
    const failures = await runEmbedded(system, {
      async score(task) {
        // The first is scored for as long as it takes the next to be there.
        if (++fetched === 2) next.resolve()
        held = Math.max(held, fetched)
        await next.promise
        const scored = await scoreByHash(task)
        fetched--
        return scored
      },
    })
    expect(failures).toEqual([])
    expect(held).toBe(2)
    expect(await system.catalog.windows.list({ dataset: 'notes', state: 'committed' })).toHaveLength(5)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
