import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import { zipSync, type Zippable } from 'fflate'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import { readAll } from '#test/conformance/source/suite.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { bytesOf, npyBytes } from '#test/support/fakes/npy.ts'
import { inferContract } from '../../infer/infer.ts'
import { createFileSource, type FileSourceOptions } from './source.ts'

const lines = (count: number) => Buffer.from(Array.from({ length: count }, (_, i) => `{"i":${i}}\n`).join(''))
const utf8 = (text: string) => new Uint8Array(Buffer.from(text))

/** What a folder with one archive yields: where, at which place, and what or why not. */
async function read(
  archive: Uint8Array,
  { below = true, ...options }: Partial<FileSourceOptions> & { below?: boolean } = {},
) {
  await using folder = await createInputFolder({ 'ann/data.zip': archive })
  const root = below ? folder.root : join(folder.root, 'ann/data.zip')
  const items = await readAll(createFileSource({ name: 'in', root, ...options }))
  return items.map(({ partition, position, contributor, extra, body, breaks }) => ({
    partition,
    position,
    contributor,
    extra,
    breaks,
    body:
      body.kind === 'broken' ? body.detail : body.kind === 'bytes' ? Buffer.from(body.bytes).toString() : body.fields,
  }))
}
const bodies = async (...args: Parameters<typeof read>) => (await read(...args)).map(({ body }) => body)

/** An archive of stored entries as nobody writes one: with these names, and what `change` makes of each directory entry. */
function crafted(names: readonly string[], change: (central: Buffer, place: number) => void = () => {}): Uint8Array {
  const [locals, centrals]: [Buffer[], Buffer[]] = [[], []]
  let at = 0
  for (const [place, name] of names.entries()) {
    const contents = lines(1)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt32LE(crc32(contents), 10)
    fields.writeUInt32LE(contents.length, 14)
    fields.writeUInt32LE(contents.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name, 'latin1'), 22)
    const bytes = Buffer.from(name, 'latin1')
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, bytes, contents])
    const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, Buffer.alloc(14), bytes])
    central.writeUInt32LE(at, 42)
    change(central, place)
    at += local.length
    locals.push(local)
    centrals.push(central)
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(names.length, 8)
  end.writeUInt16LE(names.length, 10)
  end.writeUInt32LE(Buffer.concat(centrals).length, 12)
  end.writeUInt32LE(at, 16)
  return new Uint8Array(Buffer.concat([...locals, ...centrals, end]))
}

test('is read as the folder that it holds, from within a folder or alone', async () => {
  const archive = zipSync({ 'b.csv': utf8('a,b\n1,2\n'), 'in/a.jsonl.gz': gzipSync(lines(2)), 'in/': new Uint8Array() })
  const places = (items: Awaited<ReturnType<typeof read>>) =>
    items.map(({ partition, position, contributor }) => [partition, position, contributor])
  expect(places(await read(archive))).toEqual([
    ['ann/data.zip/b.csv', '0', 'ann'],
    ['ann/data.zip/in/a.jsonl.gz', '0', 'ann'],
    ['ann/data.zip/in/a.jsonl.gz', '1', 'ann'],
  ])
  expect(places(await read(archive, { below: false }))).toEqual([
    ['b.csv', '0', undefined],
    ['in/a.jsonl.gz', '0', 'in'],
    ['in/a.jsonl.gz', '1', 'in'],
  ])
  expect(await bodies(archive)).toEqual([{ a: '1', b: '2' }, '{"i":0}', '{"i":1}'])
})

test('passes over what a folder would, and reads what the globs ask for', async () => {
  const archive = zipSync({
    'README.md': utf8('x'),
    '.hidden/a.jsonl': lines(1),
    '__MACOSX/._a.jsonl': lines(1),
    'a.jsonl': lines(1),
    'b.jsonl': lines(2),
  })
  expect(await bodies(archive)).toHaveLength(3)
  expect(await bodies(archive, { include: ['**/b.*'] })).toHaveLength(2)
  expect(await bodies(archive, { include: ['ann/*.zip'], exclude: ['**/b.*'] })).toEqual(['{"i":0}'])
  expect(await bodies(archive, { exclude: ['ann/data.zip'] })).toEqual([])
})

test('reads files that belong together, and those that are read at random', async () => {
  const table = new Uint8Array(
    parquetWriteBuffer({ columnData: [{ name: 'n', data: Int32Array.of(4, 5), type: 'INT32' }] }),
  )
  const x = npyBytes('<f4', [2, 2], bytesOf(Float32Array.of(1, 2, 3, 4)))
  const y = npyBytes('|u1', [2], Uint8Array.of(7, 8))
  const archive: Zippable = {
    'a.parquet': table,
    'b.npz': zipSync({ 'x.npy': x, 'y.npy': y }),
    'c/x.npy': x,
    'c/y.npy': y,
  }
  const [first, second, third, ...rest] = await bodies(zipSync(archive))
  expect([first, second]).toEqual([{ n: 4 }, { n: 5 }])
  expect(third).toMatchObject({ y: 7 })
  expect(rest).toEqual([expect.objectContaining({ y: 8 }), third, expect.objectContaining({ y: 8 })])
})

test('reads on where a file of it has grown, and nothing twice', async () => {
  await using folder = await createInputFolder({ 'a.zip': zipSync({ 'a.jsonl': lines(2) }) })
  const source = createFileSource({ name: 'in', root: folder.root })
  const marks = new Map((await readAll(source)).map(({ partition, mark }) => [partition, mark!]))
  expect(await readAll(source, marks)).toEqual([])
  await folder.write('a.zip', zipSync({ 'a.jsonl': lines(3), 'b.jsonl': lines(1) }, { level: 0 }))
  expect((await readAll(source, marks)).map(({ partition, position }) => [partition, position])).toEqual([
    ['a.zip/a.jsonl', '2'],
    ['a.zip/b.jsonl', '0'],
  ])
  await folder.write('a.zip', zipSync({ 'a.jsonl': lines(2) }))
  await expect(readAll(source, new Map([['a.zip/a.jsonl', marks.get('a.zip/a.jsonl')!]]))).resolves.toEqual([])
})

test('tells of an archive that is cut short, wherever it was cut, and reads it when it is whole', async () => {
  const whole = zipSync({ 'a.jsonl': lines(30), 'b.jsonl': lines(2) })
  for (let length = 4; length < whole.length; length += 9)
    expect(await bodies(whole.subarray(0, length))).toEqual(['not a zip archive, or one that is cut short'])
  await using folder = await createInputFolder({ 'a.zip': whole.subarray(0, 60) })
  const source = createFileSource({ name: 'in', root: folder.root })
  const cut = await readAll(source)
  expect(cut.map(({ breaks }) => breaks)).toEqual([true])
  const marks = new Map([['a.zip', cut[0]!.mark!]])
  expect(await readAll(source, marks)).toEqual([])
  await folder.write('a.zip', whole)
  expect(await readAll(source, marks)).toHaveLength(32)
})

test('a damaged byte within is never taken for data', async () => {
  const whole = Buffer.from(zipSync({ 'a.jsonl': [lines(30), { level: 0 }] }))
  whole[120] = whole[120]! ^ 1
  const items = await read(whole)
  expect(items.at(-1)).toMatchObject({
    breaks: true,
    body: 'zip data is broken or cut short: nothing of the file is read from here on',
  })
})

test('refuses, and tells, what is made to mislead', async () => {
  for (const name of ['../a.jsonl', '/a.jsonl', 'x/../../a.jsonl', '..\\a.jsonl', 'x//a.jsonl'])
    expect(await bodies(crafted(['b.jsonl', name]))).toEqual([
      'a zip archive with a name that leads out of it (entry 2)',
    ])
  expect(await bodies(crafted(['a.jsonl', 'a.jsonl']))).toEqual(['a zip archive with two files of one name (entry 2)'])
  // bit 0 of the flags
  expect(
    await bodies(crafted(['a.jsonl', 'b.jsonl'], (central, place) => place === 0 && central.writeUInt8(1, 8))),
  ).toEqual(['an encrypted zip archive', '{"i":0}'])
  expect(await bodies(crafted(['a.jsonl'], (central) => central.writeUInt16LE(12, 10)))).toEqual([
    'a zip compression that is not read',
  ])
  // a symbolic link of Unix
  expect(
    await bodies(crafted(['a.jsonl', 'b.jsonl'], (central, place) => place === 0 && central.writeUInt16LE(0xa1ff, 40))),
  ).toEqual(['{"i":0}'])
  // two entries over the same bytes
  const overlapping = crafted(['a.jsonl', 'b.jsonl'], (central) => central.writeUInt32LE(120, 20))
  expect(await bodies(overlapping)).toEqual(['a zip archive whose directory is broken'])
})

test('does not unpack what says that it is small, nor what says that it is beyond reason', async () => {
  const less = (await bodies(crafted(['a.jsonl'], (central) => central.writeUInt32LE(3, 24)))).at(-1)
  expect(less).toBe('a zip entry that is larger than announced')
  const bomb = crafted(['a.jsonl'], (central) => central.writeUInt32LE(0xfffffffe, 24))
  expect(await bodies(bomb)).toEqual(['a zip archive that expands more than 250 times'])
})

test('reads names of any age, and none becomes another', async () => {
  // as Windows-1252 and as UTF-8 write them
  const items = await read(crafted(['stra\xdfe.jsonl', 'stra\xe1e.jsonl', 'stra\xc3\x9fen.jsonl']))
  expect(items.map(({ partition }) => partition)).toEqual(
    ['straße.jsonl', 'straßen.jsonl', 'straáe.jsonl'].map((name) => `ann/data.zip/${name}`),
  )
})

test('class folders are labels, below folders that all share or that name a split', async () => {
  const files: Zippable = {}
  for (let i = 0; i < 24; i++)
    files[`mail/${i % 4 < 2 ? 'train' : 'test'}/${i % 2 ? 'ham' : 'spam'}/${i}.txt`] = utf8(`text ${i} of some words`)
  await using folder = await createInputFolder({ 'mail.zip': zipSync(files) })
  const { contract, path, notes } = await inferContract(join(folder.root, 'mail.zip'))
  expect(contract.label).toBe('label')
  expect(notes).toContain('The third folder is taken for the label: 2 of them.')
  const items = await readAll(createFileSource({ name: 'in', root: join(folder.root, 'mail.zip'), path: path! }))
  expect(new Set(items.map(({ extra }) => extra?.['label']))).toEqual(new Set(['ham', 'spam']))
})

test('of an archive with nothing in it, and of what is no archive of data, it is said', async () => {
  await using folder = await createInputFolder({
    'empty.zip': zipSync({ 'README.md': utf8('x') }),
    'a.xlsx': zipSync({ '[Content_Types].xml': utf8('<x/>') }),
    'b.zip': crafted(['a.jsonl', 'a.jsonl']),
    'nested.zip': zipSync({ 'a.zip': zipSync({ 'a.csv': utf8('a\n1') }) }),
  })
  const said = (name: string) => expect(inferContract(join(folder.root, name))).rejects
  await said('empty.zip').toThrow(/holds no files/)
  await said('a.xlsx').toThrow(/is a workbook of Excel: save each sheet as CSV/)
  await said('b.zip').toThrow(/b.zip holds .* two files of one name \(entry 2\)\. Unpack it, or pack it anew/)
  await said('nested.zip').toThrow(/is a zip archive within a zip archive/)
})
