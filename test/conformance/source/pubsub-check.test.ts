import { PubSub } from '@google-cloud/pubsub'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CheckLine } from '#core/check.ts'
import type { PubSubSource, PubSubSourceOptions } from '#services/ingest/sources/pubsub/source.ts'
import { startPubSub, type PubSubEmulator } from '#emulators/pubsub.ts'
import { createRecords, openSource, PROJECT, SUBSCRIPTION, TOPIC, type Records } from '#emulators/pubsub/client.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import { readLive, StagedItems, until } from './live-reading.ts'

const DEAD = `projects/${PROJECT}/topics/dead`
const DAY = 86_400

let emulator: PubSubEmulator
let records: Records
let opened: PubSubSource[]

beforeEach(async () => {
  emulator = await startPubSub()
  records = await createRecords(emulator.endpoint)
  opened = []
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const source of opened) await source.close()
  await records.client.close()
  await emulator.close()
})

function open(options: Partial<PubSubSourceOptions> = {}): PubSubSource {
  const source = openSource(emulator.endpoint, unpackLines, options)
  opened.push(source)
  return source
}

async function check(options: Partial<PubSubSourceOptions> = {}): Promise<Map<string, CheckLine>> {
  const lines = await open(options).check()
  for (const { state, fix } of lines) if (state === 'failed' || state === 'warn') expect(fix).toBeTruthy()
  return new Map(lines.map((line) => [line.what, line]))
}

async function configure(metadata: Parameters<ReturnType<PubSub['subscription']>['setMetadata']>[0]): Promise<void> {
  await records.client.subscription('records').setMetadata(metadata)
}

describe('check of a Pub/Sub source', () => {
  test('finds a subscription as it should be', async () => {
    await configure({ expirationPolicy: {} })
    const lines = await check()
    expect([...lines].map(([what, { state }]) => `${what}: ${state}`)).toEqual([
      `subscription ${SUBSCRIPTION}: ok`,
      'identity: unknown', // an emulator asks nobody who they are
      'permission pubsub.subscriptions.consume: ok',
      'permission pubsub.subscriptions.get: ok',
      'delivery: ok',
      'exactly-once delivery: ok',
      'ordering: ok',
      'retention: ok',
      'expiration: ok',
      'ack deadline: ok',
      `topic ${TOPIC}: ok`,
      'encryption of the topic: warn',
      'storage of the topic: ok',
      'dead-letter policy: ok',
    ])
  })

  test('tells what a subscription is set to', async () => {
    await records.client.createTopic('dead')
    await configure({
      enableExactlyOnceDelivery: true,
      ackDeadlineSeconds: 30,
      messageRetentionDuration: { seconds: 600 },
      deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: 50 },
    })
    const lines = await check()
    expect(lines.get('exactly-once delivery')!.says).toMatch(/^on/)
    expect(lines.get('ack deadline')!.says).toMatch(/^30 s/)
    expect(lines.get('retention')).toMatchObject({ state: 'warn', says: expect.stringContaining('10 minutes') })
    expect(lines.get('expiration')).toMatchObject({ state: 'warn', says: expect.stringContaining('31 days') })
    expect(lines.get('dead-letter policy')).toMatchObject({ state: 'ok', says: expect.stringContaining(DEAD) })
  })

  test('warns of dead-letter policies that lose messages', async () => {
    await records.client.createTopic('dead')
    await configure({ deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: 5 } })
    expect((await check()).get('dead-letter policy')).toMatchObject({ state: 'warn' })
    await records.client.topic('dead').delete()
    const line = (await check()).get('dead-letter policy')
    expect(line).toMatchObject({ state: 'failed', says: expect.stringContaining('does not exist') })
    emulator.deny('pubsub.topics.get')
    expect((await check()).get('dead-letter policy')).toMatchObject({ state: 'unknown' })
  })

  test('finds what keeps it from reading', async () => {
    await configure({ messageRetentionDuration: { seconds: 7 * DAY }, pushEndpoint: 'https://example.test/push' })
    expect((await check()).get('delivery')).toMatchObject({ state: 'failed', says: expect.stringContaining('pushes') })
    await records.topic.delete()
    expect((await check()).get('topic')).toMatchObject({ state: 'failed', says: expect.stringContaining('deleted') })
    const missing = await check({ subscription: 'nobody' })
    expect(missing.get(`subscription projects/${PROJECT}/subscriptions/nobody`)).toMatchObject({
      state: 'failed',
      fix: expect.stringContaining('subscriptions create nobody'),
    })
  })

  test('tells missing permissions one by one, and how to grant them', async () => {
    emulator.deny('pubsub.subscriptions.get')
    const viewless = await check()
    expect(viewless.get(`subscription ${SUBSCRIPTION}`)).toMatchObject({ state: 'unknown' })
    expect(viewless.get('permission pubsub.subscriptions.get')).toMatchObject({ state: 'warn' })
    expect(viewless.get('permission pubsub.subscriptions.consume')).toMatchObject({ state: 'ok' })
    emulator.grant('pubsub.subscriptions.get')
    emulator.deny('pubsub.subscriptions.consume')
    expect((await check()).get('permission pubsub.subscriptions.consume')).toMatchObject({
      state: 'failed',
      fix: `gcloud pubsub subscriptions add-iam-policy-binding ${SUBSCRIPTION} --member=IDENTITY --role=roles/pubsub.subscriber`,
    })
  })

  test('says so when nothing answers, with one attempt a call', async () => {
    emulator.inject({ kind: 'unavailable' })
    expect((await check()).get(`subscription ${SUBSCRIPTION}`)).toMatchObject({ state: 'failed' })
    const gets = emulator.calls.filter(({ action }) => action === 'pubsub.subscriptions.get')
    expect(gets).toHaveLength(1)
  })
})

describe('source: Pub/Sub, refusals', () => {
  const read = (options: Partial<PubSubSourceOptions> = {}) => readLive(open(options), new StagedItems(), { count: 1 })

  test('ends with an error that names what is missing', async () => {
    await expect(read({ subscription: 'nobody' })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(`projects/${PROJECT}/subscriptions/nobody`),
    })
    emulator.deny('pubsub.subscriptions.consume')
    await expect(read()).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringMatching(/subscriptions\/records.*pubsub\.subscriptions\.consume/),
    })
  })

  test('ends when the subscription is deleted under it', async () => {
    const reading = read()
    await until(() => emulator.calls.some(({ action }) => action === 'pubsub.subscriptions.consume'), 'it reads')
    const ended = expect(reading).rejects.toMatchObject({ code: 'not_found' })
    await records.client.subscription('records').delete()
    await ended
  })

  test('needs nothing but to consume the subscription', async () => {
    await records.send('', ['1'])
    const before = emulator.calls.length
    await read()
    const calls = new Set(emulator.calls.slice(before).map(({ action, resource }) => `${action} ${resource}`))
    expect([...calls]).toEqual([`pubsub.subscriptions.consume ${SUBSCRIPTION}`])
  })

  test('says that there are no credentials, where it needs some', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/key.json')
    const secure = { emulator: false, endpoint: `https://127.0.0.1:${emulator.port}` }
    await expect(read(secure)).rejects.toMatchObject({ code: 'denied', reason: 'no_credentials' })
    expect([...(await check(secure)).values()]).toMatchObject([{ what: 'identity', state: 'failed' }])
  })

  test('refuses options that make no sense', () => {
    const invalid = expect.objectContaining({ name: 'AppError', code: 'invalid' })
    for (const options of [
      { lanes: 0 },
      { lanes: 65 },
      { lanes: 1.5 },
      { maxOutstanding: { messages: 0 } },
      { maxOutstanding: { bytes: -1 } },
      { maxExtensionSeconds: 0 },
      { subscription: 'no/name' },
      { subscription: '' },
      { endpoint: 'nonsense' },
      { endpoint: 'http://pubsub.example', emulator: false },
    ]) {
      expect(() => openSource(emulator.endpoint, unpackLines, options)).toThrow(invalid)
    }
  })

  test('speaks TLS to all but emulators, whatever the environment says', async () => {
    vi.stubEnv('PUBSUB_EMULATOR_HOST', `127.0.0.1:${emulator.port}`)
    const credentials = { client_email: 'reader@credence-test.iam.gserviceaccount.com', private_key: 'not used' }
    const secure = { emulator: false, endpoint: `https://127.0.0.1:${emulator.port}`, credentials }
    const before = emulator.calls.length
    const lines = await check(secure)
    expect(lines.get(`subscription ${SUBSCRIPTION}`)!.state).toBe('failed')
    expect(lines.get('identity')).toMatchObject({ state: 'ok', says: credentials.client_email })
    expect(emulator.calls).toHaveLength(before)
  })
})
