import { createDeflateRaw, crc32 } from 'node:zlib'

export interface ZipEntry {
  /** With `/` between folders; ASCII. */
  readonly name: string
  readonly content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>
}

interface Written {
  readonly name: Buffer
  readonly crc: number
  readonly packed: number
  readonly length: number
  readonly at: number
}

const MOST = 0xffff_ffff
/** Sizes and checksum follow the content, which is not known before it was written. */
const FOLLOWS = 0x08
const DEFLATED = 8
const VERSION = 20
/** 1980-01-01, from which the format counts: what a file is of is said in it. */
const NO_DATE = 0x21

/**
 * A ZIP archive, written as its entries come (PKWARE APPNOTE 6.3.3, without ZIP64). Throws RangeError beyond 4 GiB.
 */
export async function* zip(entries: Iterable<ZipEntry> | AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const written: Written[] = []
  let at = 0
  for await (const { name: text, content } of entries) {
    const name = Buffer.from(text, 'ascii')
    const start = at
    const head = Buffer.concat([
      numbers(['u32', 0x0403_4b50], ...fields(0, 0, 0), ['u16', name.length], ['u16', 0]),
      name,
    ])
    at += head.length
    yield head
    const sums = { crc: 0, length: 0 }
    let packed = 0
    for await (const chunk of deflated(content, sums)) {
      packed += chunk.length
      at += chunk.length
      yield chunk
    }
    const { crc, length } = sums
    if (at > MOST || length > MOST) throw new RangeError('a ZIP archive of more than 4 GiB')
    const tail = numbers(['u32', 0x0807_4b50], ['u32', crc], ['u32', packed], ['u32', length])
    at += tail.length
    yield tail
    written.push({ name, crc, packed, length, at: start })
  }
  const directory = Buffer.concat(written.map(directoryEntry))
  yield directory
  yield numbers(
    ['u32', 0x0605_4b50],
    ['u32', 0],
    ['u16', written.length],
    ['u16', written.length],
    ['u32', directory.length],
    ['u32', at],
    ['u16', 0],
  )
}

function directoryEntry({ name, crc, packed, length, at }: Written): Buffer {
  const head = numbers(
    ['u32', 0x0201_4b50],
    ['u16', VERSION],
    ...fields(crc, packed, length),
    ['u16', name.length],
    ['u32', 0], // no extra field, no comment
    ['u32', 0], // on the first disk, of no kind
    ['u32', 0],
    ['u32', at],
  )
  return Buffer.concat([head, name])
}

/** What an entry's head and the directory both say. */
function fields(crc: number, packed: number, length: number): Sized[] {
  return [
    ['u16', VERSION],
    ['u16', FOLLOWS],
    ['u16', DEFLATED],
    ['u16', 0],
    ['u16', NO_DATE],
    ['u32', crc],
    ['u32', packed],
    ['u32', length],
  ]
}

type Sized = readonly ['u16' | 'u32', number]

function numbers(...all: readonly Sized[]): Buffer {
  return Buffer.concat(
    all.map(([size, value]) => {
      const bytes = Buffer.alloc(size === 'u16' ? 2 : 4)
      if (size === 'u16') bytes.writeUInt16LE(value)
      else bytes.writeUInt32LE(value)
      return bytes
    }),
  )
}

async function* deflated(
  content: ZipEntry['content'],
  sums: { crc: number; length: number },
): AsyncGenerator<Uint8Array> {
  const packer = createDeflateRaw()
  const fed = (async () => {
    for await (const part of content) {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
      sums.crc = crc32(bytes, sums.crc)
      sums.length += bytes.length
      if (!packer.write(bytes)) await new Promise((resolve) => packer.once('drain', resolve))
    }
    packer.end()
  })()
  fed.catch((error: unknown) => packer.destroy(error instanceof Error ? error : new Error('not packed')))
  for await (const chunk of packer) yield chunk as Uint8Array
  await fed
}
