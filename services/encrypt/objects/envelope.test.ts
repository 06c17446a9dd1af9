import { randomBytes } from 'node:crypto'
import { fc, test } from '#test/support/property.ts'
import { describe, expect } from 'vitest'
import { isAppError } from '#core/errors.ts'
import { encryptObject, kidOfObject, openObject, type EnvelopeContext } from './envelope.ts'
import { kidOf } from '../keys/record.ts'
import type { EpochKey } from '../keys/records.ts'
import { FAULTS, FRAME_LENGTH, parseMessage } from './message.ts'

const CONTEXT: EnvelopeContext = {
  dataset: 'mnist',
  path: 'clean/mnist/w1',
  contract: 'c'.repeat(64),
  window: 'w1',
  codec: 'jsonl+zstd',
}

function newKey(): EpochKey {
  const key = randomBytes(32)
  return { dataset: 'mnist', kid: kidOf(key), epoch: 1, key }
}

const KEY = newKey()
const open = (bytes: Uint8Array, context = CONTEXT, key = KEY) => openObject(bytes, context, async () => key)

async function reasonOf(opening: Promise<unknown>): Promise<string | undefined> {
  const error = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error === undefined) return undefined
  expect(error).toMatchObject({ name: 'AppError' })
  return isAppError(error) ? error.reason : undefined
}

test.each([0, 1, 1000, FRAME_LENGTH - 1, FRAME_LENGTH, FRAME_LENGTH + 1, 3 * FRAME_LENGTH])(
  '%i bytes come back as they were',
  async (length) => {
    const plaintext = randomBytes(length)
    const object = await encryptObject(plaintext, CONTEXT, KEY)
    const opened = await open(object)
    expect(Buffer.compare(opened.plaintext, plaintext)).toBe(0)
    expect(opened.kid).toBe(KEY.kid)
    expect(kidOfObject(object)).toBe(KEY.kid)
  },
)

test('the header says in clear what the object is, and nothing else', async () => {
  const { context, frames } = parseMessage(await encryptObject(Buffer.from('plaintext'), CONTEXT, KEY))
  expect(Object.fromEntries(context)).toEqual({ format: 'credence/1', kid: KEY.kid, ...CONTEXT })
  expect(frames).toHaveLength(1)
})

test('the same plaintext never gives the same object twice', async () => {
  const [a, b] = await Promise.all([1, 2].map(() => encryptObject(Buffer.from('same'), CONTEXT, KEY)))
  expect(Buffer.compare(a ?? Buffer.of(), b ?? Buffer.of())).not.toBe(0)
})

describe('what was altered is refused', () => {
  test('with any one bit of the object flipped', async () => {
    const object = Buffer.from(await encryptObject(Buffer.from('a small plaintext'), CONTEXT, KEY))
    const seen = new Set<string | undefined>()
    for (let at = 0; at < object.length; at++) {
      const altered = Buffer.from(object)
      altered.writeUInt8(altered.readUInt8(at) ^ (1 << (at % 8)), at)
      const reason = await reasonOf(open(altered))
      expect(FAULTS, `byte ${at}: ${reason}`).toContain(reason)
      seen.add(reason)
    }
    expect(seen.size).toBeGreaterThan(8)
  })

  test('cut at any length', async () => {
    const object = await encryptObject(Buffer.from('a small plaintext'), CONTEXT, KEY)
    for (let length = 0; length < object.length; length++) {
      const reason = await reasonOf(open(object.subarray(0, length)))
      expect(['truncated_header', 'missing_final_frame', 'truncated_frame'], `at ${length}`).toContain(reason)
    }
  })

  test.prop([fc.uint8Array({ maxLength: 400 })], { numRuns: 200 })('whatever bytes they are', async (bytes) => {
    expect(FAULTS).toContain(await reasonOf(open(bytes)))
  })

  test.prop([fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat()], { numRuns: 100 })(
    'with bytes put in anywhere',
    async (bytes, place) => {
      const object = await encryptObject(Buffer.from('a small plaintext'), CONTEXT, KEY)
      const at = place % (object.length + 1)
      const altered = Buffer.concat([object.subarray(0, at), bytes, object.subarray(at)])
      expect(FAULTS).toContain(await reasonOf(open(altered)))
    },
  )

  test('and says which frame of many it is, and whether content or tag', async () => {
    const object = Buffer.from(await encryptObject(randomBytes(2.5 * FRAME_LENGTH), CONTEXT, KEY))
    const { frames } = parseMessage(object)
    for (const [i, { content, tag }] of frames.entries()) {
      for (const [bytes, reason] of [
        [content, 'altered_frame'],
        [tag, 'altered_tag'],
      ] as const) {
        bytes[5] = (bytes[5] ?? 0) ^ 4 // a view of the object
        await expect(open(object)).rejects.toMatchObject({
          code: 'corrupt',
          reason,
          message: expect.stringContaining(`frame ${i + 1} of 3`) as string,
        })
        bytes[5] = (bytes[5] ?? 0) ^ 4
      }
    }
    await open(object)
  })
})

test('another key under the same name does not open it, and the object is not blamed on its bytes', async () => {
  const object = await encryptObject(Buffer.from('x'), CONTEXT, KEY)
  expect(await reasonOf(open(object, CONTEXT, newKey()))).toBe('wrong_key')
  expect(await reasonOf(open(object, CONTEXT, { ...newKey(), kid: KEY.kid }))).toBe('altered_header')
})

test('the key is not asked for before the context is the expected one', async () => {
  const object = await encryptObject(Buffer.from('x'), CONTEXT, KEY)
  let asked = false
  const opening = openObject(object, { ...CONTEXT, window: 'w2' }, async () => {
    asked = true
    return KEY
  })
  expect(await reasonOf(opening)).toBe('wrong_context')
  expect(asked).toBe(false)
})
