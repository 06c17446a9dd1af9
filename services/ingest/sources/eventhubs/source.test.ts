import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { mirrorCheckpoints } from './checkpoints.ts'
import { AheadLimit } from './credit.ts'
import { eventHubsError } from './errors.ts'
import { behind, expiredSince, markOf, parsePlace, resumeAt, since } from './start.ts'

const CALL = { action: 'listen', resource: 'partition 0 of hub orders', identity: 'the shared access key reader' }

describe('errors of event hubs', () => {
  const failing = (code: string, message = 'as the service says') => Object.assign(new Error(message), { code })

  test.each([
    ['UnauthorizedError', 'denied', 'permission'],
    ['MessagingEntityDisabledError', 'denied', 'disabled'],
    ['ServerBusyError', 'throttled', 'throttled'],
    ['QuotaExceededError', 'throttled', 'quota'],
    ['ReceiverDisconnectedError', 'conflict', 'lease_lost'],
    ['MessagingEntityNotFoundError', 'not_found', 'not_found'],
    ['ArgumentOutOfRangeError', 'not_found', 'no_partition'],
    ['ArgumentError', 'invalid', 'invalid_call'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'invalid', 'untrusted_certificate'],
    ['ServiceCommunicationError', 'unavailable', 'unavailable'],
    ['OperationTimeoutError', 'unavailable', 'unavailable'],
    ['ECONNREFUSED', 'unavailable', 'unavailable'],
    ['SomethingNewError', 'unavailable', 'unavailable'],
  ])('tell what %s means', (vendor, code, reason) => {
    const error = eventHubsError(failing(vendor), CALL)
    expect(error).toMatchObject({ code, reason })
    expect(error.message).toContain('partition 0 of hub orders')
    expect(error.message).toContain('(as the service says)')
  })

  test('name who was refused', () => {
    expect(eventHubsError(failing('UnauthorizedError'), CALL).message).toContain(
      'the shared access key reader may not listen',
    )
  })

  test('know a position behind the end, and a partition that another holds', () => {
    const said = "The supplied sequence number '9' is invalid. The last sequence number in the system is '2'"
    expect(eventHubsError(failing('ArgumentError', said), CALL)).toMatchObject({ reason: 'position_ahead' })
    const unfenced = eventHubsError(failing('ReceiverDisconnectedError'), { ...CALL, isFenced: false })
    expect(unfenced).toMatchObject({ code: 'conflict', reason: 'in_use' })
  })

  test('look into several failures at once, and pass on what is mapped', () => {
    const all = new AggregateError([failing('ECONNREFUSED'), failing('CERT_HAS_EXPIRED')])
    expect(eventHubsError(all, CALL)).toMatchObject({ reason: 'untrusted_certificate' })
    const own = new AppError('corrupt', 'known')
    expect(eventHubsError(own, CALL)).toBe(own)
    expect(eventHubsError(new TypeError('a defect'), CALL)).toMatchObject({ code: 'internal' })
    expect(eventHubsError(undefined, CALL)).toMatchObject({ code: 'unavailable' })
  })
})

describe('places in a partition', () => {
  const properties = {
    eventHubName: 'orders',
    partitionId: '0',
    lastEnqueuedOffset: '0',
    lastEnqueuedOnUtc: new Date(0),
    lastEnqueuedSequenceNumber: 9,
    beginningSequenceNumber: 4,
    isEmpty: false,
  }

  test('are read on behind, or at where items are due', () => {
    expect(resumeAt(parsePlace('7'))).toEqual({ sequenceNumber: 7, isInclusive: false })
    expect(resumeAt(parsePlace('7/2'))).toEqual({ sequenceNumber: 7, isInclusive: true })
    expect(parsePlace('7/2').taken).toBe(3)
    expect(behind({ sequenceNumber: -1, offset: '-1' })).toEqual({ offset: '-1' })
    expect(behind({ sequenceNumber: 4, offset: '960' })).toEqual({ sequenceNumber: 4, isInclusive: false })
    expect(since(new Date(1000))).toEqual({ enqueuedOn: new Date(999) })
    for (const mark of ['', 'x', '-1', '1.5']) expect(() => parsePlace(mark)).toThrow('not the position')
  })

  test('are found by their offset where it is no number, as with geo-replication', () => {
    expect(markOf('7/2', '960')).toBe('7/2')
    expect(markOf('7/2', 'a1:9@/60')).toBe('7/2@a1:9@/60')
    expect(parsePlace('7/2@a1:9@/60')).toEqual({ sequenceNumber: 7, taken: 3, offset: 'a1:9@/60' })
    expect(resumeAt(parsePlace('7@a1:960'))).toEqual({ offset: 'a1:960', isInclusive: false })
    expect(resumeAt(parsePlace('7/2@a1:960'))).toEqual({ offset: 'a1:960', isInclusive: true })
    expect(behind({ sequenceNumber: 4, offset: 'a1:960' })).toEqual({ offset: 'a1:960', isInclusive: false })
    expect(() => parsePlace('@a1:960')).toThrow('not the position')
  })

  test('tell how many events expired unread', () => {
    const counts = ['3', '2', '3/0', '9'].map((mark) => expiredSince(parsePlace(mark), properties))
    expect(counts).toEqual([0, 1, 1, 0])
    expect(expiredSince(parsePlace('3'), { ...properties, isEmpty: true })).toBe(6)
    expect(expiredSince(parsePlace('9'), { ...properties, isEmpty: true })).toBe(0)
  })
})

describe('what is fetched ahead', () => {
  test('is few events until their size is known, and never none', () => {
    const limit = new AheadLimit({ events: 300, bytes: 8 * 1024 * 1024 })
    expect(limit.now()).toBe(8)
    for (let batch = 0; batch < 60; batch++) limit.note([200, 300])
    expect(limit.now()).toBe(300)
    limit.note([1024 * 1024])
    expect(limit.now()).toBe(8)
    limit.note([])
    expect(limit.now()).toBe(8)
    expect(new AheadLimit({ events: 300, bytes: 10 }).now()).toBe(1)
  })
})

describe('checkpoints', () => {
  test('are copied of the last event that is done, and forgotten with it', async () => {
    const copied: unknown[] = []
    const about = { fullyQualifiedNamespace: 'n', eventHubName: 'orders', consumerGroup: 'g' }
    const mirror = mirrorCheckpoints({ updateCheckpoint: async (checkpoint) => void copied.push(checkpoint) }, about)
    await mirror.update('0', '4') // nothing is known of it
    for (const [place, offset] of [
      ['3', 'a'],
      ['4', 'b'],
      ['6', 'c'],
    ] as const)
      mirror.note('0', Number(place), offset)
    for (const mark of ['4/1', '5', '6']) await mirror.update('0', mark)
    expect(copied).toMatchObject([
      { ...about, partitionId: '0', sequenceNumber: 3, offset: 'a' },
      { sequenceNumber: 4, offset: 'b' },
      { sequenceNumber: 6, offset: 'c' },
    ])
  })
})
