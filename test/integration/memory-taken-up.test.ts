import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { runServices, SERVICES } from '#app/services.ts'
import { openSigningSystem } from '#app/system.ts'
import { memoryContext, memoryPath } from '#core/layout.ts'
import { CONFIGURED, DATASET, deliverRows } from '#test/support/topology/thin-rows.ts'

it('a memory that is not there, since who made it died or the store was away, is made although no window follows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'credence-taken-up-'))
  try {
    await writeFile(join(folder, 'credence.yaml'), `version: 1\ndata: ./data\nworkers: 1\ndatasets:\n${CONFIGURED}`)
    await deliverRows(folder, 1, 4)
    await using system = await openSigningSystem(await loadConfig(join(folder, 'credence.yaml'), {}), {
      command: 'test',
    })
    expect(await runEmbedded(system)).toEqual([])
    const { store, vault } = system
    const last = memoryPath(DATASET, 4)
    const opened = () => vault.open(last, memoryContext(DATASET, 4))
    const before = await opened()
    await store.delete(last)
    const ended = new AbortController()
    const running = runServices(system, SERVICES, { signal: ended.signal })
    const untilMade = async () => {
      while (!(await store.exists(last))) await Promise.race([delay(50), running])
      expect(await opened()).toEqual(before)
    }
    await untilMade() // by whoever starts
    await store.delete(last)
    await untilMade() // by whoever has run for a while
    ended.abort()
    await running
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
