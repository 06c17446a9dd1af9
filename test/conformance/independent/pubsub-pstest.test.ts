import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe } from 'vitest'
import { createRecords, openSource } from '#emulators/pubsub/client.ts'
import { named, needs } from '#test/support/needs.ts'
import { startTornProxy } from '#test/support/fakes/torn-proxy.ts'
import type { LiveCase, LiveService } from '../source/live-service.ts'
import { liveSourceSuite } from '../source/live-source-suite.ts'
import { itemText, type SourceContents } from '../source/suite.ts'

const { value: program, missing } = named(
  'CREDENCE_TEST_PSTEST',
  'the program that `go build` makes of emulators/pstest',
)
const { skip, why } = needs(missing)
const MiB = 1024 * 1024

/** The fake of Pub/Sub that Google's client for Go is tested with, behind a proxy that breaks connections. */
async function createService(contents: SourceContents): Promise<LiveService> {
  const child = spawn(program, [], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  const [address] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const port = Number(address.slice(address.lastIndexOf(':') + 1))
  const proxy = await startTornProxy(port)
  const { client, send } = await createRecords(`http://127.0.0.1:${port}`)
  for (const [name, count] of Object.entries(contents))
    await send(
      '',
      Array.from({ length: count }, (_, index) => itemText(name, index)),
    )
  return {
    open: async (unpack) =>
      openSource(`http://127.0.0.1:${proxy.port}`, unpack, { maxOutstanding: { bytes: 4 * MiB } }),
    send: async (_name, messages) => void (await send('', messages)),
    tear: () => proxy.cut(),
    down: () => proxy.down(),
    up: () => proxy.up(),
    received: () => proxy.received,
    async close() {
      await client.close()
      await proxy.close()
      child.kill('SIGKILL')
      await ended
    },
  }
}

const NO_POSITIONS = 'Pub/Sub has no positions: what is not acknowledged comes again, and is dropped by its id'
const NO_ORDER = 'pstest delivers in any order, but for ordering keys, of which it delivers one message at a time'
const SKIPPED: { readonly [title in LiveCase]?: string } = {
  'yields every message once, each partition in its order': NO_ORDER,
  'yields the same items from the same place every time': NO_POSITIONS,
  'carries on after any position without a gap or a repetition': NO_POSITIONS,
  'waits where all of it was read, and yields what comes then': NO_ORDER,
  'can be left in the middle and read again': NO_ORDER,
  'acknowledges positions, more than once if need be': NO_ORDER,
  'carries on inside a message of several items': NO_POSITIONS,
  'goes on behind messages that cannot be unpacked': NO_ORDER,
  'yields empty messages': NO_ORDER,
  'says that the service does not answer, and reads on when it does': NO_ORDER,
  'tells throttling from denial': 'pstest cannot be told to fail from outside',
}

describe.skipIf(skip)(`Pub/Sub by pstest, which others wrote${why}`, () => {
  liveSourceSuite('Pub/Sub, over pstest', {
    create: createService,
    hugeBytes: [MiB],
    ordered: false,
    aheadBytes: 6 * MiB,
    skip: SKIPPED,
  })
})
