import { afterAll, beforeAll, describe } from 'vitest'
import { startMoto, type Moto } from '#emulators/moto.ts'
import { fillStream } from '../source/kinesis/stream.ts'
import { liveSourceSuite } from '../source/live-source-suite.ts'
import { motoNeeded } from './moto-needed.ts'

const { program, skip, why } = motoNeeded()
const MIB = 1024 * 1024

// Polling alone: moto has no SubscribeToShard.
describe.skipIf(skip)(`Kinesis by moto, which others wrote${why}`, () => {
  let moto: Moto
  beforeAll(async () => {
    moto = await startMoto(program)
  })
  afterAll(() => moto.close())

  liveSourceSuite('kinesis, polling, over moto', {
    hugeBytes: [1000, MIB],
    aheadBytes: MIB / 2,
    async create(contents) {
      const { stream, placeOf } = await fillStream({ ...moto, speaksHttp2: false }, contents)
      const proxy = stream.proxies.polling
      return {
        open: async (unpack) => stream.open({ unpack }),
        send: (partition, messages) => stream.put(placeOf(partition), messages),
        tear: () => proxy.cut(),
        down: () => proxy.down(),
        up: () => proxy.up(),
        inject: (fault) => stream.book.inject(fault),
        clearFaults: () => stream.book.clearFaults(),
        received: () => proxy.received,
        close: async () => stream[Symbol.asyncDispose](),
      }
    },
  })
})
