import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Tensor } from '#core/tensor.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { tarOf } from '#test/support/fakes/tar.ts'
import { inferContract } from '../../infer/infer.ts'
import { listFiles } from '../../sources/files/list-files.ts'
import { readFile } from '../../sources/files/source.ts'
import { readRecords } from '../../sources/files/read-records.ts'

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
)

/** What an archive yields: fields, or why a sample has none. */
async function read(archive: Uint8Array, { from = 0, itemBytes = 10_000, name = 'a.tar' } = {}): Promise<unknown[]> {
  await using folder = await createInputFolder({ [name]: archive })
  const [first] = await listFiles(folder.root)
  const found: unknown[] = []
  for await (const items of readFile(first!, from, { itemBytes }))
    for (const { index, body } of items) {
      expect(index).toBe(from + found.length)
      found.push(
        body.kind === 'fields' ? body.fields : body.kind === 'broken' ? `${body.reason}: ${body.detail}` : body,
      )
    }
  return found
}

describe('WebDataset', () => {
  const archive = tarOf({
    'set/0001.json': '{"prompt":"Why?","completion":"Because."}',
    'set/0001.cls': '7\n',
    'set/0002.txt': 'two',
    'set/0002.png': PIXEL,
    [`${'deep/'.repeat(30)}0003.txt`]: 'three',
    README: 'no sample',
    './._0003.txt': 'a shadow',
  })

  test('makes one record of the files of one name, and passes over what is none', async () => {
    const samples = [
      { prompt: 'Why?', completion: 'Because.', cls: 7 },
      { txt: 'two', image: new Tensor('u8', [1, 1], new Uint8Array([0])) },
      { txt: 'three' },
    ]
    expect(await read(archive)).toEqual(samples)
    expect(await read(gzipSync(archive), { name: 'a.tar.gz' })).toEqual(samples)
    for (const from of [1, 2, 3]) expect(await read(archive, { from })).toEqual(samples.slice(from))
  })

  test('refuses a sample with a part that nobody could look at, and reads on', async () => {
    const parts = {
      '1.txt': 'a',
      '1.mp3': new Uint8Array([0xff, 0xfb, 0]),
      '2.json': '[1]',
      '3.json': '{"txt":1}',
      '3.txt': 'b',
      '4.txt': 'c',
    }
    expect(await read(tarOf(parts))).toEqual([
      'undecodable: a sample with a file that is neither JSON, text, PNG nor JPEG',
      'undecodable: .json: not a JSON object',
      'undecodable: a sample in which two files give the same field',
      { txt: 'c' },
    ])
  })

  test('holds no sample that is too large, and neither links nor folders', async () => {
    expect(await read(tarOf({ '1.txt': 'x'.repeat(5000), '2.txt': 'b' }), { itemBytes: 1000 })).toEqual([
      'too_large: a sample of more than 1000 bytes or 256 files',
      { txt: 'b' },
    ])
    expect(await read(tarOf({ '1.txt': 'a' }, '2'))).toEqual([])
  })

  test('says where an archive is damaged or cut short, after what could be read', async () => {
    const whole = tarOf({ '1.txt': 'a', '2.txt': 'b', '3.txt': 'c' })
    const damaged = Uint8Array.from(whole)
    damaged[2048 + 3] = 65
    const no = 'nothing of the file is read from here on'
    expect(await read(damaged)).toEqual([{ txt: 'a' }, `undecodable: a tar header that is damaged: ${no}`])
    // between two files, too, where only the missing end tells
    for (const length of [1700, 2048])
      expect(await read(whole.subarray(0, length))).toEqual([
        { txt: 'a' },
        `undecodable: a tar archive that is cut short: ${no}`,
      ])
    expect(await read(whole.subarray(0, -512))).toHaveLength(3)
  })

  test('is scanned with no configuration', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `${i}.json`,
        JSON.stringify({ instruction: `What is the ${i}th of them?`, output: `That is the one called ${i * 7}.` }),
      ]),
    )
    await using folder = await createInputFolder({ 'shard-000000.tar': tarOf(files) })
    const { contract, format } = await inferContract(folder.root)
    expect(format).toBe('webdataset')
    expect(contract.features).toMatchObject({ kind: 'exchange', form: 'instruction' })
    const { items } = await readRecords(folder.root, contract)
    expect(items.filter(({ kind }) => kind === 'record')).toHaveLength(40)
  })
})
