import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { SourceItem } from '#services/ingest/source.ts'
import { startPubSub } from '#emulators/pubsub.ts'
import { createRecords, SUBSCRIPTION } from '#emulators/pubsub/client.ts'
import { readLive, StagedItems, until } from './live-reading.ts'
import { drain, follow, numbers, texts, usePubSub } from './pubsub-fixture.ts'

const pubsub = usePubSub()

describe('source: Pub/Sub, exactly-once delivery', () => {
  test('has its acknowledgements confirmed', async () => {
    await pubsub.start({ enableExactlyOnceDelivery: true })
    await pubsub.records.send('', numbers(0, 50))
    const catalog = new StagedItems()
    const source = pubsub.open()
    await readLive(source, catalog, { count: 50, window: 1 })
    expect(pubsub.isDrained()).toBe(true) // without waiting: they were awaited
    expect(source.failedAcks).toBe(0)
    expect(texts(catalog).sort()).toEqual(numbers(0, 50).sort())
  })

  test('counts acknowledgements that come too late; their messages come again and are dropped', async () => {
    await pubsub.start({ enableExactlyOnceDelivery: true })
    await pubsub.records.send('', numbers(0, 20))
    const catalog = new StagedItems()
    const source = pubsub.open({ lanes: 1 })
    const stop = new AbortController()
    let seen = 0
    for await (const item of source.read('lane-0', new Map(), { signal: stop.signal })) {
      const marks = catalog.stage('lane-0', [item])
      seen++
      if (seen === 20) pubsub.emulator.expire() // the new ack ids are on their way
      if (seen === 20 || seen === 40) await source.acknowledge!('lane-0', marks)
      if (seen === 40) stop.abort()
    }
    expect(source.failedAcks).toBe(20)
    expect(texts(catalog).sort()).toEqual(numbers(0, 20).sort())
    expect(pubsub.isDrained()).toBe(true)
  })

  test('stages everything once through crashes', async () => {
    await pubsub.start({ enableExactlyOnceDelivery: true, enableMessageOrdering: true })
    await pubsub.records.send('a', numbers(0, 30))
    await pubsub.records.send('b', numbers(30, 60))
    const catalog = new StagedItems()
    for (const count of [7, 12, 20]) {
      const source = pubsub.open()
      await readLive(source, catalog, { count, window: 3 })
      await pubsub.crash(source)
    }
    await drain(pubsub.open(), catalog, 60)
    expect(texts(catalog).filter((text) => Number(text) < 30)).toEqual(numbers(0, 30))
    expect(texts(catalog).filter((text) => Number(text) >= 30)).toEqual(numbers(30, 60))
  })
})

describe('source: Pub/Sub, deadlines', () => {
  test('counts acknowledgements that are refused, where the service confirms none', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 5))
    const source = pubsub.open({ lanes: 1 })
    const seen: SourceItem[] = []
    for await (const item of source.read('lane-0', new Map(), { signal: new AbortController().signal })) {
      if (seen.push(item) < 5) continue
      pubsub.emulator.deny('pubsub.subscriptions.consume')
      await source.acknowledge!('lane-0', new Map([['records', item.mark!]]))
      await until(() => source.failedAcks === 5, 'the refusal is known')
      break
    }
    expect(pubsub.emulator.backlog(SUBSCRIPTION)).toBe(5)
  })

  test('gives what a reader held that vanished to another one, once the ack deadline has passed', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 5))
    const vanished = pubsub.open({ lanes: 1 })
    const held: SourceItem[] = []
    for await (const item of vanished.read('lane-0', new Map(), { signal: new AbortController().signal })) {
      if (held.push(item) < 5) continue
      pubsub.emulator.deny('pubsub.subscriptions.consume') // so that it cannot hand them back
      break
    }
    expect(pubsub.emulator.outstanding(SUBSCRIPTION)).toBe(5)
    pubsub.emulator.grant('pubsub.subscriptions.consume')
    const catalog = new StagedItems()
    await drain(pubsub.open({ lanes: 1 }), catalog, 5)
    expect(catalog.items.map(({ position }) => position).sort()).toEqual(held.map(({ position }) => position).sort())
    await until(() => pubsub.isDrained(), 'all is acknowledged')
  })
})

describe('source: Pub/Sub, a service that is killed', () => {
  test('reads on where it was when the service starts again on what it had kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-pubsub-'))
    await pubsub.start({ enableMessageOrdering: true }, { folder })
    try {
      await pubsub.records.send('key', numbers(0, 30))
      const catalog = new StagedItems()
      const source = pubsub.open({ lanes: 1 })
      const reading = drain(source, catalog, 40)
      await until(() => catalog.items.length >= 10, 'a part is staged')
      const { port } = pubsub.emulator
      await pubsub.emulator.close()
      await reading.catch((error: unknown) => expect(error).toMatchObject({ code: 'unavailable' }))
      pubsub.emulator = await startPubSub({ port, folder })
      await pubsub.records.send('key', numbers(30, 40))
      await drain(pubsub.open(), catalog, 40)
      expect(texts(catalog)).toEqual(numbers(0, 40))
      await until(() => pubsub.isDrained(), 'all is acknowledged')

      await pubsub.emulator.close()
      pubsub.emulator = await startPubSub({ port, folder })
      expect(pubsub.isDrained()).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('reads all that was published once, however often the service is killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-pubsub-'))
    await pubsub.start() // not the one that is killed
    let service = await spawnService(folder, 0)
    const stop = new AbortController()
    try {
      const { send, client } = await createRecords(service.endpoint)
      const random = seededRandom(7, 'kills')
      const catalog = new StagedItems()
      const reading = follow(pubsub.open({ endpoint: service.endpoint }), catalog, stop.signal)
      for (let published = 0; published < 500; published += 100) {
        await send('', numbers(published, published + 100))
        const wanted = catalog.items.length + 1 + random.below(80)
        await until(() => catalog.items.length >= Math.min(wanted, published + 100), 'a part is staged')
        await service.kill()
        service = await spawnService(folder, service.port)
      }
      await until(() => catalog.items.length >= 500, 'all is staged')
      stop.abort()
      await reading
      expect(texts(catalog).sort()).toEqual(numbers(0, 500).sort())
      await client.close()
    } finally {
      stop.abort()
      await service.kill()
      await rm(folder, { recursive: true })
    }
  })
})

/** The emulator in a process of its own. */
async function spawnService(folder: string, port: number) {
  const options = JSON.stringify({ folder, port })
  const program = `import('#emulators/pubsub.ts')
    .then(({ startPubSub }) => startPubSub(${options}))
    .then(({ port }) => console.log(port))`
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const listens = Number(line.toString())
  return {
    port: listens,
    endpoint: `http://127.0.0.1:${listens}`,
    async kill() {
      if (child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
