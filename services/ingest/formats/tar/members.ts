import { FormatError, type InputFile } from '../format.ts'

/** A file in a tar archive. */
export interface TarMember {
  readonly path: string
  readonly size: number
  /** Its bytes; null if they are more than `most`, in which case they are skipped. Call it once, before the next member. */
  bytes(most: number): Promise<Uint8Array | null>
}

const BLOCK = 512
const [NAME, SIZE, CHECKSUM, PREFIX] = [
  [0, 100],
  [124, 136],
  [148, 156],
  [345, 500],
] as const
const TYPE = 156
const MAGIC = 257
/** The longest name, or header that contains one; a longer one is refused. */
const LONGEST_NAME = 64 * 1024

/** Whether these first bytes are those of a tar archive (POSIX ustar and what GNU tar writes). */
export function isTar(head: Uint8Array): boolean {
  return Buffer.from(head).toString('latin1', MAGIC, MAGIC + 5) === 'ustar'
}

/**
 * Yields the files of a tar archive, in order; folders, links and devices are skipped. Memory does not grow with the archive.
 * Throws `FormatError` if a header is damaged or the archive is cut short.
 */
export async function* tarMembers(file: InputFile): AsyncGenerator<TarMember> {
  const chunks = file.stream()[Symbol.asyncIterator]()
  try {
    yield* membersOf(new Input(chunks))
  } finally {
    await chunks.return?.() // what follows the end is not read, but the file must be closed
  }
}

async function* membersOf(input: Input): AsyncGenerator<TarMember> {
  /** Fields for the next member that do not fit its own header. */
  let named: { path?: string; size?: number } = {}
  for (;;) {
    const header = await input.header()
    if (header === null) return
    const { type, size } = header
    if (type === 'L' || type === 'x') {
      if (size > LONGEST_NAME) throw damaged()
      const text = Buffer.from(await input.take(size)).toString('utf8')
      await input.skip(paddingOf(size))
      named = type === 'L' ? { ...named, path: text.replace(/\0.*$/s, '') } : { ...named, ...paxOf(text) }
      continue
    }
    const own = named.size ?? size
    if (type === '0' || type === '\0' || type === '7') {
      let left = own
      yield {
        path: named.path ?? header.path,
        size: own,
        bytes: async (most) => {
          if (own > most) return null
          left = 0
          return input.take(own)
        },
      }
      await input.skip(left)
    } else await input.skip(own)
    await input.skip(paddingOf(own))
    named = {}
  }
}

interface Header {
  readonly path: string
  readonly type: string
  readonly size: number
}

/** Reads a stream in pieces of chosen length. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks
  }

  /**
   * The next header; null at the end of the archive. Throws `FormatError` if the stream ends without that mark, because members
   * may be missing.
   */
  async header(): Promise<Header | null> {
    const parts: Uint8Array[] = []
    for (let length = 0; length < BLOCK;) {
      const part = await this.#some(BLOCK - length)
      if (part === null) throw new FormatError('undecodable', 'a tar archive that is cut short')
      parts.push(part)
      length += part.length
    }
    const block = Buffer.concat(parts)
    if (block.every((byte) => byte === 0)) return null
    const text = ([from, to]: readonly [number, number]) =>
      block.toString('utf8', from, to).replace(/\0.*$/s, '').trim()
    const sum = block.reduce((total, byte, at) => total + (at >= CHECKSUM[0] && at < CHECKSUM[1] ? 0x20 : byte), 0)
    if (Number.parseInt(text(CHECKSUM), 8) !== sum) throw damaged()
    const prefix = isTar(block) && block[MAGIC + 5] === 0 ? text(PREFIX) : ''
    return {
      path: prefix === '' ? text(NAME) : `${prefix}/${text(NAME)}`,
      type: String.fromCharCode(block[TYPE] ?? 0),
      size: sizeOf(block.subarray(...SIZE), text(SIZE)),
    }
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    await this.#each(count, (part) => parts.push(part))
    return Buffer.concat(parts)
  }

  async skip(count: number): Promise<void> {
    await this.#each(count, () => {})
  }

  async #each(count: number, visit: (part: Uint8Array) => void): Promise<void> {
    for (let left = count; left > 0;) {
      const part = await this.#some(left)
      if (part === null) throw new FormatError('undecodable', 'a tar archive that is cut short')
      visit(part)
      left -= part.length
    }
  }

  /** At most this many of the next bytes; null at the end. */
  async #some(most: number): Promise<Uint8Array | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next()
      if (done === true) return null
      this.#rest = value
    }
    const part = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }
}

/** A size in octal digits, or in binary if it does not fit those. */
function sizeOf(field: Uint8Array, text: string): number {
  const size =
    field[0]! >= 0x80
      ? field.subarray(1).reduce((total, byte) => total * 256 + byte, 0)
      : text === ''
        ? 0
        : Number.parseInt(text, 8)
  if (!Number.isSafeInteger(size) || size < 0) throw damaged()
  return size
}

/** Reads a POSIX extended header for the member that follows: lines of a length, a name and a value. */
function paxOf(text: string): { path?: string; size?: number } {
  const found = new Map([...text.matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g)].map(([, key = '', value = '']) => [key, value]))
  const [path, size] = [found.get('path'), found.get('size')]
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw damaged()
  return { ...(path !== undefined && { path }), ...(size !== undefined && { size: Number(size) }) }
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

function damaged(): FormatError {
  return new FormatError('undecodable', 'a tar header that is damaged')
}
