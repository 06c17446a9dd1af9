import { KinesisClient } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createKinesisCaller, type KinesisCaller } from './caller.ts'
import { pollingReader, SHARD_PACE, type Pace } from './polling.ts'

interface Answer {
  readonly bytes: number
  readonly behindMs?: number
  readonly last?: boolean
}

// answers take no time here
beforeAll(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterAll(() => void vi.useRealTimers())

/** How long the reader pauses after each of these answers, in milliseconds. */
async function pauses(answers: readonly Answer[], pace: Pace = SHARD_PACE): Promise<number[]> {
  const left = [...answers]
  const found: number[] = []
  const client = new KinesisClient({ region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } })
  const caller: KinesisCaller = {
    ...createKinesisCaller(client, 'mail', (work) => work()),
    call: async <T>(action: string) => {
      if (action === 'GetShardIterator') return { ShardIterator: 'first' } as T
      const { bytes, behindMs = 0, last } = left.shift()!
      const Records = bytes === 0 ? [] : [{ SequenceNumber: '1', Data: new Uint8Array(bytes), PartitionKey: '' }]
      return { Records, MillisBehindLatest: behindMs, ...(last ? {} : { NextShardIterator: 'next' }) } as T
    },
    pause: async (ms) => void found.push(ms),
  }
  const start = { Type: 'TRIM_HORIZON' } as const
  const reading = { caller, shard: 'shardId-000000000000', start, signal: new AbortController().signal }
  for await (const _ of pollingReader(10, pace)(reading)) if (left.length === 0) break
  client.destroy()
  return found
}

describe('polling', () => {
  test('keeps to five readings a second', async () => {
    expect(await pauses([{ bytes: 10 }, { bytes: 10 }, { bytes: 10 }])).toEqual([200, 200])
  })

  test('keeps to two megabytes a second', async () => {
    expect(await pauses([{ bytes: 10_000_000 }, { bytes: 1_000_000 }, { bytes: 10 }])).toEqual([5000, 500])
  })

  test('asks less often while nothing comes, at least once a second', async () => {
    const empty = { bytes: 0 }
    expect(await pauses([empty, empty, empty, empty, empty, { bytes: 1 }, empty, empty])).toEqual([
      200, 400, 800, 1000, 1000, 200, 200,
    ])
  })

  test('goes on at once through a stretch without records that is not the end', async () => {
    const gap = { bytes: 0, behindMs: 60_000 }
    expect(await pauses([gap, gap, gap, { bytes: 1 }])).toEqual([200, 200, 200])
  })

  test('leaves others their share where it is told to', async () => {
    expect(
      await pauses([{ bytes: 1_000_000 }, { bytes: 1 }, { bytes: 1 }], { readsPerSecond: 2, bytesPerSecond: 1e6 }),
    ).toEqual([1000, 500])
  })

  test('ends with the shard, and does not pause before', async () => {
    expect(await pauses([{ bytes: 1 }, { bytes: 1, last: true }])).toEqual([200])
  })
})
