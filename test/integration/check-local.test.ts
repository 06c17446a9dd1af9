import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { runChecks } from '#app/run-checks.ts'
import { openSigningSystem } from '#app/system.ts'
import { writeFixture } from '../chaos/fixture.ts'
import { scoreByHash } from '../chaos/score-by-hash.ts'

test('a data folder is well as it was made; what is gone from it is named, by part', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credence-check-'))
  try {
    const config = await loadConfig(await writeFixture(folder), {})
    {
      await using system = await openSigningSystem(config, { command: 'check test' })
      expect(await runEmbedded(system, { score: scoreByHash })).toEqual([])
    }
    const states = async (now?: () => Date) => {
      const found: string[] = []
      for await (const { part, lines } of runChecks(config, new AbortController().signal, now))
        for (const { state, what } of lines) if (state !== 'ok') found.push(`${state} ${part} ${what}`)
      return found
    }
    expect(await states()).toEqual([])
    expect(await states(() => new Date(Date.now() - 60 * 60 * 1000))).toEqual(['warn catalog (data folder) clock'])
    expect(await states(() => new Date(Date.now() + 60 * 60 * 1000))).toEqual([])
    const keys = join(config.data, 'objects', 'keys', 'notes')
    const record = (await readdir(keys)).find((name) => name !== 'current.json')!
    await rename(join(keys, record), join(folder, record))
    expect(await states()).toEqual([`failed keys.records keys/notes/${record}`])
    await rename(join(folder, record), join(keys, record))
    await rm(join(folder, 'notes'), { recursive: true })
    expect(await states()).toEqual([expect.stringMatching(/^failed datasets\.notes\.source\.files files .*notes$/)])
  } finally {
    await rm(folder, { recursive: true })
  }
})
