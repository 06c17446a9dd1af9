import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { openGcsStore } from '#services/encrypt/stores/gcs/store.ts'
import { startFakeGcsServer, type FakeGcsServer } from '#emulators/gcs/fake-gcs-server.ts'
import { named, needs } from '#test/support/needs.ts'
import { describeStore } from '../store/suite.ts'

const { value: program, missing } = named(
  'CREDENCE_TEST_FAKE_GCS',
  'the program that `go install github.com/fsouza/fake-gcs-server@v1.56.1` brings',
)
const { skip, why } = needs(missing)

describe.skipIf(skip)(`Cloud Storage by fake-gcs-server, which others wrote${why}`, () => {
  let server: FakeGcsServer
  beforeAll(async () => {
    server = await startFakeGcsServer(program)
    const made = await fetch(`${server.endpoint}/storage/v1/b?project=p`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'training-data' }),
    })
    if (!made.ok) throw new Error(`no bucket: ${made.status}`)
  })
  afterAll(() => server.close())

  let prefix = ''
  const open = () =>
    openGcsStore({ bucket: 'training-data', prefix, project: 'p', endpoint: server.endpoint, emulator: true })

  describeStore('gcs, over fake-gcs-server', {
    open: () => {
      prefix = randomUUID()
      return open()
    },
    again: open,
  })
})
