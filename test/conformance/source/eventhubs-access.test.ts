import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import type { AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import type { EventHubsSourceOptions } from '#services/ingest/sources/eventhubs/source.ts'
import type { AccessKey } from '#emulators/eventhubs/claims.ts'
import {
  collect,
  HUB,
  openSource,
  startHub,
  textOf,
  texts,
  watch,
  type HubFixture,
} from '#emulators/eventhubs/fixture.ts'
import { makeTestTls } from '#emulators/tls.ts'
import { until } from './live-reading.ts'

describe('errors of event hubs', () => {
  const policies: AccessKey[] = [
    { name: 'all', key: 'secret-of-all', rights: ['listen', 'send'] },
    { name: 'sender', key: 'secret-of-sender', rights: ['send'] },
  ]

  test('tell denial, by whom and of what, from what is not there', async () => {
    await using hub = await startHub({ keys: policies })
    const { emulator } = hub
    const failing = async (own: Partial<EventHubsSourceOptions>, partition = '0') =>
      (await collect(hub.open(own), partition, { count: 1 }).catch((error: unknown) => error)) as AppError
    const denied = await failing({ connectionString: emulator.connectionString('sender') })
    expect(denied).toMatchObject({ code: 'denied', reason: 'permission' })
    expect(denied.message).toContain('the shared access key sender may not listen on partition 0 of hub orders')
    const forged = await failing({ connectionString: emulator.connectionString().replace('secret-of-all', 'c2VjcmV0') })
    expect(forged).toMatchObject({ code: 'denied' })
    for (const { message } of [denied, forged]) expect(message).not.toMatch(/secret-of|c2VjcmV0/)
    expect(await failing({ consumerGroup: 'nobody' })).toMatchObject({ code: 'not_found', reason: 'not_found' })
    expect(await failing({ hub: 'nowhere' })).toMatchObject({ code: 'not_found', reason: 'not_found' })
    expect(await failing({}, '9')).toMatchObject({ code: 'not_found', reason: 'no_partition' })
    await expect(hub.open({ hub: 'nowhere' }).shards()).rejects.toMatchObject({ code: 'not_found' })
    emulator.inject({ kind: 'disabled', times: 1 })
    expect(await failing({})).toMatchObject({ code: 'denied', reason: 'disabled' })
  })

  test.each([
    ['com.microsoft:server-busy', 'throttled'],
    ['amqp:internal-error', 'unavailable'],
    ['amqp:link:detach-forced', 'unavailable'],
    ['amqp:unauthorized-access', 'denied'],
    ['com.microsoft:entity-disabled', 'denied'],
  ])('name a detach in the middle of a reading: %s', async (condition, code) => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 1))
    const source = hub.open()
    const reading = watch(source, '0', { fence: 1 })
    await until(() => reading.items.length === 1, 'it came')
    hub.emulator.detach(HUB, 0, { condition, description: 'as the service says' })
    expect(await reading.ended).toMatchObject({ code })
    await hub.send('0', texts(1, 2))
    expect((await collect(source, '0', { count: 1, fence: 2, after: '0' })).map(textOf)).toEqual(texts(1, 2))
  })

  test('come at once for options that are wrong, and show no key', () => {
    const plain =
      'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=very-secret;UseDevelopmentEmulator=true'
    const real = plain.replace(/;Use.*/, '')
    const wrong: [Partial<EventHubsSourceOptions>, string | undefined][] = [
      [{ connectionString: plain, emulator: false }, 'insecure_endpoint'],
      [{ connectionString: 'SharedAccessKey=very-secret' }, undefined],
      [{ connectionString: real.replace('sb:', 'http:') }, undefined],
      [{ connectionString: `${real};EntityPath=another` }, undefined],
      [{ connectionString: real, namespace: 'x.servicebus.windows.net' }, undefined],
      [{ namespace: 'x.servicebus.windows.net' }, undefined],
      [{ namespace: 'x;UseDevelopmentEmulator=true', credential: { getToken: async () => null } }, undefined],
      [{ connectionString: real, consumerGroup: '' }, undefined],
    ]
    for (const [own, reason] of wrong) {
      let error: unknown
      try {
        openSource(real, own)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toMatchObject({ code: 'invalid', reason })
      expect(inspect(error, { depth: 5 })).not.toContain('very-secret')
    }
  })
})

describe('event hubs over TLS, with tokens', () => {
  const authorities = getCACertificates('default')
  const tls = makeTestTls()
  afterEach(() => setDefaultCACertificates(authorities))

  const open = ({ emulator }: HubFixture, oid: string) =>
    openSource('', {
      namespace: `localhost:${emulator.port}`,
      credential: { getToken: async () => emulator.token(oid) },
      emulator: false,
    })

  test('are read under an identity that may, and refused to one that may not', async () => {
    await using hub = await startHub({ tls, roles: { 'object-2': ['send'] } })
    setDefaultCACertificates([...authorities, tls.ca])
    const source = open(hub, 'object-1')
    expect(await source.shards()).toEqual([{ id: '0' }, { id: '1' }])
    const reading = watch(source, '0', { fence: 1 })
    await until(() => hub.emulator.receivers().length === 1, 'it was attached')
    reading.stop()
    expect(await reading.ended).toBeUndefined()
    const refused = open(hub, 'object-2')
    const error = (await collect(refused, '0', { count: 1 }).catch((error: unknown) => error)) as AppError
    expect(error).toMatchObject({ code: 'denied', reason: 'permission' })
    expect(error.message).toContain('app object-2 (object object-2)')
    const lines = await refused.check()
    expect(lines.find(({ what }) => what === 'identity')?.says).toContain('object-2')
    expect(lines.find(({ what }) => what === 'encryption in transit')?.state).toBe('ok')
    await Promise.all([source.close(), refused.close()])
  })

  test('are not read where the certificate is nobody’s, or no token is had', async () => {
    await using hub = await startHub({ tls })
    const source = open(hub, 'object-1')
    await expect(source.shards()).rejects.toMatchObject({ code: 'invalid', reason: 'untrusted_certificate' })
    setDefaultCACertificates([...authorities, tls.ca])
    const failing = openSource('', {
      namespace: `localhost:${hub.emulator.port}`,
      credential: {
        getToken: () =>
          Promise.reject(Object.assign(new Error('no identity here'), { name: 'CredentialUnavailableError' })),
      },
    })
    await expect(failing.shards()).rejects.toMatchObject({ code: 'denied', reason: 'credentials' })
    await Promise.all([source.close(), failing.close()])
  })
})

describe('check of event hubs', () => {
  const states = (lines: readonly CheckLine[]) => Object.fromEntries(lines.map(({ what, state }) => [what, state]))

  test('tells how all stands, also beside a reader', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 8))
    hub.emulator.expire(HUB, 0, 4)
    const source = hub.open()
    const reading = watch(hub.open(), '0', { fence: 1 })
    await until(() => reading.items.length === 4, 'it is being read')
    const lines = await source.check(async (shard) => new Map(shard === '0' ? [['0', '1']] : []))
    reading.stop()
    expect(await reading.ended).toBeUndefined()
    expect(states(lines)).toEqual({
      'hub orders': 'ok',
      'encryption in transit': 'warn',
      identity: 'ok',
      'permission to listen as $Default': 'ok',
      'lag of partition 0': 'warn',
      'lag of partition 1': 'ok',
      'retention of orders': 'unknown',
    })
    expect(lines.find(({ what }) => what === 'lag of partition 0')?.says).toContain('6 events behind')
    expect(lines.find(({ what }) => what === 'identity')?.says).toContain('RootManageSharedAccessKey')
  })

  test('tells what is missing', async () => {
    await using hub = await startHub()
    expect(states(await hub.open({ consumerGroup: 'nobody' }).check())).toMatchObject({
      'permission to listen as nobody': 'failed',
    })
    expect(states(await hub.open({ hub: 'nowhere' }).check())).toMatchObject({ 'hub nowhere': 'failed' })
  })
})
