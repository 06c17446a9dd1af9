import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { fc, test as property } from '#test/support/property.ts'
import {
  CompressionType,
  columnFromArray,
  dictionary,
  int64,
  list,
  setCompressionCodec,
  struct,
  tableFromColumns,
  tableToIPC,
  timestamp,
  utf8,
} from '@uwdata/flechette'
import { describe, expect, test } from 'vitest'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { inferContract } from '../../infer/infer.ts'
import { readRecords } from '../../sources/files/read-records.ts'
import { readFile } from '../../sources/files/source.ts'
import type { FormatLimits } from '../format.ts'

const LIMITS: FormatLimits = { itemBytes: 1 << 20 }
const turns = (i: number) => [
  { role: 'user', content: `What is ${i}, all in all?` },
  { role: 'assistant', content: `It is ${i}, as far as anybody knows.` },
]
const MESSAGES = list(struct({ role: utf8(), content: utf8() }))

function table(n: number, batch?: number) {
  const rows = Array.from({ length: n }, (_, i) => i)
  const options = { maxBatchRows: batch ?? n }
  return tableFromColumns({
    n: columnFromArray(
      rows.map((i) => (i === 1 ? null : BigInt(i) + (i === 2 ? 2n ** 60n : 0n))),
      int64(),
      options,
    ),
    messages: columnFromArray(rows.map(turns), MESSAGES, options),
    kind: columnFromArray(
      rows.map((i) => (i % 2 ? 'odd' : 'even')),
      dictionary(utf8()),
      options,
    ),
    at: columnFromArray(
      rows.map((i) => new Date(i)),
      timestamp(),
      options,
    ),
  })
}

const bytes = (n: number, batch?: number, format: 'stream' | 'file' = 'stream') =>
  tableToIPC(table(n, batch), { format }) ?? new Uint8Array()

async function read(name: string, contents: Uint8Array, from = 0, limits = LIMITS) {
  await using folder = await createInputFolder({ [name]: contents })
  const found: unknown[] = []
  for await (const items of readFile({ path: join(folder.root, name) }, from, limits))
    for (const { body } of items)
      found.push(body.kind === 'fields' ? body.fields : body.kind === 'broken' ? body.reason : '?')
  return found
}

const row = (i: number) => ({
  n: i === 1 ? null : i === 2 ? '1152921504606846978' : i,
  messages: turns(i),
  kind: i % 2 ? 'odd' : 'even',
  at: new Date(i).toISOString(),
})

/** 40 rows as pyarrow's `write_feather` writes them by default: LZ4 around the buffers. */
const FEATHER = [
  'QVJST1cxAAD/////qAAAABAAAAAAAAoADAAGAAUACAAKAAAAAAEEAAwAAAAIAAgAAAAEAAgAAAAEAAAAAgAAAEwAAAAEAAAAzP///wAAAQIQAAAAHAAAAAQA',
  'AAAAAAAAAQAAAG4AAAAIAAwACAAHAAgAAAAAAAABCAAAABAAFAAIAAYABwAMAAAAEAAQAAAAAAABBRAAAAAcAAAABAAAAAAAAAAEAAAAdGV4dAAAAAAEAAQA',
  'BAAAAP/////YAAAAFAAAAAAAAAAMABgABgAFAAgADAAMAAAAAAMEABwAAABQAQAAAAAAAAAAAAAMABwAEAAEAAgADAAMAAAAeAAAABwAAAAUAAAAKAAAAAAA',
  'AAAAAAAABAAEAAQAAAAFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAuwAAAAAAAADAAAAAAAAAAEkAAAAAAAAAEAEAAAAAAAAAAAAAAAAAABABAAAAAAAA',
  'PwAAAAAAAAAAAAAAAgAAACgAAAAAAAAAAAAAAAAAAAAoAAAAAAAAAAAAAAAAAAAApAAAAAAAAAAEIk0YYECCpAAAgAAAAAAWAAAALAAAAEIAAABYAAAAbgAA',
  'AIQAAACaAAAAsAAAAMYAAADcAAAA8gAAAAgBAAAeAQAANAEAAEoBAABgAQAAdgEAAIwBAACiAQAAuAEAAM4BAADkAQAA+gEAABACAAAmAgAAPAIAAFICAABo',
  'AgAAfgIAAJQCAACqAgAAwAIAANYCAADsAgAAAgMAABgDAAAuAwAARAMAAFoDAABwAwAAAAAAAAAAAAAAcAMAAAAAAAAEIk0YYECCMgAAAP8HdGhlIHNhbWUg',
  'd29yZHMgYWdhaW4gMBYAAh8xFgACHzIWAAIPQgD///8EUGFpbiAwAAAAAAAAAAAAAAAoAAAAAAAAAAQiTRhgQIIoAACAAAECAwQFBgcICQoLDA0ODxAREhMU',
  'FRYXGBkaGxwdHh8gISIjJCUmJwAAAAAA/////wAAAAAQAAAADAAUAAYACAAMABAADAAAAAAABAA0AAAAJAAAAAQAAAABAAAAuAAAAAAAAADgAAAAAAAAAFAB',
  'AAAAAAAAAAAAAAgACAAAAAQACAAAAAQAAAACAAAATAAAAAQAAADM////AAABAhAAAAAcAAAABAAAAAAAAAABAAAAbgAAAAgADAAIAAcACAAAAAAAAAEIAAAA',
  'EAAUAAgABgAHAAwAAAAQABAAAAAAAAEFEAAAABwAAAAEAAAAAAAAAAQAAAB0ZXh0AAAAAAQABAAEAAAA0AAAAEFSUk9XMQ==',
].join('')

/** 6 rows as Polars 2.1 writes them by `write_ipc`: the schema stands in the footer alone. */
const POLARS = [
  'QVJST1cxAAAEAAAA8v///xQAAAAEAAEAAAAKAAsACAAKAAQA+P///wwAAAAIAAgAAAAEAAMAAADoAAAAsAAAAAQAAADm////mAAAAJAAAABoAA',
  'AAYAAAABgAAAABGBIAGgAEABgAGQAIAAwAEAAUAAEAAAAEAAAA9P///yAAAAAMAAAACAAMAAQACAALAAAANDtldmVuMztvZGQAEAAAAF9QTF9F',
  'TlVNX1ZBTFVFUzIAAAAAAAAAAPb///8QAAAAAQAKAAkAAAAEAAgA9v///wgAAAAAAAYACAAEAJD///8EAAAAa2luZAAAAAC4////KAAAABAAAA',
  'AIAAAAAQIAAAAAAAD0////QAAAAAEAAAAIAAkABAAIAAEAAABuAAAA7P///ywAAAAgAAAAGAAAAAEYAAAQABIABAAQABEACAAAAAwAAAAAAPz/',
  '//8EAAQABAAAAHRleHQAAAAAAAAAAP////8IAQAABAAAAOz///8AAgAAAAAAABQAAAAEAAMADAATABAAEgAMAAQA5v///wYAAAAAAAAApAAAAC',
  'gAAAAUAAAAAAAOABgABAAMABAAAAAUAAEAAAABAAAAAAAAAAAAAAAHAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAYAAAAAAAAACAAAAAAAAA',
  'AIQAAAAAAAAAQAEAAAAAAAABAAAAAAAAAIABAAAAAAAAMAAAAAAAAADAAQAAAAAAAAAAAAAAAAAAwAEAAAAAAAAGAAAAAAAAAAAAAAADAAAABg',
  'AAAAAAAAAAAAAAAAAAAAYAAAAAAAAAAQAAAAAAAAAGAAAAAAAAAAAAAAAAAAAAFgAAAHRoZSAAAAAAAAAAABYAAAB0aGUgAAAAABYAAAAWAAAA',
  'dGhlIAAAAAAsAAAAFgAAAHRoZSAAAAAAQgAAABYAAAB0aGUgAAAAAFgAAAAWAAAAdGhlIAAAAABuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'AAAAAAAAAAAAB0aGUgc2FtZSB3b3JkcyBhZ2FpbiAwdGhlIHNhbWUgd29yZHMgYWdhaW4gMXRoZSBzYW1lIHdvcmRzIGFnYWluIDJ0aGUgc2Ft',
  'ZSB3b3JkcyBhZ2FpbiAzdGhlIHNhbWUgd29yZHMgYWdhaW4gNHRoZSBzYW1lIHdvcmRzIGFnYWluIDUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD7AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAwAAAAAAAAAEAAAAAAAAAAUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'ABAAEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD/////qAAAAAQAAADs////QAAA',
  'AAAAAAAUAAAABAACAAwAEwAQABIADAAEAPj///8MAAAACAAIAAAABADm////AgAAAAAAAABUAAAAKAAAABQAAAAAAA4AGAAEAAwAEAAAABQAAQ',
  'AAAAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAAAAAAAAAAAAAAABAAAAAgAAAAAAAAAAAAAAAAAAAAQAAABldmVu',
  'AAAAAAAAAAADAAAAb2RkAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD/////AAAAAAQAAADs////WAAAADgAAAAUAA',
  'AABAAAAAwAEgAQAAQACAAMAAEAAABgAQAAAAAAABABAAAAAAAAAAIAAAAAAAAAAAAAAQAAAHAEAAAAAAAAsAAAAAAAAABAAAAAAAAAAPj///8M',
  'AAAACAAIAAAABAADAAAA6AAAALAAAAAEAAAA5v///5gAAACQAAAAaAAAAGAAAAAYAAAAARgSABoABAAYABkACAAMABAAFAABAAAABAAAAPT///',
  '8gAAAADAAAAAgADAAEAAgACwAAADQ7ZXZlbjM7b2RkABAAAABfUExfRU5VTV9WQUxVRVMyAAAAAAAAAAD2////EAAAAAEACgAJAAAABAAIAPb/',
  '//8IAAAAAAAGAAgABACQ////BAAAAGtpbmQAAAAAuP///ygAAAAQAAAACAAAAAECAAAAAAAA9P///0AAAAABAAAACAAJAAQACAABAAAAbgAAAO',
  'z///8sAAAAIAAAABgAAAABGAAAEAASAAQAEAARAAgAAAAMAAAAAAD8////BAAEAAQAAAB0ZXh0AJUBAABBUlJPVzE=',
].join('')

describe('Arrow', () => {
  test.each([
    ['a.arrow', 'stream'],
    ['a.feather', 'file'],
    ['a.bin', 'file'],
  ] as const)('is read: %s, a %s, batch after batch, from any row', async (name, format) => {
    const file = bytes(7, 3, format)
    expect(await read(name, file)).toEqual([0, 1, 2, 3, 4, 5, 6].map(row))
    for (const from of [2, 3, 6]) expect(await read(name, file, from)).toEqual((await read(name, file)).slice(from))
  })

  test('is read as others write it', async () => {
    const { resolve } = createRequire(import.meta.url)
    const vega = (name: string) => readFileSync(join(dirname(resolve('vega-datasets')), '..', 'data', name))
    const rows = JSON.parse(vega('flights-200k.json').toString()) as { delay: number; distance: number }[]
    const found = await read('flights.arrow', new Uint8Array(vega('flights-200k.arrow')), 199_000)
    expect(found).toMatchObject(rows.slice(199_000).map(({ delay, distance }) => ({ delay, distance })))
  })

  test('is read with zstd and with LZ4 around its buffers', async () => {
    setCompressionCodec(CompressionType.ZSTD, { encode: (raw) => zstdCompressSync(raw), decode: (raw) => raw })
    const packed = tableToIPC(table(50), { format: 'stream', codec: 1 }) ?? new Uint8Array()
    expect(await read('a.arrow', packed)).toEqual(Array.from({ length: 50 }, (_, i) => row(i)))
    expect(await read('a.feather', Buffer.from(FEATHER, 'base64'))).toEqual(
      Array.from({ length: 40 }, (_, i) => ({ text: `the same words again ${i % 3}`, n: i })),
    )
  })

  test('is read by its footer where a file begins with no message, as Polars writes it', async () => {
    const file = Buffer.from(POLARS, 'base64')
    const rows = Array.from({ length: 6 }, (_, i) => ({
      text: `the same words again ${i}`,
      n: i === 2 ? null : i,
      kind: i % 2 ? 'odd' : 'even',
    }))
    expect(await read('a.arrow', file)).toEqual(rows)
    expect(await read('a.arrow', file, 4)).toEqual(rows.slice(4))
    for (const length of [20, file.length >> 1, file.length - 1])
      expect(await read('a.arrow', file.subarray(0, length))).toEqual(['undecodable'])
  })

  test('that is cut short, or no such thing, is broken, and nothing of it is made up', async () => {
    const file = bytes(7, 3)
    for (const length of [0.4, 0.7, 0.9])
      expect(await read('a.arrow', file.subarray(0, length * file.length))).toEqual(['undecodable'])
    expect(await read('a.arrow', Uint8Array.of(1, 2, 3))).toEqual(['undecodable'])
  })

  property.prop([fc.nat(), fc.nat(255)], { numRuns: 12 })(
    'gives no more than up on a damaged byte',
    async (at, byte) => {
      const file = bytes(3)
      file[at % file.length] = byte
      const found = await read('a.arrow', file, 0, { ...LIMITS, decodeSeconds: 0.5 }).catch((error) => error.code)
      expect(Array.isArray(found) || found === 'unavailable').toBe(true)
    },
  )
})

test('a folder as Hugging Face saves a dataset is known by itself', async () => {
  const split = (name: string, i: number) => ({
    [`${name}/data-0000${i}-of-00002.arrow`]: bytes(40, 16),
    [`${name}/state.json`]: JSON.stringify({ _data_files: [{ filename: 'data-00000-of-00001.arrow' }] }),
    [`${name}/dataset_info.json`]: JSON.stringify({ features: {} }),
  })
  await using folder = await createInputFolder({
    'dataset_dict.json': JSON.stringify({ splits: ['train', 'test'] }),
    'README.md': '# A dataset',
    ...split('train', 0),
    ...split('test', 1),
  })
  const { contract, format } = await inferContract(folder.root)
  expect(format).toBe('arrow')
  expect(contract.features).toEqual({ kind: 'exchange', form: 'conversation', fields: { messages: 'messages' } })
  const { items } = await readRecords(folder.root, contract)
  expect(items.map(({ kind }) => kind)).toEqual(Array.from({ length: 80 }, () => 'record'))
})
