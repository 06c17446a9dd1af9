import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { formatMark, identify, isSameFile, parseMark } from './mark.ts'

describe('marks of files', () => {
  property.prop([fc.nat(), fc.uint8Array(), fc.nat(), fc.boolean()])('say what they were made of', (...parts) => {
    const [index, start, size, isBroken] = parts
    const mark = { index, identity: identify(start), size, isBroken }
    expect(parseMark(formatMark(mark))).toEqual(mark)
    const open = { ...mark, size: null, isBroken: false }
    expect(parseMark(formatMark(open))).toEqual(open)
  })

  test('may be an index alone, and nothing else', () => {
    expect(parseMark('7')).toEqual({ index: 7, identity: null, size: null, isBroken: false })
    for (const text of ['', 'x', '-1', '1 2', '1 2:zz', '1 !']) {
      expect(() => parseMark(text)).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
  })

  test('know a file again that has grown, not one that changed or shrank', () => {
    const start = Buffer.from('abc')
    const mark = { index: 0, identity: identify(start), size: 3, isBroken: false }
    expect(isSameFile(mark, Buffer.from('abcd'), 4)).toBe(true)
    expect(isSameFile(mark, Buffer.from('abd'), 4)).toBe(false)
    expect(isSameFile({ ...mark, size: 5 }, start, 3)).toBe(false)
    expect(isSameFile({ ...mark, identity: identify(start), size: null }, Buffer.from('ab'), 2)).toBe(false)
  })
})
