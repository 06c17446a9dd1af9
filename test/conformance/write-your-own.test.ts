import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { scan } from 'credence'
import {
  describeDetector,
  describeKeyring,
  describeSink,
  describeSource,
  describeStore,
  flips,
  itemText,
  pictures,
} from 'credence/testing'
import { describe, expect, it } from 'vitest'
import detector from '#examples/write-your-own/detector.ts'
import { processKeyring } from '#examples/write-your-own/keyring.ts'
import { listSink } from '#examples/write-your-own/sink.ts'
import { listSource } from '#examples/write-your-own/source.ts'
import { mapStore } from '#examples/write-your-own/store.ts'

const ROOT = new URL('../../', import.meta.url)

describe('detector: an example', () => {
  describeDetector({ create: () => detector, planted: () => pictures(400, 3, flips(0.05)), auroc: 0.8, order: 'exact' })

  it('scores beside the others, by its path', async () => {
    const path = fileURLToPath(new URL('examples/write-your-own/detector.ts', ROOT))
    const rows = Array.from({ length: 100 }, (_, i) => ({
      a: (i * 37) % 101,
      b: (i * 53) % 97,
      label: i % 2 ? 'x' : 'y',
    }))
    const { detectors } = await scan(rows, { detectors: [path], threads: 1 })
    expect(detectors.map(({ name }) => name.replace(/@[0-9a-f]{16}$/, '@'))).toContain('relabelled-copies@')
  })
})

const shared = new WeakMap<object, Map<string, { bytes: Uint8Array; version: string }>>()
const opened = (objects: Map<string, { bytes: Uint8Array; version: string }>) => {
  const store = mapStore(objects)
  shared.set(store, objects)
  return store
}
describeStore('an example', {
  open: async () => opened(new Map()),
  again: async (store) => opened(shared.get(store) ?? new Map()),
})
describeSource('an example', {
  create: async (contents) =>
    listSource(
      'lists',
      Object.fromEntries(
        Object.entries(contents).map(([partition, count]) => [
          partition,
          Array.from({ length: count }, (_, i) => itemText(partition, i)),
        ]),
      ),
    ),
})
describeKeyring('an example', {
  open: async () => processKeyring(),
  rotate: async (keyring) => void (await keyring.rotate?.()),
})
describeSink('an example', { open: async () => listSink() })

it.each(['detector', 'keyring', 'sink', 'source', 'store'])('the page on a %s shows the example as it is', (port) => {
  const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')
  expect(read(`docs/write-your-own-${port}.md`)).toContain(read(`examples/write-your-own/${port}.ts`))
})
