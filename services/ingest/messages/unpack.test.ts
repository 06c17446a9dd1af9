import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  brotliCompressSync,
  constants,
  crc32,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { test as property, fc } from '#test/support/property.ts'
import avsc from 'avsc'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAvroSchemas, loadAvroSchemas, NO_SCHEMAS } from './avro/registry.ts'
import { schemaFingerprint } from './avro/schema.ts'
import { placeOf, type Message } from './message.ts'
import { createUnpacker, MESSAGE_FORMATS, type UnpackOptions } from './unpack.ts'

const BIRD = {
  type: 'record',
  name: 'Bird',
  namespace: 'org.birds',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'eggs', type: 'int' },
  ],
}
const bird = avsc.Type.forSchema(BIRD as avsc.Schema)
const wren = { name: 'wren', eggs: 5 }
const owl = { name: 'owl', eggs: 2 }
const bytes = (value: string | Uint8Array) => new Uint8Array(typeof value === 'string' ? Buffer.from(value) : value)
const json = (value: unknown) => bytes(JSON.stringify(value))

function message(body: string | Uint8Array, attributes: Readonly<Record<string, string>> = {}): Message {
  return { partition: 'p', position: '42', bytes: bytes(body), attributes: new Map(Object.entries(attributes)) }
}

function unpackerWith(options: Partial<UnpackOptions> = {}) {
  return createUnpacker({ format: 'auto', limits: { itemBytes: 1 << 20 }, ...options })
}

/** Each item as what its bytes or fields say. */
function contents(items: ReturnType<ReturnType<typeof createUnpacker>>): unknown[] {
  return items.map(({ body }) => {
    if (body.kind === 'broken') return `${body.reason}: ${body.detail}`
    if (body.kind === 'fields') return body.fields
    const content = Buffer.from(body.bytes).toString('utf8')
    return body.contentType === 'application/json' ? JSON.parse(content) : content
  })
}

const unpack = (body: string | Uint8Array, attributes = {}, options: Partial<UnpackOptions> = {}) =>
  contents(unpackerWith(options)(message(body, attributes)))

const registry = createAvroSchemas({
  byId: new Map<string, unknown>([
    ['17', BIRD],
    ['6F1C2D3E-0000-4000-8000-0123456789AB', BIRD],
    ['c0ffee00c0ffee00c0ffee00c0ffee00', BIRD],
  ]),
})

describe('a message', () => {
  test.each([
    ['JSON', json(wren), {}, [wren]],
    ['JSON over several lines', '{\n  "name": "wren"\n}\n', {}, [{ name: 'wren' }]],
    ['JSON after a byte order mark', `\uFEFF{"eggs":1}`, {}, undefined],
    ['JSON Lines', '{"eggs":1}\n\n{"eggs":2}\r\n', {}, [{ eggs: 1 }, { eggs: 2 }]],
    ['JSON Lines by their type', '{"eggs":1}\n', { 'content-type': 'application/x-ndjson' }, [{ eggs: 1 }]],
    ['a JSON array', ' [{"a":"]"}, {"b":[1]} ]', {}, [{ a: ']' }, { b: [1] }]],
    ['text', 'a wren', {}, ['a wren']],
    ['text that says so', '{"eggs":1}', { 'content-type': 'text/plain; charset=utf-8' }, ['{"eggs":1}']],
    ['an e-mail', 'Subject: eggs\r\n\r\n', { 'content-type': 'message/rfc822' }, ['Subject: eggs\r\n\r\n']],
  ])('of %s is unpacked', (_, body, attributes, expected) => {
    const items = unpackerWith()(message(body, attributes))
    if (expected !== undefined) expect(contents(items)).toEqual(expected)
    else expect(items).toMatchObject([{ body: { kind: 'bytes', contentType: 'application/json' } }])
  })

  test('is read as the format that is asked for, whatever it says', () => {
    const several = '{"eggs":1}\n{"eggs":2}'
    expect(unpack(several, { 'content-type': 'application/json' }, { format: 'text' })).toEqual([several])
    expect(unpack(several, { 'content-type': 'text/plain' }, { format: 'jsonl' })).toHaveLength(2)
  })

  test('keeps its bytes to be decoded by the one decoder', () => {
    const twice = '{"eggs":1,"eggs":2}'
    const [item] = unpackerWith()(message(twice))
    expect(item?.body).toMatchObject({ kind: 'bytes', bytes: bytes(twice) })
  })

  test.each([
    ['a JSON array that is cut short', '[{"eggs":1},', 'undecodable'],
    ['a JSON array without commas', '[{"eggs":1} {"eggs":2}]', 'undecodable'],
    ['an empty JSON array', '[]', 'missing_part'],
    ['no line', '\n \n', 'missing_part'],
  ])('of %s is one broken item', (_, body, reason) => {
    expect(unpackerWith({ format: body.startsWith('[') ? 'json' : 'jsonl' })(message(body))).toMatchObject([
      { position: '42', body: { kind: 'broken', reason, raw: bytes(body) } },
    ])
  })

  test('with an item above the limit breaks that item alone', () => {
    const items = unpackerWith({ limits: { itemBytes: 16 } })(message(`{"eggs":1}\n{"name":"${'x'.repeat(20)}"}`))
    expect(contents(items)).toEqual([{ eggs: 1 }, 'too_large: 31 bytes, at most 16 allowed'])
  })

  test('with more items than anybody has is one broken item', () => {
    expect(unpack('{}\n'.repeat(100_001))).toEqual(['too_large: a message of more than 100000 items'])
  })
})

describe('positions', () => {
  test('of several items stand below that of their message, and the last one is marked with it', () => {
    const items = unpackerWith()({ ...message('{"a":1}\n{"a":2}\n{"a":3}'), redeliverable: true, contributor: 'me' })
    expect(items.map(({ position, mark }) => [position, mark])).toEqual([
      ['42/0', undefined],
      ['42/1', undefined],
      ['42/2', '42'],
    ])
    for (const item of items) expect(item).toMatchObject({ partition: 'p', redeliverable: true, contributor: 'me' })
  })

  property.prop([
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(...MESSAGE_FORMATS),
    fc.constantFrom(
      '',
      'application/json',
      'avro/binary',
      'avro/binary+17',
      'application/cloudevents+json',
      'application/x-ndjson',
    ),
    fc.constantFrom('', 'gzip', 'deflate', 'zstd', 'br', 'gzip, zstd', 'lzma'),
    fc.constantFrom<readonly number[]>(
      [],
      [0x1f, 0x8b],
      [0x28, 0xb5, 0x2f, 0xfd],
      [0, 0, 0, 0, 17],
      [0xc3, 1],
      [...bytes('Obj\u0001')],
      [...bytes('[{"a":')],
    ),
    fc.constantFrom(NO_SCHEMAS, registry, createAvroSchemas({ one: BIRD })),
  ])('tell which items a message has, whatever it holds', (body, format, type, coding, head, schemas) => {
    const given = message(Buffer.concat([Buffer.from(head), body]), {
      'content-type': type,
      'content-encoding': coding,
    })
    const items = unpackerWith({ format, schemas })(given)
    expect(items.length).toBeGreaterThan(0)
    expect(unpackerWith({ format, schemas })(given)).toEqual(items)
    for (const [i, { position, mark }] of items.entries()) {
      const isLast = i === items.length - 1
      expect(placeOf(mark ?? position)).toEqual({ message: '42', taken: isLast ? Number.POSITIVE_INFINITY : i + 1 })
    }
  })
})

describe('compression', () => {
  const plain = JSON.stringify({ name: 'wren '.repeat(50) })

  test.each([
    ['gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['deflate', deflateRawSync(plain)],
    ['zlib', deflateSync(plain)],
    ['zstd', zstdCompressSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['gzip, ZSTD', zstdCompressSync(gzipSync(plain))],
    ['utf-8', bytes(plain)],
  ])('%s is undone where the message says so', (coding, packed) => {
    const expected = [JSON.parse(plain)]
    expect(unpack(packed, { 'content-encoding': coding }, { format: 'json' })).toEqual(expected)
  })

  test('is undone by its first bytes where nothing says so and nothing is asked for', () => {
    for (const pack of [gzipSync, deflateSync, zstdCompressSync])
      expect(unpack(pack(plain))).toEqual([JSON.parse(plain)])
    expect(unpack('x^2 is not zlib')).toEqual(['x^2 is not zlib'])
  })

  const nothing = Buffer.alloc(65 * 1024 * 1024)
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
    ['br', (data: Buffer) => brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])('%s that expands without end is too large', (coding, pack) => {
    const bomb = pack(nothing)
    expect(unpackerWith()(message(bomb, { 'content-encoding': coding }))).toMatchObject([
      { position: '42', body: { kind: 'broken', reason: 'too_large' } },
    ])
  })

  test.each([
    ['gzip', gzipSync(plain).subarray(0, 30)],
    ['gzip', bytes(plain)],
    ['zstd', zstdCompressSync(plain).subarray(0, 20)],
    ['compress', bytes(plain)],
    ['gzip,gzip,gzip,gzip,gzip', bytes(plain)],
  ])('%s that cannot be undone breaks the message', (coding, packed) => {
    expect(unpackerWith()(message(packed, { 'content-encoding': coding }))).toMatchObject([
      { body: { kind: 'broken', reason: 'undecodable', raw: bytes(packed) } },
    ])
  })
})

describe('CloudEvents', () => {
  const event = { specversion: '1.0', id: '1', source: '/nest/7', type: 'egg' }
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' }

  test('in structured mode are opened, their data untouched', () => {
    const data = '{ "eggs": 1.50, "eggs": 2 }'
    const whole = `{"specversion":"1.0","id":"1","source":"s","type":"t","data":${data}}`
    for (const attributes of [structured, {}]) {
      const [item] = unpackerWith()(message(whole, attributes))
      expect(item?.body).toMatchObject({ kind: 'bytes', contentType: 'application/json', bytes: bytes(data) })
    }
  })

  test('hold text, or other bytes in base64', () => {
    expect(unpack(json({ ...event, datacontenttype: 'text/plain', data: 'a wren' }), structured)).toEqual(['a wren'])
    const packed = {
      ...event,
      datacontenttype: 'application/json',
      data_base64: Buffer.from(json(wren)).toString('base64'),
    }
    expect(unpack(json(packed), structured)).toEqual([wren])
    const avro = { ...event, datacontenttype: 'avro/binary+17', data_base64: bird.toBuffer(owl).toString('base64') }
    expect(unpack(json(avro), structured, { schemas: registry })).toEqual([owl])
  })

  test('come in batches', () => {
    const batch = json([
      { ...event, data: wren },
      { ...event, data: owl },
      { ...event, id: '3' },
    ])
    expect(unpack(batch, { 'content-type': 'application/cloudevents-batch+json' })).toEqual([
      wren,
      owl,
      'missing_part: a CloudEvent without data',
    ])
  })

  test('in binary mode are their data', () => {
    const attributes = { 'ce-specversion': '1.0', 'ce-source': '/nest/7', 'content-type': 'application/json' }
    expect(unpack(json(wren), attributes)).toEqual([wren])
  })

  test('name a contributor where one is asked for', () => {
    const contributor = { attribute: 'ce-Source' }
    const named = (
      body: Uint8Array,
      attributes: Record<string, string>,
      options: Partial<UnpackOptions> = { contributor },
    ) => unpackerWith(options)({ ...message(body, attributes), contributor: 'stream' }).map((item) => item.contributor)
    expect(named(json({ ...event, data: wren }), structured)).toEqual(['/nest/7'])
    expect(named(json(wren), { 'ce-source': '/nest/8' })).toEqual(['/nest/8'])
    expect(named(json(wren), { 'cloudevents:source': '/nest/9' })).toEqual(['/nest/9'])
    expect(named(json(wren), {})).toEqual(['stream'])
    expect(named(json({ ...event, data: wren }), structured, {})).toEqual(['stream'])
  })

  test.each([
    ['no specversion', { data: wren }],
    ['data twice', { ...event, data: wren, data_base64: '' }],
    ['data that is not base64', { ...event, data_base64: '!' }],
    ['no object', [1]],
  ])('with %s are broken', (_, value) => {
    expect(unpackerWith()(message(json(value), structured))).toMatchObject([{ body: { reason: 'undecodable' } }])
  })

  test('whose key is there twice are broken: two readers might see two events', () => {
    const twice = '{"specversion":"1.0","data":1,"d\\u0061ta":2}'
    expect(unpack(twice, structured)).toEqual(['undecodable: JSON that has a key that is there twice'])
  })
})

describe('Avro in messages', () => {
  const header = (...parts: (number | string)[]) =>
    Buffer.concat(
      parts.map((part) =>
        typeof part === 'string' ? Buffer.from(part.replaceAll('-', ''), 'hex') : Buffer.from([part]),
      ),
    )
  const uuid = '6f1c2d3e-0000-4000-8000-0123456789ab'
  const payload = bird.toBuffer(wren)

  async function container(codec: string, birds: readonly unknown[]): Promise<Buffer> {
    // avsc leaves snappy and zstandard to its user; a literal is valid snappy
    const pack = (data: Buffer): Buffer => {
      if (codec === 'deflate') return deflateRawSync(data)
      if (codec === 'zstandard') return zstdCompressSync(data)
      if (codec === 'null') return data
      const sum = Buffer.alloc(4)
      sum.writeUInt32BE(crc32(data))
      return Buffer.concat([Buffer.from([data.length, 0xf0, data.length - 1]), data, sum])
    }
    const codecs = { [codec]: (data: Buffer, done: (error: null, packed: Buffer) => void) => done(null, pack(data)) }
    const encoder = new avsc.streams.BlockEncoder(bird, { codec, codecs, blockSize: 20 })
    for (const one of birds) encoder.write(one)
    encoder.end()
    encoder.setEncoding('latin1')
    return Buffer.from(await text(encoder), 'latin1')
  }

  test.each([
    ['Confluent', header(0, '00000011')],
    ['Confluent with a UUID', header(1, uuid)],
    ['Glue', header(3, 0, uuid)],
    [
      'the single-object encoding',
      header(0xc3, 1, Buffer.from(schemaFingerprint(BIRD), 'hex').reverse().toString('hex')),
    ],
  ])('is read after the header of %s', (_, head) => {
    for (const format of ['auto', 'avro'] as const) {
      expect(unpack(Buffer.concat([head, payload]), {}, { format, schemas: registry })).toEqual([wren])
    }
  })

  test('is read where Glue compressed it', () => {
    const packed = Buffer.concat([header(3, 5, uuid), deflateSync(payload)])
    expect(unpack(packed, {}, { schemas: registry })).toEqual([wren])
  })

  test('is read under the schema that the content type names', () => {
    const type = { 'content-type': 'avro/binary+C0FFEE00C0FFEE00C0FFEE00C0FFEE00' }
    expect(unpack(payload, type, { schemas: registry })).toEqual([wren])
  })

  test('is read bare under the only schema', () => {
    const schemas = createAvroSchemas({ one: BIRD })
    expect(unpack(payload, {}, { format: 'avro', schemas })).toEqual([wren])
    expect(unpack(payload, { 'content-type': 'application/avro' }, { schemas })).toEqual([wren])
  })

  test.each(['null', 'deflate', 'snappy', 'zstandard'])('containers with codec %s hold many items', async (codec) => {
    const birds = Array.from({ length: 9 }, (_, eggs) => ({ name: 'wren', eggs }))
    expect(unpack(await container(codec, birds))).toEqual(birds)
  })

  test('containers that break keep the items before, and tell the rest', async () => {
    const whole = await container('null', [wren, owl, wren, owl, wren, owl])
    const items = unpack(whole.subarray(0, -10))
    expect(items.slice(0, 3)).toEqual([wren, owl, wren])
    expect(items.at(-1)).toBe('missing_part: Avro that is cut short')
  })

  test.each([
    ['an unknown id', header(0, '00000012'), 'Avro schema 18 is not in the schema file: add it there'],
    ['no header', header(9), 'Avro that names no schema: give a schema file with one schema'],
  ])('with %s says what to do', (_, head, detail) => {
    const body = Buffer.concat([head, payload])
    expect(unpack(body, {}, { format: 'avro', schemas: registry })).toEqual([`undecodable: ${detail}`])
  })

  test('with bytes after its value was written with another schema', () => {
    const body = Buffer.concat([header(0, '00000011'), payload, Buffer.from([0])])
    expect(unpack(body, {}, { schemas: registry })).toEqual(['undecodable: Avro that goes on after its value'])
  })
})

describe('a schema file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'schemas-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const file = async (content: unknown, name = 'registry.json') => {
    const path = join(folder, name)
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }

  test('holds one schema, or several by their ids: in line, as text, or beside it', async () => {
    const one = await loadAvroSchemas(await file(BIRD, 'bird.avsc'))
    expect(one.only).not.toBeNull()
    const many = await loadAvroSchemas(
      await file({ 17: BIRD, 18: JSON.stringify(BIRD), '6F1C2D3E-0000-4000-8000-0123456789AB': 'bird.avsc' }),
    )
    expect(many.only).toBeNull()
    for (const id of ['17', '18', '6f1c2d3e000040008000-0123456789ab']) expect(many.byId(id)).not.toBeNull()
    expect(many.byFingerprint(schemaFingerprint(BIRD))).not.toBeNull()
  })

  test.each([
    ['is not JSON', '{', 'is not JSON'],
    ['is empty', {}, 'holds no schema'],
    ['is a number', 7, 'holds neither'],
    ['has other keys', { bird: BIRD }, 'a key that is not a schema id'],
    [
      'has an id twice',
      { '6f1c2d3e-0000-4000-8000-0123456789ab': BIRD, '6F1C2D3E0000400080000123456789AB': BIRD },
      'twice',
    ],
    ['has a schema that is none', { 17: { type: 'bird' } }, 'names a type that it does not define'],
    ['has words for a schema', { 17: 'a bird' }, 'id 17'],
  ])('that %s is refused with what to do', async (_, content, words) => {
    await expect(loadAvroSchemas(await file(content))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(words) as string,
    })
  })

  test('that is not there, or names one that is not, is not found', async () => {
    await expect(loadAvroSchemas(join(folder, 'none.avsc'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(loadAvroSchemas(await file({ 17: 'none.avsc' }))).rejects.toMatchObject({ code: 'not_found' })
  })
})
