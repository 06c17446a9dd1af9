import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openObject, type EnvelopeContext } from '#services/encrypt/objects/envelope.ts'
import { kidOf } from '#services/encrypt/keys/record.ts'
import { FAULTS } from '#services/encrypt/objects/message.ts'

interface Vector {
  readonly why: string
  readonly key: string
  readonly context: EnvelopeContext
  readonly object?: string
  readonly file?: string
  readonly slices?: readonly (readonly [number, number])[]
  readonly expected: { readonly plaintext?: string; readonly reason?: string }
}

const folder = new URL('envelope/', import.meta.url)
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map(
    (name) => [name.replace('.json', ''), JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector] as const,
  )

function bytesOf({ object, file = '', slices = [] }: Vector): Buffer {
  if (object !== undefined) return Buffer.from(object, 'base64')
  const whole = readFileSync(new URL(file, folder))
  return Buffer.concat(slices.map(([from, to]) => whole.subarray(from, to)))
}

function openVector(vector: Vector) {
  const key = Buffer.from(vector.key, 'hex')
  return openObject(bytesOf(vector), vector.context, async () => ({
    dataset: 'golden',
    kid: kidOf(key),
    epoch: 1,
    key,
  }))
}

describe('golden objects', () => {
  test('there is one for every fault', () => {
    const reasons = vectors.flatMap(([, { expected }]) => expected.reason ?? [])
    expect(reasons.toSorted()).toEqual(FAULTS.toSorted())
  })

  test.each(vectors.filter(([, { expected }]) => expected.plaintext !== undefined))('%s opens', async (_, vector) => {
    const { plaintext } = await openVector(vector)
    expect(createHash('sha256').update(plaintext).digest('hex')).toBe(vector.expected.plaintext)
  })

  test.each(vectors.filter(([, { expected }]) => expected.reason !== undefined))(
    '%s is refused as what it is',
    async (_, vector) => {
      const code = vector.expected.reason === 'wrong_key' ? 'denied' : 'corrupt'
      await expect(openVector(vector)).rejects.toMatchObject({ name: 'AppError', code, reason: vector.expected.reason })
    },
  )
})
