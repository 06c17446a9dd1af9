import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateSync, gzipSync } from 'node:zlib'
import { binary, columnFromArray, struct, tableFromColumns, tableToIPC, utf8 } from '@uwdata/flechette'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { encode } from 'jpeg-js'
import { describe, expect, test } from 'vitest'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { tarOf } from '#test/support/fakes/tar.ts'
import { bytesOf, npyBytes } from '#test/support/fakes/npy.ts'
import { readRecords } from '../sources/files/read-records.ts'
import { refuseArticles } from './articles.ts'
import { inferContract } from './infer.ts'
import type { InferOptions } from './inference.ts'

async function infer(files: Record<string, string | Uint8Array>, options: InferOptions = {}) {
  await using folder = await createInputFolder(files)
  const inference = await inferContract(folder.root, options)
  const { items } = await readRecords(folder.root, inference.contract, inference.path ? { path: inference.path } : {})
  return { ...inference, refused: items.filter((item) => item.kind === 'letter').length, items }
}

const rows = (count: number, row: (i: number) => unknown) =>
  Array.from({ length: count }, (_, i) => JSON.stringify(row(i))).join('\n')

describe('inferring a contract', () => {
  test('a label that was asked for and that no row has refuses no row', async () => {
    const csv = ['text,label', ...Array.from({ length: 60 }, (_, i) => `some words about a thing number ${i},`)]
    const { contract, refused, notes } = await infer({ 'a.csv': csv.join('\n') }, { label: 'label' })
    expect({ label: contract.label, refused }).toEqual({ label: 'label', refused: 0 })
    expect(notes).toContain('Field label is empty in 60 of 60 records: those are scanned without a label.')
  })

  test('finds the columns of a table, their types and its label', async () => {
    const csv = ['when,code,size,kind,species']
    for (let i = 0; i < 60; i++)
      csv.push(
        `2024-01-${String((i % 28) + 1).padStart(2, '0')},0${i},${i % 7 ? i / 2 : ''},k${i % 3},${i % 2 ? 'a' : 'b'}`,
      )
    const { contract, format, refused } = await infer({ 'a.csv': csv.join('\n') })
    expect(format).toBe('csv')
    expect(contract.label).toBe('species')
    expect(contract.features).toEqual({
      kind: 'table',
      columns: [
        { name: 'when', type: 'time' },
        { name: 'code', type: 'category' },
        { name: 'size', type: 'number' },
        { name: 'kind', type: 'category' },
      ],
    })
    expect(refused).toBe(0)
  })

  test('takes records without a label as such, where a table has some, and says how many', async () => {
    const csv = [
      'size,kind',
      ...Array.from({ length: 60 }, (_, i) => `${i / 7},${i % 12 === 5 ? '' : i % 2 ? 'a' : 'b'}`),
    ]
    const { contract, notes, refused, items } = await infer({ 'a.csv': csv.join('\n') })
    expect(contract.label).toBe('kind')
    expect(refused).toBe(0)
    expect(items[5]).toMatchObject({ record: { fields: { kind: null } } })
    expect(notes).toContain('Field kind is empty in 5 of 60 records: those are scanned without a label.')
  })

  test.each([
    ['5.1,3.5,setosa', 'though 2 of its 3 cells look like values'],
    [`1,${'a text of many words '.repeat(5)},x`, 'though 1 of its 3 cells look like values'],
    ['0,1,b', 'though 1 of its 3 cells look like values'],
    ['0,1,kind', null],
    ['2019,2020,How often do you swim in the sea?', null],
  ])('says so where the first row of a table looks like a record: %s', async (header, said) => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i / 7},${i},${i % 2 ? 'a' : 'b'}`)
    const { notes } = await infer({ 'a.csv': [header, ...rows].join('\n') })
    expect(notes.find((note) => note.startsWith('The first row')) ?? null).toEqual(
      said && expect.stringContaining(said),
    )
  })

  const wines = (comma: string, cell: string) => {
    const number = (value: number) => value.toFixed(2).replace('.', comma)
    const body = Array.from({ length: 60 }, (_, i) => [number(12 + i / 7), number(i * 1.5), i % 2 ? 'süß' : 'herb'])
    return ['Alkohol', 'Säure', 'class'].join(cell) + '\r\n' + body.map((row) => row.join(cell)).join('\r\n')
  }
  const plain = wines('.', ',')

  test('reads numbers with a decimal comma as numbers, and says so', async () => {
    const { contract, notes, refused, items } = await infer({ 'a.csv': `\ufeff${wines(',', ';')}` })
    expect(contract.features).toMatchObject({ columns: [{ type: 'number' }, { type: 'number' }] })
    expect(contract.label).toBe('class')
    expect(refused).toBe(0)
    expect(items[7]).toMatchObject({ record: { fields: { Alkohol: 13, Säure: 10.5, class: 'süß' } } })
    expect(notes).toContain('A comma stands before decimals: 3,14 is read as a number where the contract has one.')
  })

  test.each([
    ['UTF-16 (little-endian)', Buffer.from(`\ufeff${plain}`, 'utf16le')],
    ['UTF-16 (little-endian)', Buffer.from(plain, 'utf16le')],
    ['UTF-16 (big-endian)', Buffer.from(`\ufeff${plain}`, 'utf16le').swap16()],
    ['Windows-1252 (of which Latin-1 is a part)', Buffer.from(plain, 'latin1')],
  ])('reads a table in %s, and says so', async (name, bytes) => {
    const { contract, notes, refused, items } = await infer({ 'a.csv': new Uint8Array(bytes) })
    expect(contract.features).toMatchObject({ columns: [{ name: 'Alkohol' }, { name: 'Säure' }] })
    expect([refused, items.length]).toEqual([0, 60])
    expect(items[1]).toMatchObject({ record: { fields: { class: 'süß' } } })
    expect(notes).toContain(`The text is read as ${name}.`)
  })

  test.each([
    ['Cyrillic in Windows-1251', Buffer.from('\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0'.repeat(20), 'latin1')],
    ['a stray byte in UTF-8', Buffer.concat([Buffer.from('für alle\n'.repeat(9)), Buffer.of(0xfc)])],
  ])('does not take %s for Windows-1252', async (_name, bytes) => {
    await expect(infer({ 'a.txt': new Uint8Array(bytes) })).rejects.toMatchObject({ reason: 'not_utf8' })
  })

  const jpeg = (width: number, height: number, shade: number) => {
    const data = new Uint8Array(width * height * 4).fill(shade)
    return new Uint8Array(encode({ width, height, data }).data)
  }

  const red = (width: number, height: number) => {
    const data = Uint8Array.from({ length: width * height * 4 }, (_, at) => (at % 4 === 0 ? 250 : 10))
    return new Uint8Array(encode({ width, height, data }).data)
  }

  test('takes the folders of images for their classes', async () => {
    const files = Array.from({ length: 12 }, (_, i) => [`${i % 2 ? 'cat' : 'dog'}/${i}.jpg`, jpeg(8, 6, i)] as const)
    const { contract, format, notes, refused, items } = await infer(Object.fromEntries(files))
    expect([format, contract.features]).toEqual(['image', { kind: 'image', field: 'image', shape: [6, 8, 3] }])
    expect(contract.label).toBe('label')
    expect(notes).toContain('The first folder is taken for the label: 2 of them.')
    expect(refused).toBe(0)
    expect(items[0]).toMatchObject({ record: { fields: { label: 'cat', image: { shape: [6, 8, 3] } } } })
  })

  test('says that images are read unturned, where they ask to be turned', async () => {
    const turned = new Uint8Array(await readFile(new URL('../../../test/support/images/turned.jpg', import.meta.url)))
    const { notes } = await infer({ 'a.jpg': turned, 'b.jpg': turned, 'c.jpg': jpeg(24, 16, 9) })
    expect(notes).toContain(
      '2 images say by EXIF how to be turned: images are read as they are stored, unturned, as PIL and torchvision do.',
    )
  })

  const png = (width: number, height: number, channels: 1 | 3, shade: number) => {
    const chunk = (type: string, body: Uint8Array) => {
      const tail = Buffer.concat([Buffer.from(type, 'latin1'), body])
      const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)]
      size.writeUInt32BE(body.length)
      check.writeUInt32BE(crc32(tail))
      return Buffer.concat([size, tail, check])
    }
    const head = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, channels === 1 ? 0 : 2, 0, 0, 0])
    const lines = Buffer.alloc(height * (1 + width * channels), shade)
    for (let y = 0; y < height; y++) lines[y * (1 + width * channels)] = 0
    const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
    const chunks = [chunk('IHDR', head), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]
    return new Uint8Array(Buffer.concat([start, ...chunks]))
  }

  test('compares grey images beside those in colour, and keeps the files', async () => {
    const files = Array.from({ length: 12 }, (_, i) => [`${i}.png`, png(8, 6, i % 4 ? 3 : 1, i)] as const)
    const coloured = new Uint8Array(png(8, 6, 3, 200))
    const { contract, refused, items } = await infer({
      ...Object.fromEntries(files),
      'z.jpg': red(8, 6),
      'y.png': coloured,
    })
    expect(contract.features).toEqual({ kind: 'image', field: 'image', shape: [6, 8, 3], delivered: 'file' })
    expect(refused).toBe(0)
    const [first] = items
    expect(first).toMatchObject({
      record: { fields: { height: 6, width: 8, image: { dtype: 'u8', shape: [6, 8, 3] } } },
    })
    // what is scanned in memory leaves the files where they are
    expect(first).toMatchObject({ record: { fields: { file: { dtype: 'u8', shape: [0] } } } })
  })

  test('brings images of many sizes to one, and says so', async () => {
    const files = Array.from({ length: 12 }, (_, i) => [`${i}.jpg`, jpeg(100 + 50 * (i % 3), 75, i)] as const)
    const { contract, notes, refused } = await infer(Object.fromEntries(files))
    expect(contract.features).toMatchObject({ shape: [32, 64], delivered: 'file' })
    expect(notes).toContain(
      'Images of 3 sizes, 75 × 100 to 75 × 200: each is compared at 32 × 64, the mean of every area, and kept as the file that it came in.',
    )
    expect(refused).toBe(0)
    await expect(infer(Object.fromEntries(files), { label: 'kind' })).rejects.toThrow(/no field kind to be the label/)
    expect((await infer(Object.fromEntries(files), { label: 'width' })).contract.label).toBe('width')
  })

  const sizes = (i: number) => png(8 + (i % 5), 6 + (i % 3), 3, i)
  const kind = (i: number) => (i % 2 ? 'cat' : 'dog')

  test('finds images of any size in an archive, beside what else its samples hold', async () => {
    const files = Array.from({ length: 30 }, (_, i) => [
      [`${i}.png`, sizes(i)] as const,
      [`${i}.json`, JSON.stringify({ kind: kind(i), height: 1.5 })] as const,
    ])
    const archive = tarOf(Object.fromEntries(files.flat()))
    const { contract, refused, items } = await infer({ 'a.tar': archive }, { label: 'kind' })
    expect(contract.features).toEqual({ kind: 'image', field: 'image', shape: [7, 10], delivered: 'file' })
    expect(contract.label).toBe('kind')
    expect(refused).toBe(0)
    // what the sample itself calls a height is not written over
    expect(items[1]).toMatchObject({ record: { fields: { kind: 'cat', height: 1.5, width: 9 } } })
    const one = tarOf(
      Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`s/${kind(i)}/${i}.png`, png(8, 6, 3, i)])),
    )
    const same = await infer({ 'a.tar': one })
    expect(same.contract.features).toEqual({ kind: 'image', field: 'image', shape: [6, 8, 3] })
    expect(same.notes).toContain('The folders within the files (dog, cat) are taken for the label: 2 of them.')
    expect([same.contract.label, same.path]).toEqual(['label', '^(?:[^/]+/){2}(?<label>[^/]+)/'])
    expect(same.items.slice(0, 2)).toMatchObject(['dog', 'cat'].map((label) => ({ record: { fields: { label } } })))
  })

  test('takes the folders of an archive for labels, of any size and one class after the other, and what a sample says itself before them', async () => {
    const place = (i: number) => `${i < 20 ? 'cat' : 'dog'}/${i}`
    const shard = (from: number) =>
      tarOf(
        Object.fromEntries(
          Array.from({ length: 40 }, (_, i) => [`${place(i)}.png`, png(8 + (i % 5), i < 20 ? 20 : 5, 3, from + i)]),
        ),
      )
    const files = { 'train/a.tar': shard(0), 'train/b.tar': shard(40) }
    const all = await infer(files)
    const path = '^(?<contributor>[^/]+)/(?:(?:[^/]+/){1}(?<label>[^/]+)/)?'
    expect([all.contract.label, all.path, all.refused]).toEqual(['label', path, 0])
    expect(all.contract.features).toMatchObject({ delivered: 'file' })
    expect(all.items.map((item) => (item.kind === 'record' ? item.record.fields['label'] : null))).toEqual(
      Array.from({ length: 80 }, (_, i) => (i % 40 < 20 ? 'cat' : 'dog')),
    )
    expect(all.notes).toContainEqual(expect.stringMatching(/^Of the images labelled cat 100 % are upright, of the/))
    expect((await infer(files, { records: 8 })).contract.label).toBe('label') // of each archive the first four
    const [said, captions]: Record<string, string | Uint8Array>[] = [{}, {}]
    for (let i = 0; i < 40; i++) {
      said![`${place(i)}.png`] = captions![`${place(i)}.png`] = png(8, 6, 3, i)
      said![`${place(i)}.cls`] = String(i % 2)
      captions![`${place(i)}.label`] = `a picture that shows number ${i}`
    }
    const own = await infer({ 'a.tar': tarOf(said!) })
    expect([own.contract.label, own.path]).toEqual(['cls', undefined])
    expect((await infer({ 'a.tar': tarOf(captions!) })).contract.label).toBeUndefined()
  })

  /** So many images of each class, a folder each. */
  const classes = (counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(counts).flatMap(([name, count]) =>
        Array.from({ length: count }, (_, i) => [`${name}/${i}.png`, png(8, 6, 3, i)]),
      ),
    )

  test.each([
    ['folders above archives', 'ann/a.tar', 'bob/b.tar', ['ann', 'bob']],
    ['archives by no suffix', 'part-0', 'part-1', [undefined, undefined]],
  ])('takes folders within archives alone for labels: %s', async (_, first, second, contributors) => {
    const archive = tarOf(classes({ cats: 10, dogs: 10 }))
    const { contract, items, refused } = await infer({ [first]: archive, [second]: archive })
    expect([contract.label, refused]).toEqual(['label', 0])
    const told = items.map((item) =>
      item.kind === 'record' ? [item.record.provenance.contributor, item.record.fields['label']] : null,
    )
    expect(told).toEqual(
      contributors.flatMap((one) => ['cats', 'dogs'].flatMap((l) => Array.from({ length: 10 }, () => [one, l]))),
    )
  })

  test.each([
    [
      'loose images',
      { ...classes({ cats: 10, dogs: 10 }), 'b.tar': tarOf(classes({ cats: 10, dogs: 10 })) },
      'in the archive (cats, dogs) are not read as labels: 20 of 40 records have no path within',
    ],
    [
      'archives at different depths',
      { 'a.tar': tarOf(classes({ cats: 10, dogs: 10 })), 'more/b.tar': tarOf(classes({ cats: 10, dogs: 10 })) },
      'in the archive (cats, dogs) are not read as labels: the files that hold them lie below different numbers of folders',
    ],
    [
      'an image in no folder',
      { 'a.tar': tarOf({ '0.png': png(8, 6, 3, 0), ...classes({ cats: 10, dogs: 10 }) }) },
      'in the archive (cats, dogs) are not read as labels: 1 of 21 lie in none of them',
    ],
    [
      'a small class',
      { 'a.tar': tarOf(classes({ cats: 10, dogs: 10, emus: 4 })) },
      'in the archive (cats, dogs, emus) are not read as labels: emus holds 4, and a label has 5 at least',
    ],
  ])('says why folders within files are no labels: %s', async (_, files, note) => {
    const { contract, path, refused, notes } = await infer(files)
    expect([contract.label, path, refused]).toEqual([undefined, undefined, 0])
    expect(notes).toContain(`The folders ${note}.`)
  })

  test('folders beyond depth are no labels', async () => {
    const deep = (i: number) => `${'d/'.repeat(40)}${i % 2 ? 'cats' : 'dogs'}/${i}.png`
    const archive = tarOf(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [deep(i), png(8, 6, 3, i)])))
    const { contract, path, refused } = await infer({ 'a.tar': archive })
    expect([contract.label, path, refused]).toEqual([undefined, undefined, 0])
  })

  test('the first image of many does not decide what they are compared at', async () => {
    const large = png(3, 2, 3, 9).slice()
    new DataView(large.buffer).setUint32(16, 30_000) // its header, which is all that is looked at
    new DataView(large.buffer).setUint32(20, 30_000)
    const data = Array.from({ length: 40 }, (_, i) => (i === 0 ? large : png(8, 6, 3, i)))
    const columnData = [{ name: 'picture', data, type: 'BYTE_ARRAY' as const }]
    const { contract, refused } = await infer({ 'a.parquet': new Uint8Array(parquetWriteBuffer({ columnData })) })
    expect(contract.features).toMatchObject({ field: 'picture', shape: [6, 8] })
    expect(refused).toBe(1)
  })

  /** Rows as Hugging Face has images: bytes, and the path that they came from. */
  const hub = (n: number, cell: (i: number) => { bytes: Uint8Array; path: string } | null, more: object = {}) =>
    tableToIPC(
      tableFromColumns({
        image: columnFromArray(
          Array.from({ length: n }, (_, i) => cell(i)),
          struct({ bytes: binary(), path: utf8() }),
        ),
        ...more,
      }),
      { format: 'stream' },
    ) ?? new Uint8Array()

  test('takes the folders in the paths of images for labels, where no column is one', async () => {
    const cell = (i: number) => ({ bytes: png(8, 6, 3, i), path: `${kind(i)}/${i}.png` })
    const flat = (i: number) => ({ bytes: png(8, 6, 3, i), path: `${i}.png` })
    const { contract, items, notes } = await infer({ 'a.arrow': hub(30, cell) })
    expect(contract.label).toBe('label')
    expect(items.slice(0, 2)).toMatchObject(['dog', 'cat'].map((label) => ({ record: { fields: { label } } })))
    expect(notes).toContain('The folders within the files (dog, cat) are taken for the label: 2 of them.')
    for (const root of ['/home/ann/set/', 'C:\\set\\']) {
      const away = await infer({ 'a.arrow': hub(30, (i) => ({ ...cell(i), path: `${root}${cell(i).path}` })) })
      expect([away.contract.label, away.refused]).toEqual(['label', 0])
    }
    const label = columnFromArray(
      Array.from({ length: 30 }, (_, i) => `k${i % 3}`),
      utf8(),
    )
    const two = await infer({ 'a.arrow.gz': gzipSync(hub(30, flat)), 'b.arrow.gz': gzipSync(hub(30, flat)) })
    expect([two.contract.label, two.refused]).toEqual([undefined, 0])
    const some = await infer({ 'a.arrow': hub(60, (i) => (i === 30 ? null : cell(i))) })
    expect(some.contract.label).toBeUndefined()
    expect(some.notes).toContain(
      'The folders in the archive (dog, cat) are not read as labels: 1 of 60 records has no path within.',
    )
    const own = await infer({ 'a.arrow': hub(30, cell, { label }) })
    expect([own.contract.label, own.items[1]]).toMatchObject(['label', { record: { fields: { label: 'k1' } } }])
  })

  test('a column of images has one in nearly every record, and what else a set of images holds is told', async () => {
    const cell = (i: number) => (i % 3 ? { bytes: png(8, 6 + (i % 3), 3, i), path: 'a.png' } : null)
    const sparse = Array.from({ length: 30 }, (_, i) => cell(i)?.bytes ?? null)
    const columnData = [{ name: 'picture', data: sparse, type: 'BYTE_ARRAY' as const }]
    await expect(infer({ 'a.parquet': new Uint8Array(parquetWriteBuffer({ columnData })) })).rejects.toThrow(
      'field picture holds images in 20 of 30 records: leave out the records without one, or the field',
    )
    const table = `name,kind\n${Array.from({ length: 30 }, (_, i) => `${i}.png,${kind(i)}`).join('\n')}`
    const pictures = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}.png`, png(8, 6, 3, i)]))
    await expect(infer({ ...pictures, 'labels.csv': table })).rejects.toThrow(
      'field image holds images in 30 of 60 records: leave out the files that hold others, for there are 2 formats here (an image, CSV)',
    )
    const told = table.replace('name,', 'file_name,')
    await expect(infer({ ...pictures, 'metadata.csv': told })).rejects.toThrow(
      /metadata\.csv says more of each image.* put both into one table.*pd\.read_csv\('metadata\.csv'\)/,
    )
    const lines = rows(30, (i) => ({ file_name: `${i}.png`, text: `picture ${i}` }))
    await expect(infer({ ...pictures, 'metadata.jsonl': lines })).rejects.toThrow(
      /read_json\('metadata\.jsonl', lines=True\)/,
    )
    await expect(infer({ ...pictures, 'metadata.csv': table })).rejects.toThrow('leave out the files that hold others')
    const caption = columnFromArray(
      Array.from({ length: 40 }, (_, i) => `what picture ${i} of them shows, in words`),
      utf8(),
    )
    const said = await infer({ 'a.arrow': hub(40, (i) => ({ bytes: png(8, 6, 3, i), path: 'a.png' }), { caption }) })
    expect(said.notes).toContain('Kept, and not looked at: caption.')
  })

  test('few images in an archive are in the way of a scan, but for that of conversations', async () => {
    const files = Array.from({ length: 40 }, (_, i) => [
      [`${i}.txt`, `some words on the bridge of number ${i}, in a sentence`] as const,
      ...(i % 2 ? [[`${i}.png`, png(8, 6, 3, i)] as const] : []),
    ])
    await expect(infer({ 'a.tar': tarOf(Object.fromEntries(files.flat())) })).rejects.toThrow(
      'field image holds images in 20 of 40 records: leave out the records without one, or the field',
    )
    const asked = Array.from({ length: 40 }, (_, i) => [
      [
        `${i}.json`,
        JSON.stringify({ prompt: `What is bridge ${i} of?`, completion: `It is of ${i} stones.` }),
      ] as const,
      ...(i % 2 ? [[`${i}.png`, png(8, 6, 3, i)] as const] : []),
    ])
    const { contract, refused } = await infer({ 'a.tar': tarOf(Object.fromEntries(asked.flat())) })
    expect([contract.features.kind, refused]).toEqual(['exchange', 0])
  })

  test('bytes beside a conversation are of any length, and may be missing', async () => {
    const n = Array.from({ length: 60 }, (_, i) => i)
    const columnData = [
      { name: 'prompt', data: n.map((i) => `What is shown in picture ${i}?`), type: 'STRING' as const },
      { name: 'completion', data: n.map((i) => `A bridge of ${i} stones.`), type: 'STRING' as const },
      { name: 'picture', data: n.map((i) => (i % 9 ? png(8, 6 + (i % 7), 3, i) : null)), type: 'BYTE_ARRAY' as const },
    ]
    const { contract, refused } = await infer({ 'a.parquet': new Uint8Array(parquetWriteBuffer({ columnData })) })
    expect(contract.features.kind).toBe('exchange')
    expect(contract.schema['properties']).toMatchObject({
      picture: { anyOf: [{ tensor: { dtype: 'u8', shape: [-1] } }, { type: 'null' }] },
    })
    expect(refused).toBe(0)
  })

  test('one field is not both label and contributor of images, and sides are those that were measured', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        [`${i}.png`, sizes(i)] as const,
        [
          `${i}.json`,
          JSON.stringify({ annotator: `a${i % 3}`, kind: kind(i), height: i % 2 ? 9 : 700, width: 9 }),
        ] as const,
      ]).flat(),
    )
    const { contract, notes } = await infer({ 'a.tar': tarOf(files) }, { label: 'annotator' })
    expect([contract.label, contract.contributor]).toEqual(['annotator', undefined])
    const other = await infer({ 'a.tar': tarOf(files) }, { label: 'kind' })
    expect([other.contract.label, other.contract.contributor]).toEqual(['kind', 'annotator'])
    expect([...notes, ...other.notes].join(' ')).not.toMatch(/Of the images labelled/)
  })

  test.each([
    ['of many sizes', sizes, [7, 10]],
    ['of one size', (i: number) => png(8, 6, 1, i), [6, 8]],
  ] as const)('finds images %s in a column, as bytes or as Hugging Face writes them', async (_name, image, shape) => {
    const n = Array.from({ length: 30 }, (_, i) => i)
    const labels = n.map(kind)
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: 'picture', data: n.map(image), type: 'BYTE_ARRAY' },
        { name: 'label', data: labels, type: 'STRING' },
      ],
    })
    const arrow = tableFromColumns({
      picture: columnFromArray(
        n.map((i) => ({ bytes: i === 4 ? Uint8Array.of(71, 73, 70, 56) : image(i), path: `${i}.png` })),
        struct({ bytes: binary(), path: utf8() }),
      ),
      label: columnFromArray(labels, utf8()),
    })
    for (const [name, bytes, odd] of [
      ['a.parquet', new Uint8Array(parquet), 0],
      ['a.arrow', tableToIPC(arrow, { format: 'stream' }) ?? new Uint8Array(), 1],
    ] as const) {
      const { contract, refused, items } = await infer({ [name]: bytes })
      expect(contract.features).toEqual({ kind: 'image', field: 'picture', shape, delivered: 'file' })
      expect(contract.label).toBe('label')
      expect(items[3]).toMatchObject({
        record: { fields: { label: 'cat', picture: { shape }, file: { dtype: 'u8' } } },
      })
      expect(refused).toBe(odd)
      if (odd > 0) expect(items[4]).toMatchObject({ letter: { detail: 'an image that is neither PNG nor JPEG' } })
    }
  })

  test('takes bytes for pixels where few of them begin as files do', async () => {
    const raw = (i: number) => Uint8Array.from({ length: 64 }, (_, k) => (i * 7 + k * ((i % 5) + 1)) % 200)
    const begun = (odd: (i: number) => boolean) => {
      const data = Array.from({ length: 60 }, (_, i) => (odd(i) ? Uint8Array.of(66, 77, ...raw(i).slice(2)) : raw(i)))
      const label = { name: 'label', data: data.map((_, i) => kind(i)), type: 'STRING' as const }
      return parquetWriteBuffer({ columnData: [{ name: 'pixels', data, type: 'BYTE_ARRAY' }, label] })
    }
    const { contract, refused } = await infer({ 'a.parquet': new Uint8Array(begun((i) => i === 17)) })
    expect([contract.features, contract.label]).toEqual([{ kind: 'vector', field: 'pixels', length: 64 }, 'label'])
    expect(refused).toBe(0)
    await expect(infer({ 'a.parquet': new Uint8Array(begun((i) => i % 2 === 0)) })).rejects.toThrow('a BMP image')
  })

  test('finds the images of a column whose first record has none', async () => {
    const cells = Array.from({ length: 40 }, (_, i) => ({ bytes: i === 0 ? null : png(8, 6, 1, i), path: `${i}.png` }))
    const picture = columnFromArray(cells, struct({ bytes: binary(), path: utf8() }))
    const arrow = tableToIPC(tableFromColumns({ picture }), { format: 'stream' })
    const { contract } = await infer({ 'a.arrow': arrow ?? new Uint8Array() })
    expect(contract.features).toMatchObject({ kind: 'image', field: 'picture' })
  })

  test('says what files a column holds, where they are not read', async () => {
    const webp = (i: number) => Buffer.from(`RIFF${i % 9}000WEBP${'x'.repeat(i)}`, 'latin1')
    const columnData = [
      { name: 'image', data: Array.from({ length: 12 }, (_, i) => webp(i)), type: 'BYTE_ARRAY' },
    ] as const
    await expect(
      infer({ 'a.parquet': new Uint8Array(parquetWriteBuffer({ columnData: [...columnData] })) }),
    ).rejects.toThrow(
      'field image holds files, among them a WebP image: of files in a field PNG and JPEG are read, so convert them first',
    )
  })

  test('tells which labels have a size of their own', async () => {
    const files = Array.from({ length: 30 }, (_, i) =>
      i % 2
        ? ([`cat/${i}.png`, png(20 + (i % 3), 10, 3, i)] as const)
        : ([`dog/${i}.png`, png(9, 10 + (i % 7), 3, i)] as const),
    )
    const { notes, contract } = await infer(Object.fromEntries(files))
    expect(contract.label).toBe('label')
    expect(notes).toContain(
      'Of the images labelled cat 100 % are broad, of the others 0 %: a model may learn that in place of what they show.',
    )
  })

  const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'))
  test.each<[reason: string, files: Record<string, string | Uint8Array>, says: RegExp]>([
    [
      'unread_format',
      { 'a.bin': '%PDF-1.7', 'b.bin': 'GIF89a' },
      /a.bin is a PDF; b.bin is a GIF .*What is read: JSON l/,
    ],
    [
      'unread_format',
      { notes: 'some words' },
      /notes is of a format that neither its name nor its beginning tells\. Conv/,
    ],
    ['empty_files', { 'a.csv': '', 'b.csv': '' }, /a.csv has no records, and 1 more \(read as CSV\)\. Deliver what/],
    ['empty_files', { 'a.jsonl': '\ufeff' }, /a.jsonl has no records \(read as JSON lines\)\. Deliver what/],
    ['empty_files', { 'a.zip': '' }, /a.zip has no records/],
    ...['csv', 'jsonl', 'json', 'parquet', 'npz', 'tar', 'zip', 'txt', 'csv.gz'].map(
      (suffix): [string, Record<string, string>, RegExp] => [
        'stand_in',
        { [`a.${suffix}`]: 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n' },
        /^\S+ holds nothing that can be read: a\.\S+ is a pointer of Git LFS in place of the file: fetch the file with git lfs pull\. Del/,
      ],
    ),
    ...['csv', 'jsonl', 'json', 'parquet', 'tsv', 'zip'].map((suffix): [string, Record<string, string>, RegExp] => [
      'stand_in',
      { [`a.${suffix}`]: '\ufeff\n<!DOCTYPE html>\n<html><title>Sign in, or ask</title></html>\n' },
      /a\.\w+ is a web page, as a sign-in or an error leaves it in place of a download: download the file again\. Del/,
    ]),
    [
      'stand_in',
      { 'a.jsonl': '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>' },
      /is an object store's refusal in place of the file/,
    ],
    [
      'unread_format',
      { 'a.csv': 'PK\u0003\u0004\0\0xl/worksheets/sheet1.xml' },
      /a.csv is a workbook of Excel: save each sheet/,
    ],
    ['unread_format', { 'a.parquet': 'ORC\n' }, /a.parquet is an ORC file: write it as Parquet\. Convert it/],
    [
      'unread_format',
      { 'a.feather': 'FEA1\0' },
      /a.feather is a Feather file of version 1: write it anew, with pandas/,
    ],
    [
      'unread_archive',
      { 'a.tar': tarOf({ 'data/a.jsonl': '{"a":1}', 'data/b.jsonl': '{"a":2}' }) },
      /a.tar, read as WebDataset \(tar\): a file of records, which is read where the archive is unpacked \(2 times\)\. Unpack it/,
    ],
    ['unread_format', { 'a.xml': '<?xml version="1.0"?><rows/>' }, /a.xml is XML: write it as CSV, with pandas/],
    ['unread_format', { 'a.html': '<table><tr>' }, /a.html is a web page: write its table as CSV, with pandas/],
    ['unread_format', { 'a.yaml': '- a: b' }, /a.yaml is YAML: write it as JSON lines/],
    ['damaged_file', { 'a.zip': 'words' }, /a.zip is not a zip archive, or one that is cut short\. Deliver it again/],
    ['empty_files', { 'a.csv': 'x,y\n' }, /a.csv has no records \(read as CSV\)/],
    [
      'not_utf8',
      { 'a.txt': Uint8Array.of(0xcf, 0xf0, 0xe8, 0xe2) },
      /a.txt, read as text: not UTF-8\. .*save it as UTF-8/,
    ],
    ['not_utf8', { 'a.csv': Buffer.concat([utf16('\ufeffa'), Buffer.of(0)]) }, /a.csv, read as CSV: .* UTF-16/],
    [
      'unread_format',
      { 'a.tar': tarOf({ '1.gif': 'GIF89a\0' }) },
      /a.tar, read as WebDataset \(tar\): a sample with a GIF image: JSON, text, PNG and JPEG are read\. Convert it/,
    ],
    [
      'unread_format',
      { 'a.npy': npyBytes('<f4', [2, 2], new Uint8Array(16), true) },
      /a.npy, read as npy: an array in Fortran order: save it with numpy\.ascontiguousarray\. Convert it/,
    ],
    ['damaged_file', { 'a.parquet': 'PAR1....PAR1' }, /a.parquet, read as Parquet: .*cut short\. Deliver it again/],
    ['damaged_file', { 'a.csv.gz': Uint8Array.of(0x1f, 0x8b, 8, 0, 9) }, /a.csv.gz, read as CSV: gzip data is broken/],
    [
      'damaged_file',
      { 'a.gz': Uint8Array.of(0x1f, 0x8b, 8, 0, 9) },
      /a.gz: gzip data is broken or cut short\. Deliver/,
    ],
    [
      'not_records',
      { 'a.json': '[1, 2]' },
      /a.json, read as JSON: not a JSON object \(2 times\)\. Each record is an obj/,
    ],
    [
      'not_records',
      { 'a.jsonl': '{"a":1\n' },
      /a.jsonl, read as JSON lines: not JSON\. Each record is an object.* another format is named after it \(\.csv/,
    ],
    ['bad_rows', { 'a.csv': 'x,y\n1,2,3\n' }, /a.csv, read as CSV: 3 cells under 2 columns\. A table has a header/],
    [
      'bad_rows',
      { 'a.csv': 'x,y\r1,2\r' },
      /a.csv, read as CSV: a header whose line ends by a carriage return alone: save/,
    ],
    ['bad_rows', { 'a.csv': 'x,x\n1,2\n' }, /a.csv, read as CSV: a header that names columns 1 and 2 alike\. A table/],
    [
      'bad_values',
      { 'a.jsonl': '{"a": NaN}' },
      /a.jsonl, read as JSON lines: NaN is no JSON .* refuses them\. Mend the values/,
    ],
    [
      'nothing_readable',
      { 'a.csv': '', 'b.bin': '%PDF-1.7' },
      /a.csv has no records .*b.bin is a PDF\. Deliver .* Convert it/,
    ],
    [
      'no_files',
      { '.a.csv': 'x\n1\n', 'README.md': 'words' },
      /holds no files to read; passed over: 1 hidden .*; 1 about/,
    ],
  ])('says what it met where nothing can be read: %s, %j', async (reason, files, says) => {
    const failed = await infer(files).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'invalid', reason, message: expect.stringMatching(says) })
  })

  test('says of a folder what is not read as its owner may think', async () => {
    await using folder = await createInputFolder({
      'a.csv': `text,label\n${'one two three,x\n'.repeat(30)}`,
      'b.jsonl': '{"text":"one two three","label":"y"}\n'.repeat(30),
    })
    await symlink('a.csv', join(folder.root, 'c.csv'))
    const { notes } = await inferContract(folder.root)
    expect(notes).toContain('The files are of 2 formats, and have one contract: CSV, JSON lines.')
    expect(notes).toContain('Passed over: 1 link, for a link may lead out of the folder.')
    expect((await infer({ 'a.txt': 'one two three four\n'.repeat(60) })).notes).toContain(
      'A text file is one record: for one record a line, write JSON lines, or CSV with a header.',
    )
  })

  test('takes a part without labels as it is, and refuses a few records that lack theirs', async () => {
    const table = (n: number, hasLabel: boolean) =>
      rows(n, (i) => ({ a: i / 7, b: i % 5, ...(hasLabel && { label: i % 2 ? 'x' : 'y' }) }))
    const split = await infer({ 'train.jsonl': table(200, true), 'test.jsonl': table(50, false) })
    expect(split.contract.label).toBe('label')
    expect(split.contract.schema).toMatchObject({ required: ['a', 'b'], additionalProperties: false })
    expect(split.notes).toContain('Field label is empty in 50 of 250 records: those are scanned without a label.')
    const few = await infer({ 'a.jsonl': `${table(200, true)}\n${table(2, false)}` })
    expect(few.contract.schema).toMatchObject({ required: ['a', 'b', 'label'] })
  })

  test('takes a quantity for no label, whatever it is called, and class numbers for one', async () => {
    const table = (target: (i: number) => number) => rows(440, (i) => ({ bmi: i / 3, target: target(i) }))
    const quantity = await infer({ 'a.jsonl': table((i) => 25 + ((i * 37) % 200)) })
    expect(quantity.contract.label).toBeUndefined()
    expect(quantity.contract.features).toMatchObject({ columns: [{ name: 'bmi' }, { name: 'target', type: 'number' }] })
    expect(quantity.notes).toContain(
      'Field target holds quantities and no classes: it is no label unless --label names it.',
    )
    expect((await infer({ 'a.jsonl': table((i) => 25 + ((i * 37) % 200)) }, { label: 'target' })).contract.label).toBe(
      'target',
    )
    expect((await infer({ 'a.jsonl': table((i) => i % 100) })).contract.label).toBe('target')
    expect((await infer({ 'a.jsonl': table((i) => 3 + (i % 7)) })).contract.label).toBe('target')
  })

  test('takes y beside x for a place, and y of few values for a label', async () => {
    const grid = (kinds: number) => rows(440, (i) => ({ x: i % 40, y: (i * 7) % kinds, tile: `t${i % 90}` }))
    expect((await infer({ 'a.jsonl': grid(60) })).contract.label).toBeUndefined()
    expect((await infer({ 'a.jsonl': grid(3) })).contract.label).toBe('y')
    const numbered = (x: (i: number) => number) => rows(2600, (i) => ({ x: x(i), y: (i * 7) % 26, tile: `t${i % 90}` }))
    expect((await infer({ 'a.jsonl': numbered((i) => (i * 37) % 977) })).contract.label).toBe('y')
    expect((await infer({ 'a.jsonl': numbered((i) => ((i * 37) % 97) / 3) })).contract.label).toBe('y')
    expect((await infer({ 'a.jsonl': numbered((i) => (i * 37) % 28) })).contract.label).toBeUndefined()
  })

  test('takes lists of options for no label, and one label of two lines for a record to refuse', async () => {
    const text = (i: number) => `the driver saw the cook number ${i} in the rain`
    const options = await infer({ 'a.jsonl': rows(120, (i) => ({ text: text(i), options: `A. ${i % 3}\nB. both` })) })
    expect([options.contract.label, options.refused]).toEqual([undefined, 0])
    const odd = await infer({ 'a.jsonl': rows(120, (i) => ({ text: text(i), kind: i === 7 ? 'a\nb' : `k${i % 2}` })) })
    expect([odd.contract.label, odd.refused]).toEqual(['kind', 1])
  })

  test('finds text with its label, contributor and id', async () => {
    const row = (i: number) => ({
      id: i,
      text: `this is a message with number ${i}`,
      label: i % 2 ? 'spam' : 'ham',
      uploader: `u${i % 3}`,
    })
    const { contract, refused } = await infer({ 'a.jsonl': rows(40, row) }, { contributor: 'uploader' })
    expect(contract).toMatchObject({
      features: { kind: 'text', field: 'text' },
      label: 'label',
      contributor: 'uploader',
      id: 'id',
    })
    expect(refused).toBe(0)
  })

  test('takes text that spells a number for text where the format tells them apart', async () => {
    const row = (i: number) => ({ id: String(i), size: i / 2, either: i % 2 ? i : String(i), label: i % 2 ? 'a' : 'b' })
    const { contract, refused } = await infer({ 'a.jsonl': rows(60, row) })
    expect(contract.id).toBe('id')
    expect(contract.schema['properties']).toMatchObject({
      id: { type: ['string', 'null'] },
      size: { type: ['number', 'null'] },
    })
    expect(refused).toBe(0)
  })

  test('finds images by their shape, and flat ones by asking', async () => {
    const pixels = npyBytes('|u1', [20, 8, 8], new Uint8Array(20 * 64))
    const flat = npyBytes('<f4', [20, 64], bytesOf(new Float32Array(20 * 64)))
    const y = npyBytes(
      '|u1',
      [20],
      Uint8Array.from({ length: 20 }, (_, i) => i % 2),
    )
    expect((await infer({ 'x.npy': pixels, 'y.npy': y })).contract).toMatchObject({
      features: { kind: 'image', field: 'x', shape: [8, 8] },
      label: 'y',
    })
    expect((await infer({ 'x.npy': flat, 'y.npy': y })).contract.features).toEqual({
      kind: 'vector',
      field: 'x',
      length: 64,
    })
    const looksLikeImage = ({ rows, cols }: { rows: number; cols: number }) =>
      rows === 20 && cols === 64 ? { height: 8, width: 8 } : null
    expect((await infer({ 'x.npy': flat, 'y.npy': y }, { looksLikeImage })).contract.features).toEqual({
      kind: 'image',
      field: 'x',
      shape: [8, 8],
    })
  })

  test('takes the folders of whole files for the label', async () => {
    const files: Record<string, string> = {}
    for (let i = 0; i < 12; i++)
      files[`${i % 2 ? 'ham' : 'spam'}/${i}.eml`] = `From: a@b.c\nSubject: hi ${i}\n\nsome text`
    const { contract, path, refused, items } = await infer(files)
    expect(contract).toMatchObject({ features: { kind: 'text', field: 'text' }, label: 'label' })
    expect(path).toBe('^(?<label>[^/]+)/')
    expect(refused).toBe(0)
    expect(items[0]).toMatchObject({ record: { fields: { label: 'ham' } } })
  })

  test('refuses the odd ones out, not the many', async () => {
    const odd = [...Array.from({ length: 200 }, (_, i) => `${i},${i % 2 ? 'a' : 'b'}`), 'oops,a', '1e300,b']
    const { refused } = await infer({ 'a.csv': `n,label\n${odd.join('\n')}` })
    expect(refused).toBeGreaterThanOrEqual(1)
    expect(refused).toBeLessThanOrEqual(2)
  })

  const rain = (kind: (i: number) => string) => {
    const fell = (i: number) => (i % 40 === 3 ? 'T' : i === 250 ? 'oops' : String((i * 37) % 101))
    return ['rain,wind,kind', ...Array.from({ length: 400 }, (_, i) => `${fell(i)},${i / 7},${kind(i)}`)].join('\n')
  }

  test('takes a text that recurs among numbers for a code, and says so', async () => {
    const { contract, notes, refused, items } = await infer({ 'a.csv': rain((i) => (i % 3 ? 'a' : 'b')) })
    expect(contract.features).toEqual({
      kind: 'table',
      columns: [
        { name: 'rain', type: 'number' },
        { name: 'wind', type: 'number' },
      ],
    })
    expect(contract.schema['properties']).toMatchObject({
      rain: { type: ['number', 'string', 'null'], pattern: '^(?:T)$' },
    })
    expect(items[3]).toMatchObject({ record: { fields: { rain: 'T' } } })
    expect(items[4]).toMatchObject({ record: { fields: { rain: 47 } } })
    expect([refused, items[250]?.kind]).toEqual([1, 'letter'])
    expect(notes).toContain(
      'Field rain holds numbers and T (10 times), which is taken for a code: a missing number that says why.',
    )
  })

  test('takes no text for a code whose records bear one label', async () => {
    const { contract, refused } = await infer({ 'a.csv': rain((i) => (i % 40 === 3 || i % 3 === 0 ? 'a' : 'b')) })
    expect(contract.features).toMatchObject({ columns: [{ name: 'rain', type: 'number' }, { name: 'wind' }] })
    expect(contract.schema['properties']).toMatchObject({ rain: { type: ['number', 'null'] } })
    expect(refused).toBe(11)
  })

  test.each([
    ['one in sixteen', (i: number) => (i % 16 ? i * 3 : '-'), 'number', 0],
    ['of classes', (i: number) => (i % 16 ? i % 9 : 'K'), 'category', 0],
    ['of many kinds', (i: number) => (i % 16 ? i * 3 : `see ${i % 7}`), 'category', 0],
    ['with a bracket', (i: number) => (i % 40 ? i * 3 : '(<0.1)'), 'number', 0],
    ['sentences', (i: number) => (i % 40 ? i * 3 : 'ask the one who was there'), 'number', 10],
  ] as const)('tells codes among numbers from other texts: %s', async (_name, cell, type, odd) => {
    const csv = ['n,m', ...Array.from({ length: 400 }, (_, i) => `${cell(i)},${i / 7}`)].join('\n')
    const { contract, refused } = await infer({ 'a.csv': csv })
    expect(contract.features).toMatchObject({ columns: [{ name: 'n', type }, { name: 'm' }] })
    expect(refused).toBe(odd)
  })

  test.each([
    [
      'when,x,kind\n',
      (i: number) => `${(i % 28) + 1}.12.2024,${i / 7},${i % 2}`,
      'Field when holds dates, which are compared as words: write 2024-12-31 for 31.12.2024.',
    ],
    [
      'cost,x,kind\n',
      (i: number) => `"1,${100 + i}.50",${i / 7},${i % 2}`,
      'Field cost holds numbers with commas between thousands, which are compared as words: write 1234.5 for 1,234.5.',
    ],
    [
      'text,size,kind\n',
      (i: number) => `words of a text that says number ${i},${i / 7},${i % 2}`,
      'Kept, and not looked at: size.',
    ],
    [
      'Report,,\nx,y,kind\n',
      (i: number) => `${i / 7},${i},${i % 2}`,
      'The first row names 1 of 3 columns: where it is a title, take it out.',
    ],
    [
      'x y kind\n',
      (i: number) => `${i / 7} ${i} ${i % 2}`,
      'Every row is one cell of 3 words: where spaces part the columns, write commas or tabs instead.',
    ],
    [
      '# of a survey\nx,y\n',
      (i: number) => String(i),
      'The first line begins with #, and is read as the names of columns: where it is a comment, take it out.',
    ],
  ])('says what of a table is not read as its owner may think: %j', async (header, row, note) => {
    const { notes } = await infer({ 'a.csv': header + Array.from({ length: 60 }, (_, i) => row(i)).join('\n') })
    expect(notes).toContain(note)
  })

  test('says what stands beside the records of a file', async () => {
    const records = Array.from({ length: 60 }, (_, i) => ({ n: i / 7, m: i % 5, label: i % 2 ? 'x' : 'y' }))
    const { contract, notes, items } = await infer({ 'a.json': JSON.stringify({ status: 'ok', page: 3, records }) })
    expect([contract.label, items.length]).toEqual(['label', 60])
    expect(notes).toContain('Left out, for it stands beside the records of a file: status, page.')
  })

  test('says of columns that are alike in one sentence what is not read in them', async () => {
    const years = Array.from({ length: 9 }, (_, k) => `${1990 + k}`)
    const csv = [years, ...Array.from({ length: 60 }, (_, i) => years.map((_year, k) => `"${1 + k},${100 + i}"`))]
    const { notes } = await infer({ 'a.csv': csv.map((row) => row.join(',')).join('\n') })
    expect(notes).toContain(
      'Fields 1990, 1991, 1992, 1993, 1994, 1995 and 3 more hold numbers with commas between thousands, which are compared as words: write 1234.5 for 1,234.5.',
    )
  })

  test('says of a file of one record how it is written by rows, and of channels that come first how they come last', async () => {
    const columns = {
      a: Array.from({ length: 60 }, (_, i) => i),
      class: Array.from({ length: 60 }, (_, i) => `k${i % 2}`),
    }
    expect((await infer({ 'a.json': JSON.stringify(columns) })).notes).toContainEqual(
      expect.stringMatching(
        /^The file is one record: where its lists are the columns of a table, write it by rows, with/,
      ),
    )
    const { notes } = await infer({ 'x.npy': npyBytes('|u1', [20, 3, 8, 6], new Uint8Array(20 * 144)) })
    expect(notes).toContain(
      'Field x holds arrays of 3 × 8 × 6, which are compared as vectors: where they are images, write them with the channels last, as 8 × 6 × 3.',
    )
  })

  test('takes the label that it is told, and says so when it cannot', async () => {
    const files = { 'a.jsonl': rows(30, (i) => ({ n: i, odd: i % 2, label: 'x' })) }
    expect((await infer(files, { label: 'odd' })).contract.label).toBe('odd')
    await expect(infer(files, { label: 'nope' })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('n, odd, label'),
    })
    expect((await infer({ 'a.jsonl': rows(30, (i) => ({ n: i / 7, m: i * 3.5 })) })).contract.label).toBeUndefined()
  })

  test('says of a field by the name of a label that is empty in all records', async () => {
    const empty = await infer({ 'a.jsonl': rows(30, (i) => ({ n: i / 7, Label: null })) })
    expect(empty.notes).toContainEqual(expect.stringMatching(/^Field Label is empty in every record .* --label\.$/))
    const none = await infer({ 'a.jsonl': rows(30, (i) => ({ n: i / 7, note: null })) })
    expect(none.notes).toContainEqual(expect.stringMatching(/^No label was found/))
  })

  test.each([
    [
      { meta: { version: 1 }, texts: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] },
      "no field holds anything that can be scanned: meta is an object; texts is a list of 3 objects. If the records are the objects in texts, write each on a line of its own, such as with jq -c '.texts[]'.",
    ],
    [
      { 'my data': [{ text: 'a' }], tags: ['x', 'y'], note: null },
      'no field holds anything that can be scanned: my data is a list of 1 object; tags is a list of 2; note is empty. If the records are the objects in my data, write each on a line of its own.',
    ],
    [{ type: 'FeatureCollection', bbox: [1, 2, 3, 4], features: [{ a: 1 }, { a: 2 }] }, /jq -c '\.features\[\]'/],
    [{ k0: { text: 'a' }, k1: { text: 'b' } }, /If each of them is a record, .* jq -c '\.\[\]'; if it is one table, /],
    [{ status: 'ok', found: [{ text: 'a' }, { text: 'b' }] }, /found is a list of 2 objects.* jq -c '\.found\[\]'/],
    [
      { train: [{ a: 1 }, { a: 2 }], test: [{ a: 3 }], by: [{ n: 'x' }] },
      /in train and test, .* jq -c '\.train\[\], \.test\[\]'/,
    ],
    [
      { meta: { v: 1 }, data: { items: [{ a: 1 }, { a: 2 }] } },
      "no field holds anything that can be scanned: meta is an object; data is an object. If the records are the objects in data.items, write each on a line of its own, such as with jq -c '.data.items[]'.",
    ],
    [
      { status: 'ok', page: 3, answer: { hits: { hits: [{ a: 1 }, { a: 2 }] }, shards: [{ n: 1 }] } },
      /jq -c '\.answer\.hits\.hits\[\]'\.$/,
    ],
    [{ a: { 'b c': [{ n: 1 }, { n: 2 }] } }, /objects in a\.b c, write each on a line of its own\.$/],
    [
      { licenses: [{ n: 'x' }], images: [{ id: 1 }, { id: 2 }], annotations: [{ b: 1 }, { b: 2 }, { b: 3 }] },
      /objects in annotations, write each on a line of its own, such as with jq -c '\.annotations\[\]'\.$/,
    ],
    [{ image: { bytes: null, path: 'a.png' } }, /image names files, and holds none of them\. Write the bytes/],
    [{}, /: the records have no fields\. What is looked at is texts, numbers, /],
  ])('says what the fields hold where none can be scanned: %j', async (record, says) => {
    const failed = await infer({ 'a.json': JSON.stringify(record) }).catch((error: unknown) => error)
    const message = typeof says === 'string' ? says : expect.stringMatching(says)
    expect(failed).toMatchObject({ code: 'invalid', reason: 'nothing_to_scan', message })
  })

  test('says what may stand beside the bytes of files, and of many records no command for one', async () => {
    const cells = Array.from({ length: 20 }, (_, i) => ({ bytes: png(8, 6, 1, i), path: `${i}.png`, id: 'z' }))
    for (const keys of [{ bytes: binary() }, { bytes: binary(), path: utf8(), id: utf8() }]) {
      const image = columnFromArray(cells, struct(keys))
      const arrow = tableToIPC(tableFromColumns({ image }), { format: 'stream' }) ?? new Uint8Array()
      await expect(infer({ 'a.arrow': arrow })).rejects.toThrow(
        /Files are read where image holds bytes and path, and nothing else: leave out what is more, and add what is not there\.$/,
      )
    }
    await expect(infer({ 'a.jsonl': rows(20, (i) => ({ meta: { i } })) })).rejects.toThrow('pd.json_normalize(rows)')
  })

  test('says that a file is one record only where it was read whole, and its lists may be columns', async () => {
    const one = 'The file is one record'
    const record = { text: 'the bridge is of stone', tags: ['x', 'y'] }
    const notesOf = async (text: string, options = {}) => (await infer({ 'a.jsonl': text }, options)).notes.join('\n')
    expect(await notesOf(rows(1, () => record))).toContain(one)
    expect(await notesOf(rows(1, () => ({ text: record.text })))).not.toContain(one)
    expect(await notesOf(`${rows(1, () => record)}\n${'{bad\n'.repeat(9)}`)).not.toContain(one)
    expect(
      await notesOf(
        rows(9, () => record),
        { records: 1 },
      ),
    ).not.toContain(one)
  })

  test('names texts first of what nothing looks at, and fields that only the folders of a table say', async () => {
    const row = (i: number) => ({ a: i, b: i, c: i, d: i, e: i, f: i, text: `bridge ${i} is old`, x: [i, 2, 3] })
    const { notes } = await infer({ 'kind=old/a.jsonl': rows(30, row), 'kind=new/a.jsonl': rows(30, row) })
    expect(notes).toContain('Kept, and not looked at: text, a, b, c, d, e and 1 more.')
    expect(notes).toContain(
      'The folders say kind (kind=…), which no record has: write the table without partitions to have it read.',
    )
    const csv = `a,b\n${Array.from({ length: 30 }, (_, i) => `${i},${i * i}`).join('\n')}`
    const parted = await infer({ 'kind=old/a.csv': csv, 'kind=new/a.csv': csv })
    expect(parted.notes.join(' ')).toContain(
      'without partitions to have it read, in this folder with python3 -c "import',
    )
    const own = await infer({ 'a=1/b.jsonl': rows(30, row) })
    expect(own.notes.join(' ')).not.toContain('The folders say')
  })

  test('reads text that begins with the letters of another format', async () => {
    for (const first of ['ORC', 'BZh', '%PDF', 'GIF8']) {
      const { contract } = await infer({ 'a.csv': `${first},label\n${'1.5,x\n2.5,y\n'.repeat(40)}` })
      expect(contract).toMatchObject({ label: 'label', features: { kind: 'table', columns: [{ name: first }] } })
    }
  })

  test('refuses records that are articles with questions, and says how they are written to be read', async () => {
    const article = (i: number) => ({
      title: `the old bridges of town ${i}`,
      paragraphs: [
        {
          context: `bridge ${i} is of stone`,
          qas: [
            { id: `${i}`, question: `of what is bridge ${i}?`, answers: [{ text: `stone ${i}`, answer_start: 15 }] },
          ],
        },
      ],
    })
    await expect(infer({ 'a.jsonl': rows(60, article) })).rejects.toMatchObject({
      reason: 'nothing_to_scan',
      message: expect.stringMatching(/^each record is an article.* jq -s '\{data: \.\}' data\.jsonl > data\.json\.$/),
    })
    const articles = Array.from({ length: 60 }, (_, i) => article(i))
    expect((await infer({ 'a.json': JSON.stringify({ data: articles }) })).contract.features.kind).toBe('exchange')
    expect(() => refuseArticles({ fields: articles, formats: ['parquet'] })).toThrow(
      'with pandas: df.to_json("data.json", orient="records")',
    )
    // a file above the limit of what is read as a whole is read by article
    expect(() => refuseArticles({ fields: articles, formats: ['json'] })).toThrow("jq '{data: .[:200]}' data.json > 1")
  })

  test('says that there is nothing', async () => {
    await expect(infer({})).rejects.toMatchObject({ code: 'invalid', reason: 'no_files' })
    await expect(infer({ 'a.bin': Uint8Array.of(1) })).rejects.toMatchObject({ reason: 'unread_format' })
    await expect(inferContract('/no/such/file')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('a table with more columns than are scanned is told of by its first records, and texts beside so many are not', async () => {
    const wide = (i: number) => Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`c${k}`, i * k]))
    const text = (i: number) => ({
      ...wide(i),
      text: `some words of a longer text, number ${i}, that is one of many and ends`,
    })
    await using folder = await createInputFolder({
      'wide.jsonl': `${rows(10, wide)}\nno more is read\n`,
      'text.jsonl': rows(60, text),
    })
    const inferring = (name: string, mostColumns: number) => inferContract(join(folder.root, name), { mostColumns })
    await expect(inferring('wide.jsonl', 39)).rejects.toMatchObject({
      reason: 'too_wide',
      message: expect.stringMatching(/^a table of 40 columns .* leave some out, 39 at most, or give/),
    })
    expect((await inferring('wide.jsonl', 40)).unreadable).toBe(1)
    expect((await inferring('text.jsonl', 39)).contract.features.kind).toBe('text')
  })
})
