import { emulatorForCases, IF_IT_ENDED } from './kinesis/emulator.ts'
import { fillStream } from './kinesis/stream.ts'
import type { LiveService, LiveSourceUnderTest } from './live-service.ts'
import { liveSourceSuite } from './live-source-suite.ts'
import type { SourceContents } from './suite.ts'

const emulator = emulatorForCases()

const MIB = 1024 * 1024

async function serve(mode: 'polling' | 'fan-out', contents: SourceContents): Promise<LiveService> {
  const { stream, placeOf } = await fillStream(emulator(), contents)
  const proxy = stream.proxies[mode]
  return {
    open: async (unpack) => stream.open({ unpack, mode }),
    send: (partition, messages) => stream.put(placeOf(partition), messages),
    tear: () => proxy.cut(),
    down: () => proxy.down(),
    up: () => proxy.up(),
    inject: (fault) => stream.book.inject(fault),
    clearFaults: () => stream.book.clearFaults(),
    received: () => proxy.received,
    close: async () => stream[Symbol.asyncDispose](),
  }
}

const common = {
  hugeBytes: [1000, MIB],
  aheadBytes: MIB / 2,
  concurrent: true,
  retry: IF_IT_ENDED,
} satisfies Partial<LiveSourceUnderTest>

liveSourceSuite('kinesis, polling', { ...common, create: (contents) => serve('polling', contents) })

liveSourceSuite('kinesis, fan-out', {
  ...common,
  create: (contents) => serve('fan-out', contents),
  quietMs: 1800, // the emulator pushes once a second
  skip: {
    'reads ahead of a slow consumer no more than it promises':
      'the emulator puts all that it has into one event, of any size; a case of its own shows the back pressure',
  },
})
