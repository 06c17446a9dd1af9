import { Zip, ZipDeflate } from 'fflate'

export interface ZipEntry {
  /** ASCII, with `/` between folders. */
  readonly name: string
  readonly content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>
}

/** The largest size and offset without ZIP64. */
const MOST = 0xffff_ffff
/** The earliest time that an archive can contain; the files themselves say what time they are of. */
const EPOCH = new Date(1980, 0, 1)

/** A ZIP archive, written as its entries arrive. Throws RangeError beyond 4 GiB. */
export async function* zip(entries: Iterable<ZipEntry> | AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = []
  const archive = new Zip((error, piece) => {
    if (error !== null) throw error
    pieces.push(piece)
  })
  let at = 0
  const written = function* () {
    for (const piece of pieces.splice(0)) {
      at += piece.length
      if (at > MOST) throw tooLarge()
      yield piece
    }
  }
  for await (const { name, content } of entries) {
    const file = new ZipDeflate(name)
    file.mtime = EPOCH
    archive.add(file)
    let length = 0
    for await (const part of content) {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
      length += bytes.length
      file.push(bytes)
      yield* written()
      if (length > MOST) throw tooLarge()
    }
    file.push(new Uint8Array(0), true)
    yield* written()
  }
  archive.end()
  yield* written()
}

function tooLarge(): RangeError {
  return new RangeError('a ZIP archive of more than 4 GiB')
}
