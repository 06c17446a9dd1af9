import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { fc, test as property } from '#test/support/property.ts'
import { parse } from 'csv-parse/sync'
import { zipSync } from 'fflate'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { Tensor } from '#core/tensor.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { bytesOf, npyBytes } from '#test/support/fakes/npy.ts'
import { listFiles } from '../sources/files/list-files.ts'
import { readFile } from '../sources/files/source.ts'
import { parseRow } from './csv/csv.ts'
import type { FormatItem, FormatLimits } from './format.ts'

const LIMITS = { itemBytes: 1000 }

/** What a file yields: fields, text, or why it is broken. */
async function read(
  files: Record<string, string | Uint8Array>,
  from = 0,
  limits: FormatLimits = LIMITS,
): Promise<unknown[]> {
  await using folder = await createInputFolder(files)
  const [first] = await listFiles(folder.root)
  const found: unknown[] = []
  for await (const items of readFile(first!, from, limits)) {
    for (const { index, body } of items) {
      expect(index).toBe(from + found.length)
      if (body.kind === 'fields') found.push(body.fields)
      else if (body.kind === 'bytes') found.push(Buffer.from(body.bytes).toString('utf8'))
      else found.push(body.reason)
    }
  }
  return found
}

/** Reading from any index on yields the same items as reading all of it. */
async function expectResumes(files: Record<string, string | Uint8Array>): Promise<void> {
  const all = await read(files)
  for (let from = 0; from <= all.length + 1; from++) expect(await read(files, from)).toEqual(all.slice(from))
}

describe('JSON Lines', () => {
  test('yields a line at a time, with or without a last line end', async () => {
    expect(await read({ 'a.jsonl': '{"a":1}\r\n\n{"a":2}\nnot json\n{"a":3}' })).toEqual([
      '{"a":1}\r',
      '{"a":2}',
      'not json',
      '{"a":3}',
    ])
    await expectResumes({ 'a.ndjson': '1\n\n2\n3\n' })
  })

  test('passes over a line that is too large, and reads on after it', async () => {
    expect(await read({ 'a.jsonl': `1\n${'x'.repeat(5000)}\n2\n` })).toEqual(['1', 'too_large', '2'])
  })

  test('is told from a JSON document by its first line', async () => {
    expect(await read({ 'a.json': '{"a":1}\n{"a":2}\n' })).toEqual(['{"a":1}', '{"a":2}'])
    for (const name of ['a.csv', 'a.tsv.gz', 'a.TAB'])
      expect(await read({ [name]: '{"a":1,"b":2}\n{"a":2}\n' })).toEqual(['{"a":1,"b":2}', '{"a":2}'])
    expect(await read({ 'a.csv': '{"a":1,"b":2}' })).toEqual(['{"a":1,"b":2}'])
    const long = [`{"a":"${'x'.repeat(70_000)}"}`, '{"a":"y"}']
    expect(await read({ 'a.csv': long.join('\n') }, 0, { itemBytes: 1e6 })).toEqual(long)
    for (const list of ['[{"a":1},{"a":2}]', '\ufeff[\n  { "a": 1 },\n  { "a": 2 }\n]\n'])
      expect((await read({ 'a.csv': list })).map((row) => JSON.parse(String(row)))).toEqual([{ a: 1 }, { a: 2 }])
    expect(await read({ 'a.csv': '[a],[b]\n1,2' })).toEqual([{ '[a]': '1', '[b]': '2' }])
    expect(await read({ 'a.json': '{\n"a":1\n}\n' })).toEqual(['{\n"a":1\n}'])
  })

  test.each(['utf16le', 'big'] as const)('is read in UTF-16, as lines, as a list and as a table: %s', async (order) => {
    const inUtf16 = (text: string) => {
      const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
      return order === 'big' ? bytes.swap16() : bytes
    }
    expect(await read({ 'a.jsonl': inUtf16('{"a":"é"}\n{"a":"不"}\n') })).toEqual(['{"a":"é"}', '{"a":"不"}'])
    expect(await read({ 'a.json': inUtf16('{"a":"é"}\n{"a":"不"}\n') })).toEqual(['{"a":"é"}', '{"a":"不"}'])
    expect(await read({ 'a.json': inUtf16('[{"a":"é"},{"a":"不"}]') })).toEqual(['{"a":"é"}', '{"a":"不"}'])
    const table = '{"a":{"0":"é","1":"不"},"b":{"0":1,"1":2}}'
    expect(await read({ 'a.json': inUtf16(table) })).toEqual([
      { a: 'é', b: 1 },
      { a: '不', b: 2 },
    ])
  })

  test('holds across chunks', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => JSON.stringify({ i, text: 'é'.repeat(i % 40) }))
    expect(await read({ 'a.jsonl': lines.join('\n') })).toEqual(lines)
  })
})

describe('JSON arrays', () => {
  test('yields each value by its own bytes', async () => {
    const values = ['{"a":[1,{"b":"]}"}]}', '[1,2]', '"x,\\"]"', '12', 'true', '{}']
    expect(await read({ 'a.json': `\ufeff [ ${values.join(' ,\n')} ]\n` })).toEqual(values)
    await expectResumes({ 'a.json': '[{"a":1},{"a":2},{"a":3}]' })
    expect(await read({ 'a.json': '[]' })).toEqual([])
  })

  test('keeps what it could read of an array that is cut short or broken', async () => {
    expect(await read({ 'a.json': '[{"a":1},{"a":2}' })).toEqual(['{"a":1}', '{"a":2}', 'undecodable'])
    expect(await read({ 'a.json': '[{"a":1} {"a":2}]' })).toEqual(['{"a":1}', 'undecodable'])
    expect(await read({ 'a.json': '[{"a":1}] tail' })).toEqual(['{"a":1}', 'undecodable'])
    expect(await read({ 'a.json': '[{"a":1},{"b' })).toEqual(['{"a":1}', 'undecodable'])
    expect(await read({ 'a.json': '{"a":\n1}{"b' })).toEqual(['{"a":\n1}', 'undecodable'])
    await expectResumes({ 'a.json': '[1,2 3]' })
  })

  test('passes over a value that is too large', async () => {
    expect(await read({ 'a.json': `[1,"${'x'.repeat(5000)}",2]` })).toEqual(['1', 'too_large', '2'])
  })

  const value = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value))
  property.prop([fc.array(value, { maxLength: 12 }), fc.constantFrom('', ' ', '\n')], { numRuns: 50 })(
    'splits any array',
    async (values, space) => {
      const text = `[${values.join(`${space},${space}`)}]`
      expect(await read({ 'a.json': text }, 0, { itemBytes: 1e6 })).toEqual(values)
    },
  )
})

describe('CSV', () => {
  test('takes what Excel is told of the separator for no header', async () => {
    const rows = [{ 'a,b': '1', c: '2' }]
    for (const line of ['sep=;\r\n', '\ufeffsep=;\n', '"sep=;"\n'])
      expect(await read({ 'a.csv': `${line}a,b;c\n1;2\n` })).toEqual(rows)
    expect(await read({ 'a.csv': 'sep=x\n1\n' })).toEqual([{ 'sep=x': '1' }])
  })

  test('names cells by the header and keeps them as text', async () => {
    expect(await read({ 'a.csv': '\ufeffa,b c\r\n1,"x, ""y""\nz"\r\n\r\n,\r\n' })).toEqual([
      { a: '1', 'b c': 'x, "y"\nz' },
      { a: '', 'b c': '' },
    ])
    expect(await read({ 'a.tsv': 'a\tb\n1\t2,3' })).toEqual([{ a: '1', b: '2,3' }])
    expect(await read({ 'a.csv': 'a;b\n1;2' })).toEqual([{ a: '1', b: '2' }])
    await expectResumes({ 'a.csv': 'a,b\n1,2\n"x\ny",3\n4\n5,6' })
  })

  test('breaks a bad row alone', async () => {
    const rows = ['a,b', '1,2', '1,2,3', '"x"y,1', '\xff,1', '3,4'].map((row) => Buffer.from(`${row}\n`, 'latin1'))
    expect(await read({ 'a.csv': Buffer.concat(rows) })).toEqual([
      { a: '1', b: '2' },
      'undecodable',
      'undecodable',
      'invalid_utf8',
      { a: '3', b: '4' },
    ])
  })

  test.each([
    ['latin1', 'utf8', 'undecodable: a row in UTF-8, where its file is read as Windows-1252'],
    ['utf8', 'latin1', 'invalid_utf8: a row that is not UTF-8, as which its file is read'],
  ] as const)('names the line of each row where %s becomes %s far into a file', async (before, after, says) => {
    const rows = Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? `"un café,\nun thé",${i}` : `plain words,${i}`))
    const text = (from: number, to: number, encoding: 'latin1' | 'utf8') =>
      Buffer.from(`${rows.slice(from, to).join('\n')}\n`, encoding)
    const bytes = Buffer.concat([Buffer.from('\na,b\n'), text(0, 3997, before), text(3997, 4000, after)])
    await using folder = await createInputFolder({ 'a.csv': bytes })
    const [file] = await listFiles(folder.root)
    const found: unknown[] = []
    for await (const items of readFile(file!, 0, LIMITS))
      for (const { body } of items)
        found.push(body.kind === 'fields' ? body.fields : body.kind === 'broken' && `${body.reason}: ${body.detail}`)
    expect(found.slice(0, 2)).toEqual([
      { a: 'un café,\nun thé', b: '0' },
      { a: 'plain words', b: '1' },
    ])
    // two lines before the rows, and two lines in every other row
    const line = 2 + 3997 + 1999 + 2
    expect(found.slice(3997, 3999)).toEqual([
      { a: 'plain words', b: '3997' },
      expect.stringContaining(`${says}, at line ${line}: save the whole file in one encoding`),
    ])
  })

  test('does not let an open quote take more than one item may have', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `${i},x`)
    const found = await read({ 'a.csv': `a,b\n"open,1\n${rows.join('\n')}` })
    expect(found).toHaveLength(401)
    expect(found[0]).toBe('undecodable')
    expect(found.at(-1)).toEqual({ a: '399', b: 'x' })
  })

  test('loses one row to a quote that is never closed, wherever it stands', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `"AP ${i}, X",B-737,None,${i}`)
    const stray = '"DALLAS/FORT WORTH INTL ARPT,B-737,None,SOUTHWEST'
    for (const at of [0, 1200, 2999, 3000]) {
      const found = await read({ 'a.csv': ['a,b,c,d', ...rows.toSpliced(at, 0, stray)].join('\n') })
      expect(found).toHaveLength(3001)
      expect(found.flatMap((item, i) => (item === 'undecodable' ? [i] : []))).toEqual([at])
    }
    const plain = Array.from({ length: 3000 }, (_, i) => `AP ${i},B-737,None,${i}`).toSpliced(700, 0, stray)
    const found = await read({ 'a.csv': `a,b,c,d\n${plain.join('\n')}` })
    expect(found.filter((item) => item === 'undecodable')).toHaveLength(1)
    expect(found).toHaveLength(3001)
    await expectResumes({ 'a.csv': ['a,b', '1,2', '"open,3', '4,5', '"x\ny",6', '"z'].join('\n') })
  })

  test('keeps what a stray quote began as it stood', async () => {
    await using folder = await createInputFolder({ 'a.csv': 'a,b\r\n"x\r\ny",1,2\r\n3,4' })
    const [file] = await listFiles(folder.root)
    const bodies = []
    for await (const items of readFile(file!, 0, LIMITS)) bodies.push(...items.map((item) => item.body))
    expect(bodies.map((body) => (body.kind === 'broken' ? Buffer.from(body.raw).toString() : body.kind))).toEqual([
      '"x\r',
      'y",1,2\r',
      'fields',
    ])
  })

  test.each(['"', 'x","y', '""",', '"a'])('takes time in proportion to a file of lines %s', async (line) => {
    const columns = Array.from({ length: 2000 }, (_, i) => `c${i}`).join(',')
    expect(
      (await read({ 'a.csv': `${columns}\n${`${line}\n`.repeat(20_000)}` }, 0, { itemBytes: 1e6 })).length,
    ).toBeGreaterThan(9000)
  })

  test('refuses a header above 64 KiB, and one whose quotes do not pair', async () => {
    expect(await read({ 'a.csv': `${'x'.repeat(70_000)},b\n1,2` }, 0, { itemBytes: 1e6 })).toEqual(['too_large'])
    expect(await read({ 'a.csv': 'a,"b\n1,2' })).toEqual(['undecodable'])
  })

  test('keeps all of a row that does not fit', async () => {
    const row = `${'x'.repeat(100_000)},1,2`
    await using folder = await createInputFolder({ 'a.csv': `a,b\n${row}\n` })
    for await (const [item] of readFile({ path: join(folder.root, 'a.csv') }, 0, { itemBytes: 1e6 })) {
      expect(item?.body.kind === 'broken' && Buffer.from(item.body.raw).toString()).toBe(row)
    }
  })

  test('joins rows of other delimiters from the first one on', async () => {
    expect(await read({ 'a.tsv': 'a\tb\n1\t"x\ny"' })).toEqual([{ a: '1', b: 'x\ny' }])
  })

  test('takes a file whose lines end by carriage returns alone for no header without rows', async () => {
    expect(await read({ 'a.csv': 'a,b\r1,2\r3,4\r' })).toEqual(['undecodable'])
    expect(await read({ 'a.csv': `a,b\r${'1,2\r'.repeat(20_000)}` }, 0, { itemBytes: 1e6 })).toEqual(['undecodable'])
    expect(await read({ 'a.csv': 'a,"b\rc"\r\n1,2\r\n' })).toEqual([{ a: '1', 'b\rc': '2' }])
  })

  test('refuses a header that names a column twice', async () => {
    expect(await read({ 'a.csv': 'a,a\n1,2' })).toEqual(['undecodable'])
  })

  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', ';'), maxLength: 6 })
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  property.prop([fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })], { numRuns: 60 })(
    'reads what csv-parse reads',
    async (rows) => {
      const text = ['a,b', ...rows.map((row) => row.map(quoted).join(','))].join('\n')
      expect(await read({ 'a.csv': text })).toEqual(parse(text, { columns: true }))
    },
  )

  property.prop([fc.string({ unit: fc.constantFrom('a', '"', ','), maxLength: 12 })])(
    'never loses a character of a row',
    (text) => {
      const cells = parseRow(text, ',')
      if (!text.includes('"')) expect(cells?.join(',')).toBe(text)
      else if (cells) expect(cells.length).toBeLessThanOrEqual(text.split(',').length)
    },
  )
})

describe('IDX', () => {
  const images = (count: number, there = count) =>
    Buffer.concat([
      Buffer.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2]),
      Buffer.from(Array.from({ length: there * 4 }, (_, i) => i)),
    ])
  const labels = (values: number[]) => Buffer.from([0, 0, 8, 1, 0, 0, 0, values.length, ...values])
  const image = (i: number) => new Tensor('u8', [2, 2], Uint8Array.of(4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3))

  test('yields images with the labels from the file beside them', async () => {
    const pair = { 'train-images-idx3-ubyte': images(3), 'train-labels-idx1-ubyte': labels([7, 8, 9]) }
    expect(await read(pair)).toEqual([7, 8, 9].map((label, i) => ({ image: image(i), label })))
    await expectResumes(pair)
    const wrapped = { 'images.idx.gz': gzipSync(images(2)), 'labels.idx.gz': gzipSync(labels([1, 2])) }
    expect(await read(wrapped)).toEqual([1, 2].map((label, i) => ({ image: image(i), label })))
  })

  test('yields images alone where there are no labels', async () => {
    expect(await read({ 'a-idx3-ubyte': images(1) })).toEqual([{ image: image(0) }])
  })

  test('says what is missing', async () => {
    expect(await read({ 'images-idx3-ubyte': images(2), 'labels-idx1-ubyte': labels([1]) })).toEqual([
      { image: image(0), label: 1 },
      'missing_part',
    ])
    expect(await read({ 'images-idx3-ubyte': images(1), 'labels-idx1-ubyte': labels([1, 2]) })).toEqual([
      { image: image(0), label: 1 },
      'missing_part',
    ])
    expect(await read({ 'images-idx3-ubyte': images(3, 2) })).toEqual([
      { image: image(0) },
      { image: image(1) },
      'missing_part',
    ])
    expect(await read({ 'labels-idx1-ubyte': labels([1]) })).toEqual(['missing_part'])
    await expectResumes({ 'images-idx3-ubyte': images(3, 2) })
  })
})

describe('NumPy arrays', () => {
  const x = npyBytes('<f4', [3, 2], bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)))
  const y = npyBytes('<i8', [3], bytesOf(BigInt64Array.of(7n, 8n, 9n)))
  const rows = [0, 1, 2].map((i) => ({ x: new Tensor('f32', [2], Float32Array.of(2 * i + 1, 2 * i + 2)), y: 7 + i }))

  test('yields the rows of x with those of y, stored or deflated, in one file or two', async () => {
    const archive = { 'x.npy': x, 'y.npy': y }
    expect(await read({ 'a.npz': zipSync(archive, { level: 0 }) })).toEqual(rows)
    expect(await read({ 'a.npz': zipSync(archive, { level: 6 }) })).toEqual(rows)
    expect(await read(archive)).toEqual(rows)
    await expectResumes({ 'a.npz': zipSync(archive) })
    await expectResumes(archive)
  })

  test('opens no more than 256 arrays, and tells no names', async () => {
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`x${i}.npy`, x]))
    expect(await read({ 'a.npz': zipSync(many, { level: 0 }) })).toEqual(['too_large'])
    await using folder = await createInputFolder({
      'a.npz': zipSync({ 'x.npy': x, 'secret_y.npy': x.subarray(0, 130) }),
    })
    for await (const [item] of readFile({ path: join(folder.root, 'a.npz') }, 0, LIMITS)) {
      expect(item?.body).not.toMatchObject({ detail: expect.stringContaining('secret') })
    }
  })

  test('yields one split after the other', async () => {
    const archive = { 'x_test.npy': x, 'y_test.npy': y, 'x_train.npy': x, 'y_train.npy': y }
    expect(await read({ 'a.npz': zipSync(archive) })).toEqual([...rows, ...rows])
    await expectResumes({ 'a.npz': zipSync(archive) })
  })

  test.each([
    ['|u1', Uint8Array.of(1, 2), new Tensor('u8', [2], Uint8Array.of(1, 2))],
    ['<i2', Int16Array.of(-1, 2), new Tensor('i16', [2], Int16Array.of(-1, 2))],
    ['>i2', Uint8Array.of(1, 0, 0, 2), new Tensor('i16', [2], Int16Array.of(256, 2))],
    ['<f8', Float64Array.of(0.1, -2), new Tensor('f64', [2], Float64Array.of(0.1, -2))],
    ['<f2', Uint16Array.of(0x3c00, 0xc000), new Tensor('f32', [2], Float32Array.of(1, -2))],
    ['<i8', BigInt64Array.of(-5n, 2n ** 53n - 1n), new Tensor('f64', [2], Float64Array.of(-5, 2 ** 53 - 1))],
  ])('reads elements of type %s', async (descr, data, tensor) => {
    expect(await read({ 'a.npy': npyBytes(descr, [1, 2], bytesOf(data)) })).toEqual([{ x: tensor }])
  })

  test('reads texts and truth values', async () => {
    const texts = npyBytes('<U2', [2], bytesOf(Uint32Array.of(97, 0, 233, 0x1f600)))
    expect(await read({ 'a.npy': texts })).toEqual([{ x: 'a' }, { x: 'é😀' }])
    expect(await read({ 'a.npy': npyBytes('|b1', [2], Uint8Array.of(0, 1)) })).toEqual([{ x: false }, { x: true }])
  })

  test.each([
    ['objects, which are pickles', npyBytes('|O', [1], new Uint8Array(8))],
    ['Fortran order', npyBytes('<f4', [1, 2], new Uint8Array(8), true)],
    ['integers that are not exact', npyBytes('<i8', [1], bytesOf(BigInt64Array.of(2n ** 60n)))],
    ['rows of nothing', npyBytes('<f4', [4_000_000_000, 0], new Uint8Array())],
    ['a structured type', npyBytes("', [('a", [1], new Uint8Array(8))],
    ['a header that is cut short', x.subarray(0, 40)],
  ])('refuses %s', async (_name, bytes) => {
    expect(await read({ 'a.npy': bytes })).toEqual(['undecodable'])
  })

  test('says what is missing, and what is too large', async () => {
    expect(await read({ 'x.npy': x, 'y.npy': npyBytes('|u1', [2], Uint8Array.of(1, 2)) })).toMatchObject([
      { y: 1 },
      { y: 2 },
      'missing_part',
    ])
    expect(await read({ 'x.npy': x.subarray(0, x.length - 4) })).toMatchObject([{}, {}, 'missing_part'])
    expect(await read({ 'x.npy': npyBytes('|u1', [1, 5000], new Uint8Array(5000)) })).toEqual(['too_large'])
    expect(await read({ 'a.npz': zipSync({ 'notes.txt': Buffer.from('x') }) })).toEqual(['missing_part'])
  })

  property.prop([fc.nat(), fc.nat(255)], { numRuns: 60 })(
    'never throws on an archive with a damaged byte',
    async (at, byte) => {
      const bytes = Buffer.from(zipSync({ 'x.npy': x, 'y.npy': y }))
      bytes[at % bytes.length] = byte
      expect(await read({ 'a.npz': bytes })).toBeInstanceOf(Array)
    },
  )
})

describe('Parquet', () => {
  const file = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'n', data: [1n, null, 2n ** 60n], type: 'INT64' },
        { name: 's', data: ['a', 'é', null], type: 'STRING' },
        { name: 'd', data: [0.5, Number.NaN, 2], type: 'DOUBLE' },
        { name: 't', data: [new Date(0), null, new Date(1)], type: 'TIMESTAMP' },
      ],
      rowGroupSize: 2,
    }),
  )

  test('yields rows, with times as text and longs as numbers while they are exact', async () => {
    expect(await read({ 'a.parquet': file })).toEqual([
      { n: 1, s: 'a', d: 0.5, t: '1970-01-01T00:00:00.000Z' },
      { n: null, s: 'é', d: Number.NaN, t: null },
      { n: '1152921504606846976', s: null, d: 2, t: '1970-01-01T00:00:00.001Z' },
    ])
    await expectResumes({ 'a.parquet': file })
  })

  test('refuses one that is cut short, and reads one within gzip or zstd', async () => {
    expect(await read({ 'a.parquet': file.subarray(0, file.length - 9) })).toEqual(['undecodable'])
    for (const wrap of [gzipSync, zstdCompressSync])
      expect(await read({ 'a.parquet.gz': wrap(file) })).toEqual(await read({ 'a.parquet': file }))
    expect(await read({ 'a.parquet.gz': gzipSync(file).subarray(0, -20) })).toEqual(['undecodable'])
  })

  property.prop([fc.nat(), fc.nat(255)], { numRuns: 12 })(
    'gives no more than up on a damaged byte',
    async (at, byte) => {
      const bytes = new Uint8Array(file)
      bytes[at % bytes.length] = byte
      const found = await read({ 'a.parquet': bytes }, 0, { ...LIMITS, decodeSeconds: 0.5 }).catch(
        (error) => error.code,
      )
      expect(Array.isArray(found) || found === 'unavailable').toBe(true)
    },
  )

  /** A run length that the decoder follows without end. */
  const endless = new Uint8Array(
    parquetWriteBuffer({ columnData: [{ name: 'a', data: [1, 2, 3, 4, 5, 6, 7, 8], type: 'INT32' }] }),
  )
  endless[12] = 0x80

  test('is broken where decoding it takes more computing than it may, once and for all', async () => {
    await using folder = await createInputFolder({ 'a.parquet': endless })
    const limits = { ...LIMITS, decodeSeconds: 0.2, decodePatience: 1000 }
    const found: FormatItem[] = []
    for await (const items of readFile({ path: join(folder.root, 'a.parquet') }, 0, limits)) found.push(...items)
    expect(found).toMatchObject([{ index: 0, breaks: true, body: { kind: 'broken', reason: 'too_large' } }])
  })

  test('gives no row up for want of time', async () => {
    const reading = read({ 'a.parquet': endless }, 0, { ...LIMITS, decodeSeconds: 1000, decodePatience: 0 })
    await expect(reading).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('whole files', () => {
  const mail = 'From: a@b.c\nSubject: hi\n\nbody'
  test('tells e-mail from text by what it begins with', async () => {
    await using folder = await createInputFolder({ 'a.txt': mail, 'b.txt': 'Note: just text\n\nmore' })
    const types: unknown[] = []
    for (const { path } of await listFiles(folder.root)) {
      for await (const [item] of readFile({ path }, 0, LIMITS))
        types.push(item?.body.kind === 'bytes' && item.body.contentType)
    }
    expect(types).toEqual(['message/rfc822', 'text/plain'])
  })

  test('keeps the beginning of one that is too large, and is done after one item', async () => {
    expect(await read({ 'a.txt': 'x'.repeat(5000) })).toEqual(['too_large'])
    expect(await read({ 'a.txt': 'x' }, 1)).toEqual([])
  })
})

describe('compressed files', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `{"i":${i}}`)
  const text = Buffer.from(lines.join('\n'))

  test('are unwrapped by what they begin with, whatever they are called', async () => {
    expect(await read({ 'a.jsonl.gz': gzipSync(text) })).toEqual(lines)
    expect(await read({ 'a.jsonl.zst': zstdCompressSync(text) })).toEqual(lines)
    expect(await read({ 'a.jsonl': gzipSync(text) })).toEqual(lines)
    expect((await read({ 'a.jsonl.gz': gzipSync(text) }, 4990)).length).toBe(10)
  })

  test('end with one broken item where they are cut short or damaged', async () => {
    const cut = await read({ 'a.jsonl.gz': gzipSync(text).subarray(0, 5000) })
    expect(cut.at(-1)).toBe('undecodable')
    expect(cut.length).toBeGreaterThan(100)
    expect(await read({ 'a.jsonl.gz': gzipSync(text).subarray(0, 5000) }, cut.length)).toEqual([])
  })

  test('break at the same place however slowly they are read', async () => {
    await using folder = await createInputFolder({ 'a.jsonl.gz': gzipSync(text).subarray(0, 5000) })
    const [file] = await listFiles(folder.root)
    const counts = new Set<number>()
    for (const pause of [0, 1, 5, 20]) {
      let count = 0
      for await (const items of readFile(file!, 0, LIMITS)) {
        count += items.length
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
      counts.add(count)
    }
    expect(counts.size).toBe(1)
  })

  test('are refused when they expand beyond reason', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, '\n'))
    expect(await read({ 'a.jsonl.gz': bomb })).toEqual(['too_large'])
  })
})

test.each([
  ['a.csv', `${'k'.repeat(200)}\n1\n`],
  ['a.parquet', new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'k'.repeat(200), data: ['1'] }] }))],
  [
    'a.npz',
    zipSync({
      'x.npy': npyBytes('|u1', [1], new Uint8Array(1)),
      [`${'k'.repeat(200)}.npy`]: npyBytes('|u1', [1], new Uint8Array(1)),
    }),
  ],
])('what %s holds takes the names of its fields too', async (name, contents) => {
  await using folder = await createInputFolder({ [name]: contents })
  for await (const [item] of readFile({ path: join(folder.root, name) }, 0, LIMITS)) {
    expect(item?.body.kind === 'fields' && item.body.bytes).toBeGreaterThan(200)
  }
})

test('a file of no known format is one broken item, an empty one none', async () => {
  expect(await read({ 'a.bin': Uint8Array.of(1, 2, 3) })).toEqual(['undecodable'])
  expect(await read({ 'a.jsonl': '' })).toEqual([])
})
