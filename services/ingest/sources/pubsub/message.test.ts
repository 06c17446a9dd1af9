import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { messageOf, nextMark } from './message.ts'

type Delivery = Parameters<typeof messageOf>[0]

function delivery(fields: Partial<Delivery>): Delivery {
  const plain = { id: '17', data: Buffer.from('x'), attributes: {}, deliveryAttempt: 0, orderingKey: '', ...fields }
  return plain as Delivery
}

const chain = (positions: readonly string[]) => positions.reduce(nextMark, '')

describe('marks of a lane', () => {
  property.prop([fc.array(fc.bigInt({ min: 1n, max: 10n ** 17n })), fc.array(fc.bigInt({ min: 1n, max: 10n ** 17n }))])(
    'are the same for the same positions in the same order, and for no others',
    (a, b) => {
      const isSame = a.length === b.length && a.every((position, index) => position === b[index])
      expect(chain(a.map(String)) === chain(b.map(String))).toBe(isSame)
    },
  )

  test('are 32 hex digits of SHA-256 over the mark before and the position', () => {
    expect(chain(['1'])).toBe('efdd30d1dda5a1a329ee9d0bf61387ee')
    expect(chain(['1', '2'])).toBe('40a252ba5e74239d3bfe5298e2d6a2b3')
  })

  test('tell where a position begins', () => {
    expect(nextMark('', '12')).not.toBe(chain(['1', '2']))
    expect(nextMark('a', 'b')).not.toBe(nextMark('', 'ab'))
  })
})

describe('messages of Pub/Sub', () => {
  test('have the subscription for their partition and the id for their position', () => {
    expect(messageOf(delivery({}), 'records')).toMatchObject({
      partition: 'records',
      position: '17',
      redeliverable: true,
    })
  })

  test('say how often they were delivered where the service counts, and believe nobody else', () => {
    const attributes = { 'Delivery-Attempt': '99' }
    expect(messageOf(delivery({ attributes }), 'p').attributes.has('delivery-attempt')).toBe(false)
    const counted = messageOf(delivery({ attributes, deliveryAttempt: 3 }), 'p')
    expect(counted.attributes.get('delivery-attempt')).toBe('3')
  })

  test('have no contributor where the key or the attribute is not there', () => {
    expect(messageOf(delivery({}), 'p', 'ordering-key')).not.toHaveProperty('contributor')
    expect(messageOf(delivery({}), 'p', { attribute: 'sender' })).not.toHaveProperty('contributor')
    const sent = delivery({ attributes: { SENDER: 'ann' }, orderingKey: 'bob' })
    expect(messageOf(sent, 'p', { attribute: 'Sender' }).contributor).toBe('ann')
    expect(messageOf(sent, 'p', 'ordering-key').contributor).toBe('bob')
  })
})
