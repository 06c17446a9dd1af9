import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { parseConfig } from './config/load.ts'
import { pinStart } from './pinned-start.ts'

const dataset = (source: string) => {
  const text = `version: 1\ndatasets: { d: { contract: c.yaml, source: ${source} } }\n`
  return parseConfig(text, '/p/credence.yaml', {}).datasets['d']!
}

describe('the start of a stream that is read from its end on', () => {
  let catalog: Catalog
  beforeAll(async () => {
    catalog = await openCatalog(await openPglite(), { actor: 'test' })
  })
  afterAll(() => catalog.close())
  const options = (owner: string, at: string) => {
    return { owner, signal: new AbortController().signal, now: () => new Date(at) }
  }

  test.each(['{ kinesis: { stream: s, start: LATEST } }', '{ eventhubs: { namespace: n, hub: h, start: latest } }'])(
    'is kept, and the same for everybody and after every crash: %s',
    async (source) => {
      const name = source.slice(2, 8)
      const pins = await Promise.all(
        ['a', 'b', 'c'].map((owner, i) =>
          pinStart(catalog.sources, name, dataset(source), options(owner, `2026-01-01T00:00:0${i}.900Z`)),
        ),
      )
      const later = await pinStart(catalog.sources, name, dataset(source), options('d', '2026-02-01T00:00:00Z'))
      const starts = [...pins, later].map(({ source: pinned }) =>
        'kinesis' in pinned ? pinned.kinesis.start : 'eventhubs' in pinned ? pinned.eventhubs.start : null,
      )
      expect(new Set(starts.map(String)).size).toBe(1)
      expect((starts[0] as Date).toISOString()).toMatch(/^2026-01-01T00:00:0[012]\.000Z$/)
    },
  )

  test('leaves other starts as they are', async () => {
    for (const source of ['{ kinesis: { stream: s } }', '{ pubsub: { project: p, subscription: s } }', './files']) {
      const given = dataset(source)
      expect(await pinStart(catalog.sources, 'other', given, options('a', '2026-01-01T00:00:00Z'))).toBe(given)
    }
  })
})
