import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { ByteReader, ByteWriter, compareBytes } from './bytes.ts'

const part = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('u16' as const), value: fc.nat(2 ** 16 - 1) }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({ kind: fc.constant('f64' as const), value: fc.double({ noNaN: true }) }),
  fc.record({ kind: fc.constant('block' as const), value: fc.uint8Array({ maxLength: 700 }) }),
)

describe('the canonical encoding', () => {
  property.prop([fc.array(part, { maxLength: 200 })])('is read back, however long it grows', (parts) => {
    const writer = new ByteWriter()
    for (const { kind, value } of parts) writer[kind](value as never)
    const reader = new ByteReader(writer.finish())
    for (const { kind, value } of parts) expect(reader[kind]()).toEqual(value)
    reader.end()
  })

  test('stands by itself: what is written later does not change it', () => {
    const writer = new ByteWriter().u16(1)
    const first = writer.finish()
    writer.u16(2)
    expect([...first]).toEqual([0, 1])
    expect([...writer.finish()]).toEqual([0, 1, 0, 2])
  })

  test('orders bytes by the first that differs', () => {
    const of = (...bytes: number[]) => Uint8Array.from(bytes)
    expect(compareBytes(of(1, 2, 3), of(1, 2, 3))).toBe(0)
    expect(compareBytes(of(1, 2, 200), of(1, 3, 0))).toBeLessThan(0)
    expect(compareBytes(of(255), of(0))).toBeGreaterThan(0)
  })
})
