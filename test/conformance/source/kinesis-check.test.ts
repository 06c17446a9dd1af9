import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { RegisterStreamConsumerCommand, StartStreamEncryptionCommand } from '@aws-sdk/client-kinesis'
import { describe, expect, test } from 'vitest'
import { createKinesisSource, type KinesisSourceOptions } from '#services/ingest/sources/kinesis/source.ts'
import type { Call } from '#emulators/emulator.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import { emulatorForCases, IF_IT_ENDED } from './kinesis/emulator.ts'
import { createStream } from './kinesis/stream.ts'
import { readLive, StagedItems, until } from './live-reading.ts'

const emulator = emulatorForCases()

const two = [Buffer.from('{"i":0}'), Buffer.from('{"i":1}')]
const told = (lines: readonly { what: string; state: string }[]) => lines.map(({ what, state }) => `${state} ${what}`)

describe.concurrent('kinesis: check', { retry: IF_IT_ENDED }, () => {
  test('tells of stream, permissions, lag, encryption and retention, and how to fix them', async () => {
    await using stream = await createStream(emulator(), 2)
    await stream.put(0, two)
    const source = stream.open()
    const lines = await source.check()
    expect(told(lines)).toEqual([
      `ok stream ${stream.arn}`,
      'unknown identity',
      'ok permission kinesis:ListShards',
      'ok permission kinesis:GetShardIterator',
      'ok permission kinesis:GetRecords',
      'ok lag of shardId-000000000000',
      'ok lag of shardId-000000000001',
      `warn encryption of ${stream.arn}`,
      `warn retention of ${stream.arn}`,
    ])
    expect(lines[0]!.says).toBe('active, provisioned, 2 open shards')
    for (const line of lines.filter(({ state }) => state === 'warn')) expect(line.fix).toMatch(/^aws kinesis /)

    const catalog = new StagedItems()
    await readLive(source, catalog, { count: 2 })
    const read = await source.check(async (shard) => catalog.positions(shard))
    expect(read.find(({ what }) => what === 'lag of shardId-000000000000')?.says).toBe('0 ms behind its newest record')
    expect(read.find(({ what }) => what === 'lag of shardId-000000000001')?.says).toMatch(/^not read yet/)
  })

  test('tells of the key that the stream rests under', async () => {
    await using stream = await createStream(emulator(), 1)
    const key = { StreamARN: stream.arn, EncryptionType: 'KMS', KeyId: 'alias/mail' } as const
    await stream.producer.send(new StartStreamEncryptionCommand(key))
    const encryption = async () => (await stream.open().check()).find(({ what }) => what.startsWith('encryption'))
    await until(async () => (await encryption())?.state === 'ok', 'it is encrypted')
    expect((await encryption())?.says).toBe('at rest under alias/mail')
  })

  test('tells of the fan-out consumer, registered or not, and changes nothing', async () => {
    await using stream = await createStream(emulator(), 1)
    const source = stream.open({ mode: 'fan-out', consumer: 'mine' })
    expect(told(await source.check())).toContain('warn consumer mine')
    await stream.producer.send(new RegisterStreamConsumerCommand({ StreamARN: stream.arn, ConsumerName: 'mine' }))
    await until(async () => told(await source.check()).includes('ok consumer mine'), 'it is active')
    expect(told(await source.check())).toContain('ok permission kinesis:SubscribeToShard')
    expect(stream.book.calls.map(({ action }) => action)).not.toContain('kinesis:RegisterStreamConsumer')
  })

  test('tells what is refused, and what does not answer', async () => {
    await using stream = await createStream(emulator(), 1)
    const source = stream.open()
    stream.book.inject({ kind: 'denied', action: 'kinesis:GetRecords' })
    const [line] = (await source.check()).filter(({ state }) => state === 'failed')
    expect(line).toMatchObject({ what: 'permission kinesis:GetRecords' })
    expect(line?.says).toMatch(/^kinesis:GetRecords on arn:.*shardId-000000000000 was refused; allow it/)
    stream.book.clearFaults()

    stream.proxies.polling.down()
    const lines = await source.check()
    expect(told(lines)).toEqual([
      `failed stream ${stream.arn}`,
      'unknown identity',
      'unknown permission kinesis:ListShards',
    ])
    const [missing] = await stream
      .open({ stream: 'nowhere', region: 'us-east-1', endpoint: emulator().endpoint })
      .check()
    expect(missing).toMatchObject({ state: 'failed', what: 'stream nowhere' })
    expect(missing?.fix).toMatch(/correct the name/)
  })

  test('tells whose credentials are in use', async () => {
    await using stream = await createStream(emulator(), 1)
    const arn = 'arn:aws:sts::000000000000:assumed-role/credence-ingest/worker'
    const identities = createServer((_request, response) => {
      response.setHeader('content-type', 'text/xml')
      response.end(
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
          `<Arn>${arn}</Arn><UserId>x</UserId><Account>000000000000</Account>` +
          `</GetCallerIdentityResult></GetCallerIdentityResponse>`,
      )
    }).listen(0, '127.0.0.1')
    await once(identities, 'listening')
    const identityEndpoint = `http://127.0.0.1:${(identities.address() as AddressInfo).port}`
    const lines = await stream.open({ identityEndpoint }).check()
    identities.close()
    expect(lines.find(({ what }) => what === 'identity')).toEqual({ what: 'identity', state: 'ok', says: arn })
  })
})

describe.concurrent('kinesis: permissions', { retry: IF_IT_ENDED }, () => {
  const granted = (calls: readonly Call[]) =>
    [...new Set(calls.map(({ action, resource }) => `${action} ${resource}`))].sort()

  test('that polling needs', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, two)
    await readLive(stream.open(), new StagedItems(), { count: 2, quietMs: 200 })
    expect(granted(stream.book.calls)).toEqual(
      ['GetRecords', 'GetShardIterator', 'ListShards'].map((action) => `kinesis:${action} ${stream.arn}`),
    )
  })

  test('that fan-out needs', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, two)
    await readLive(stream.open({ mode: 'fan-out' }), new StagedItems(), { count: 2, quietMs: 200 })
    const calls = granted(stream.book.calls)
    const [subscribe] = calls.splice(-1)
    expect(calls).toEqual(
      ['DescribeStreamConsumer', 'ListShards', 'RegisterStreamConsumer'].map(
        (action) => `kinesis:${action} ${stream.arn}`,
      ),
    )
    expect(subscribe).toMatch(/^kinesis:SubscribeToShard arn:aws:kinesis:.*:stream\/.*\/consumer\/credence:\d+$/)
  })
})

describe('kinesis: connections', { retry: IF_IT_ENDED }, () => {
  const options: KinesisSourceOptions = {
    name: 'kinesis',
    stream: 'arn:aws:kinesis:us-east-1:000000000000:stream/mail',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    mode: 'polling',
    start: 'TRIM_HORIZON',
    unpack: unpackLines,
  }

  test('are refused over plain http, unless to an emulator', () => {
    expect(() => createKinesisSource({ ...options, endpoint: emulator().endpoint })).toThrow(
      expect.objectContaining({ code: 'invalid', reason: 'insecure_endpoint' }),
    )
    expect(() => createKinesisSource({ ...options, endpoint: 'nonsense' })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    )
  })

  test.each(['polling', 'fan-out'] as const)('are not made where the certificate is not trusted (%s)', async (mode) => {
    // not even to an emulator: `emulator` allows plain http, and no unverified TLS
    const source = createKinesisSource({
      ...options,
      mode,
      consumer: 'x',
      emulator: true,
      endpoint: emulator().tlsEndpoint,
    })
    await expect(source.shards()).rejects.toMatchObject({ code: 'invalid', reason: 'untrusted_certificate' })
    await source.close()
  })

  test("are refused to what is not a stream's ARN", () => {
    const arn = 'arn:aws:kinesis:us-east-1:000000000000:video/mail'
    expect(() => createKinesisSource({ ...options, stream: arn })).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  test('without credentials are denied', async () => {
    const credentials = () =>
      Promise.reject(Object.assign(new Error('no providers'), { name: 'CredentialsProviderError' }))
    const source = createKinesisSource({ ...options, credentials, emulator: true, endpoint: emulator().endpoint })
    await expect(source.shards()).rejects.toMatchObject({ code: 'denied', reason: 'credentials' })
    await source.close()
  })
})
