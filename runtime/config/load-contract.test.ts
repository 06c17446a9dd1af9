import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { loadContract, parseContract } from './load-contract.ts'

const DIGITS = `
version: 1
schema: # what each record must be
  type: object
  required: [image, label]
  properties:
    image: {}
    label: { enum: [0, 1, null] }
features: { kind: image, field: image, shape: [28, 28] }
label: label
`

function problems(text: string): string[] {
  try {
    parseContract(text, 'c.yaml')
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid') {
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.replace('  c.yaml:', ''))
    }
    throw error
  }
  return []
}

describe('a contract', () => {
  test('has its defaults filled in, and keeps the nulls of its schema', () => {
    const { contract } = parseContract(DIGITS, 'c.yaml')
    expect(contract.limits).toEqual({ recordBytes: 16 * 1024 * 1024, depth: 16, textLength: 1_000_000 })
    expect(contract.schema).toMatchObject({ properties: { label: { enum: [0, 1, null] } } })
    expect(contract.sanitize).toMatchObject({ zero_width: 'fix' })
  })

  test('is known by a digest that comments, layout and order do not change', () => {
    const { contract, sha256 } = parseContract(DIGITS, 'c.yaml')
    expect(parseContract(JSON.stringify(contract, null, 4), 'c.json').sha256).toBe(sha256)
    const moved = DIGITS.replace('label: label\n', '')
      .replace('version: 1', 'version: 1\nlabel: label')
      .replace(/#.*/, '')
    expect(parseContract(moved, 'c.yaml').sha256).toBe(sha256)
    expect(parseContract(DIGITS.replace('[0, 1, null]', '[0, 1]'), 'c.yaml').sha256).not.toBe(sha256)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('lists what is wrong with its schema beside what is wrong around it', () => {
    const text = DIGITS.replace('type: object', 'type: objekt').replace('label: label', 'lable: label\nid: no')
    const found = problems(text)
    expect(found.some((line) => line.includes('schema.type: must be'))).toBe(true)
    expect(found.some((line) => line.includes('lable: unknown key'))).toBe(true)
  })

  test.each(['.inf', '-.inf', '.nan', '1e400'])('names the line of a number that JSON cannot hold: %s', (number) => {
    expect(problems(DIGITS.replace('image: {}', `image: { maximum: ${number} }`))).toEqual([
      '7:23 schema.properties.image.maximum: expected a finite number: JSON has no infinity and no NaN',
    ])
  })

  test('lists its own problems', () => {
    const text = DIGITS.replace('28]', '-1]').replace(
      'label: label',
      'lable: label\nsanitize: { zero_widht: fix, bidi_overrides: fixx }',
    )
    expect(problems(text)).toEqual([
      '9:52 features.shape.1: expected number to be >0',
      '10:1 lable: unknown key; did you mean `label`?',
      '11:13 sanitize.zero_widht: unknown key; did you mean `zero_width`?',
      '11:46 sanitize.bidi_overrides: expected one of warn, fix, drop; did you mean `fix`?',
    ])
    expect(problems(DIGITS.replace('kind: image', 'kind: picture'))).toEqual([
      '9:19 features.kind: expected one of image, text, table, vector, exchange',
    ])
  })

  test('lists the problems of its schema', () => {
    const text = DIGITS.replace('[image, label]', 'image').replace('image: {}', 'image: { type: strng }')
    expect(problems(text)).toEqual([
      '5:13 schema.required: must be array',
      '7:20 schema.properties.image.type: must be one of array, boolean, integer, null, number, object, string',
    ])
  })

  test('names no field that its schema forbids', () => {
    const closed = DIGITS.replace('type: object', 'type: object\n  additionalProperties: false')
    expect(problems(closed)).toEqual([])
    expect(problems(closed.replace('label: label', 'label: lable\nid: key'))).toEqual([
      '11:8 label: the schema has no property of this name and allows no others; did you mean `label`?',
      '12:5 id: the schema has no property of this name and allows no others',
    ])
    expect(problems(DIGITS.replace('label: label', 'label: lable'))).toEqual([])
  })

  test('that is not there says so', async () => {
    await expect(loadContract('/nowhere/c.yaml')).rejects.toMatchObject({ code: 'not_found' })
  })
})

test('says of a folder that it is one', async () => {
  const folder = import.meta.dirname
  await expect(loadContract(folder)).rejects.toThrow(`${folder} is a folder: expected a contract there`)
})
