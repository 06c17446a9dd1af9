import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import avsc from 'avsc'
import { zipSync } from 'fflate'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { tableFromArrays, tableToIPC } from '@uwdata/flechette'
import { encode as encodeJpeg } from 'jpeg-js'
import { z } from 'zod'
import { contractLimits } from '#core/contract.ts'
import { decodeSidecar, encodeSidecar, type Sidecar } from '#core/sidecar.ts'
import { parseMessage } from '#services/encrypt/objects/message.ts'
import { openInToto } from '#services/encrypt/chain/dsse.ts'
import type { FormatReader } from '#services/ingest/formats/format.ts'
import { csvReader } from '#services/ingest/formats/csv/csv.ts'
import { idxReader } from '#services/ingest/formats/idx.ts'
import { decodeJpeg } from '#services/ingest/formats/image/jpeg.ts'
import { decodePng } from '#services/ingest/formats/image/png.ts'
import { jsonTableReader } from '#services/ingest/formats/json-tables.ts'
import { jsonReader } from '#services/ingest/formats/json-values.ts'
import { jsonlReader } from '#services/ingest/formats/jsonl.ts'
import { npyReader } from '#services/ingest/formats/numpy/npy.ts'
import { npzReader } from '#services/ingest/formats/numpy/npz.ts'
import { emailReader, textReader } from '#services/ingest/formats/whole.ts'
import { createUnpacker } from '#services/ingest/messages/unpack.ts'
import { decode } from '#services/ingest/record/decode.ts'
import { decodeLetters } from '#services/ingest/record/letter-codec.ts'
import { listFiles } from '#services/ingest/sources/files/list-files.ts'
import { readFile as readItems } from '#services/ingest/sources/files/source.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { npyBytes } from '#test/support/fakes/npy.ts'
import { tarOf } from '#test/support/fakes/tar.ts'
import { EXCHANGES, readExchanges } from './exchanges.ts'
import { memoryFile } from './memory-file.ts'

export interface Target {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  /** Resolves, or throws what a decoder may throw. */
  readonly decode: (bytes: Uint8Array) => Promise<void> | void
  /** How many of a hundred inputs it gets beside the others; 10 where absent. */
  readonly weight?: number
}

const LIMITS = { itemBytes: 256 * 1024 }
const RECORD = contractLimits.parse(undefined)
const NAMES = new Set(['text', 'label'])
const text = (...texts: string[]) => texts.map((one) => new Uint8Array(Buffer.from(one, 'utf8')))

/** What a reader yields is decoded as well, as the pipeline does. */
const reading = (reader: FormatReader, name: string, sibling?: Uint8Array) => async (bytes: Uint8Array) => {
  for await (const items of reader.read(memoryFile(name, bytes, sibling), 0, LIMITS))
    for (const { body } of items) decode(body, RECORD, NAMES)
}

const unpacking = (attributes: Readonly<Record<string, string>>, codec: 'auto' | 'avro' = 'auto') => {
  const unpack = createUnpacker({ format: codec, limits: LIMITS })
  return (bytes: Uint8Array) => {
    const message = { partition: 'p', position: '1', bytes, attributes: new Map(Object.entries(attributes)) }
    for (const { body } of unpack(message)) decode(body, RECORD, NAMES)
  }
}

const DIGIT = npyBytes('|u1', [4, 2, 2], new Uint8Array(16))
const LABELS = npyBytes('<i8', [4], new Uint8Array(32))
const IDX = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4)
const MAIL = `From: a@b.c\r\nSubject: =?utf-8?B?Y2Fmw6k=?=\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=latin1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>caf=E9 <script>x</script>&amp;</p>\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nbody\r\n--b--\r\n`
const JSON_LINES =
  '{"text":"a","label":1,"x":[1,2.5,{"y":null}]}\n{"text":"\\ud83d\\ude00","t":{"$tensor":"u8","shape":[2],"data":"AQI="}}\n'
const PIXELS = { width: 8, height: 8, data: new Uint8Array(256).fill(90) }

function png(): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)])
  }
  const header = Buffer.from('00000004000000040802000001', 'hex') // interlaced colours
  const lines = deflateSync(new Uint8Array(80))
  const parts = [chunk('IHDR', header), chunk('IDAT', lines), chunk('IEND', new Uint8Array())]
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts])
}

function avroContainer(): Promise<Uint8Array> {
  const type = avsc.Type.forSchema({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'text', type: ['null', 'string'] },
      { name: 'n', type: { type: 'array', items: 'double' } },
    ],
  })
  const block = Buffer.concat([type.toBuffer({ text: 'a', n: [1, 2] }), type.toBuffer({ text: null, n: [] })])
  const long = (value: number) => avsc.Type.forSchema('long').toBuffer(value)
  const meta = avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer({
    'avro.schema': Buffer.from(JSON.stringify(type)),
    'avro.codec': Buffer.from('null'),
  })
  const sync = Buffer.alloc(16, 7)
  return Promise.resolve(
    Buffer.concat([Buffer.from('Obj\u0001', 'latin1'), meta, sync, long(2), long(block.length), block, sync]),
  )
}

/** Every decoder that bytes from outside reach, each with what it reads when nobody meddles. */
export async function decoders(): Promise<readonly Target[]> {
  const golden = join(import.meta.dirname, '../golden/envelope/small.json')
  const envelope = new Uint8Array(
    Buffer.from((JSON.parse(await readFile(golden, 'utf8')) as { object: string }).object, 'base64'),
  )
  const avro = await avroContainer()
  const parquet = new Uint8Array(
    parquetWriteBuffer({ columnData: [{ name: 'a', data: ['x', 'y', null], type: 'STRING' }] }),
  )
  const arrow = tableToIPC(tableFromArrays({ a: ['x', 'y', null], b: [1, 2, 3] }), { format: 'stream' })!
  const statement = {
    payloadType: 'application/vnd.in-toto+json',
    payload: 'e30=',
    signatures: [{ keyid: 'k', sig: 'AA==' }],
  }
  const event = {
    specversion: '1.0',
    id: '1',
    source: 's',
    type: 't',
    datacontenttype: 'application/json',
    data: { text: 'a' },
  }
  const letter = {
    id: 'i',
    reason: 'contract',
    detail: 'd',
    provenance: { source: 's', partition: 'p', position: '0' },
    body: { kind: 'fields', bytes: 3, raw: 'WyJvIixbXV0=' },
  }
  const sidecar: Sidecar = {
    version: 1,
    window: 'w1',
    policy: { hold: { risk: 0.5 }, rejectAbove: 1.01 },
    seed: 7,
    detectors: [{ name: 'knn', family: 'outlier', version: 1 }],
    notes: ['no labels'],
    certified: false,
    campaigns: [],
    records: [
      {
        id: 'b',
        index: 0,
        risk: 0.9,
        decision: 'quarantine',
        issues: [{ family: 'trigger', score: 0.9, why: 'patch' }],
      },
    ],
    map: Float32Array.of(0, 1),
  }
  return [
    {
      name: 'csv',
      seeds: text('a,b\n1,"x ""y""\nz"\n', '\ufeffä;b\r\n1,5;2\r\n', 'a\tb\n"1\t2\n'),
      decode: reading(csvReader, 'a.csv'),
    },
    {
      name: 'csv in UTF-16',
      seeds: [new Uint8Array(Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))],
      decode: reading(csvReader, 'a.csv'),
    },
    {
      name: 'json',
      seeds: text('[{"text":"a"},{"text":"b","x":[1,[2]]}]', '{"a":1}{"a":2}'),
      decode: reading(jsonReader, 'a.json'),
    },
    {
      name: 'json tables',
      seeds: text(
        '{"a":{"0":1,"1":2},"b":{"0":"x","1":null}}',
        '{"columns":["a","b"],"index":[0,1],"data":[[1,"x"],[2,null]]}',
        '{"schema":{"fields":[{"name":"index","type":"integer"}],"primaryKey":["index"]},"data":[{"index":0,"a":1}]}',
      ),
      decode: reading(jsonTableReader, 'a.json'),
    },
    { name: 'jsonl', seeds: text(JSON_LINES), decode: reading(jsonlReader, 'a.jsonl') },
    { name: 'text', seeds: text('some text', 'süß'), decode: reading(textReader, 'a.txt') },
    { name: 'mime', seeds: text(MAIL, 'Subject: a\n\n<b>x</b>'), decode: reading(emailReader, 'a.eml'), weight: 20 },
    { name: 'exchanges', seeds: EXCHANGES, decode: readExchanges },
    { name: 'npy', seeds: [DIGIT, LABELS], decode: reading(npyReader, 'x.npy', LABELS) },
    {
      name: 'npz',
      seeds: [zipSync({ 'x.npy': DIGIT, 'y.npy': LABELS }), zipSync({ 'x.npy': DIGIT }, { level: 0 })],
      decode: reading(npzReader, 'a.npz'),
    },
    {
      name: 'idx',
      seeds: [IDX, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 2)],
      decode: reading(idxReader, 't-images-idx3-ubyte', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 2)),
    },
    { name: 'png', seeds: [png()], decode: (bytes) => void decodePng(bytes, LIMITS.itemBytes) },
    {
      name: 'jpeg',
      seeds: [new Uint8Array(encodeJpeg(PIXELS, 50).data)],
      decode: (bytes) => void decodeJpeg(bytes, LIMITS.itemBytes),
    },
    { name: 'avro', seeds: [avro], decode: unpacking({}, 'avro') },
    {
      name: 'cloudevents',
      seeds: text(JSON.stringify(event)),
      decode: unpacking({ 'content-type': 'application/cloudevents+json' }),
    },
    {
      name: 'cloudevents batch',
      seeds: text(JSON.stringify([event, event])),
      decode: unpacking({ 'content-type': 'application/cloudevents-batch+json' }),
    },
    {
      name: 'gzip and zstd',
      seeds: [gzipSync(JSON_LINES), zstdCompressSync(JSON_LINES), ...text(JSON_LINES)],
      decode: unpacking({}),
    },
    {
      name: 'content-encoding',
      seeds: [deflateSync(JSON_LINES), gzipSync(gzipSync(JSON_LINES))],
      decode: unpacking({ 'content-encoding': 'gzip, gzip' }),
    },
    { name: 'sidecar', seeds: [encodeSidecar(sidecar)], decode: (bytes) => void decodeSidecar(bytes) },
    { name: 'letters', seeds: text(`${JSON.stringify(letter)}\n`), decode: (bytes) => void decodeLetters(bytes) },
    { name: 'envelope', seeds: [envelope], decode: (bytes) => void parseMessage(bytes) },
    {
      name: 'dsse',
      seeds: text(JSON.stringify(statement)),
      decode: (bytes) => void openInToto(bytes, { verify: () => true }, 'a', z.looseObject({})),
    },
    {
      name: 'files',
      seeds: [gzipSync(JSON_LINES), zstdCompressSync(JSON_LINES), DIGIT, IDX, ...text(MAIL)],
      decode: fromDisk('a.jsonl.gz', 1),
      weight: 1,
    },
    // a thread of its own for each: dear, and there are few of them
    { name: 'parquet', seeds: [parquet], decode: fromDisk('a.parquet', 0.1), weight: 0.1 },
    { name: 'arrow', seeds: [arrow], decode: fromDisk('a.arrow', 0.1), weight: 0.1 },
    {
      name: 'zip',
      seeds: [
        zipSync({ 'a.jsonl': Buffer.from(JSON_LINES), 'b/x.npy': DIGIT, 'b/y.npy': LABELS }),
        zipSync({ 'a.csv': Buffer.from('a,b\n1,2\n') }, { level: 0 }),
      ],
      decode: fromDisk('a.zip', 1),
      weight: 1,
    },
    {
      name: 'webdataset',
      seeds: [tarOf({ '1.json': '{"a":1}', '1.txt': 'one', '1.cls': '3', '2.txt': 'two' })],
      decode: fromDisk('a.tar', 1),
      weight: 1,
    },
  ]
}

function fromDisk(name: string, decodeSeconds: number): Target['decode'] {
  const limits = { ...LIMITS, decodeSeconds, decodePatience: 100 }
  return async (bytes) => {
    await using folder = await createInputFolder({ [name]: bytes })
    for (const file of await listFiles(folder.root))
      for await (const items of readItems(file, 0, limits)) for (const { body } of items) decode(body, RECORD, NAMES)
  }
}
