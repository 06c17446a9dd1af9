import { basename, dirname, join } from 'node:path'
import { isAppError } from '#core/errors.ts'
import { FormatError, HEAD_BYTES, type InputFile, type RandomAccess } from './format.ts'
import { fileError, openPlainFile } from './plain-file.ts'
import { beginningOf, CHUNK, plainName, skip, unwrap, wrappingOf, type Wrapping } from './wrapping.ts'
import { readArchive, type ZipArchive } from './zip/archive.ts'

/** The most bytes that are unpacked into memory, for a file in an archive whose format needs random access. */
const MAX_UNPACKED = 512 * 1024 * 1024

/** Where a file is: on the disk, or inside an archive on the disk. */
export interface Stored {
  readonly path: string
  readonly zipped?: { readonly name: string; readonly archive: ZipArchive }
}

/** A local file: its contents, and its bytes as stored. */
export interface LocalFile extends InputFile {
  /** Its first bytes as stored, at least `HEAD_BYTES` of them if there are so many. */
  readonly start: Uint8Array
  readonly size: number
}

/** Opens a local file, and decompresses it if its first bytes are those of gzip or zstd. Throws as `openPlainFile` does. */
export async function openInputFile(stored: Stored): Promise<LocalFile> {
  const layers = stored.zipped ? zippedLayer(stored.path, stored.zipped) : plainLayer(stored.path)
  const { size, head: start, isAll } = await layers.begin()
  const wrapping = wrappingOf(start)
  const raw = (from: number) => (isAll ? once(start.subarray(from)) : layers.from(from))
  const contents = (from = 0) => (wrapping ? skip(unwrap(raw(0), wrapping), from) : raw(from))
  let head: Promise<Uint8Array> | undefined
  return {
    name: plainName(basename(layers.name)),
    start,
    size,
    head: () => (head ??= wrapping ? beginningOf(contents()).then((begun) => begun.head) : Promise.resolve(start)),
    stream: contents,
    random: async () => (wrapping ? inMemory(await unwrappedBytes(contents(), wrapping)) : layers.random()),
    whereabouts: () => (wrapping ? unwrappedBytes(contents(), wrapping) : layers.whereabouts()),
    async sibling(names) {
      for (const name of names.flatMap((name) => [name, `${name}.gz`, `${name}.zst`])) {
        const found = await layers.beside(name)
        if (found) return found
      }
      return null
    },
  }
}

/** The contents of an archive on the disk. Throws as `openPlainFile` and `readArchive` do. */
export async function openArchive(path: string, onLink: (path: string) => void): Promise<ZipArchive> {
  const { size } = await readStart(path)
  return readArchive(reopened(path, size), onLink)
}

/** A file's bytes as stored. */
interface Layer {
  readonly name: string
  begin(): Promise<{ head: Uint8Array; size: number; isAll: boolean }>
  from(start: number): AsyncIterable<Uint8Array>
  random(): Promise<RandomAccess>
  whereabouts(): Promise<string | Uint8Array>
  beside(name: string): Promise<LocalFile | null>
}

function plainLayer(path: string): Layer {
  return {
    name: path,
    begin: () => readStart(path),
    from: (start) => chunks(path, start),
    random: () => openRandom(path),
    whereabouts: async () => path,
    async beside(name) {
      const candidate = join(dirname(path), name)
      return candidate === path ? null : openIfThere(candidate)
    },
  }
}

/** A file in an archive. It is never written to the disk, where it would be unencrypted. */
function zippedLayer(path: string, { name, archive }: NonNullable<Stored['zipped']>): Layer {
  const entry = archive.get(name)
  const stream = () => entry?.stream() ?? once(new Uint8Array())
  const unpacked = () => unpackedBytes(stream(), entry?.size ?? 0)
  return {
    name,
    begin: async () => ({ ...(await beginningOf(stream())), size: entry?.size ?? 0 }),
    from: (start) => skip(stream(), start),
    random: async () => inMemory(await unpacked()),
    whereabouts: unpacked,
    async beside(own) {
      const beside = `${name.slice(0, name.lastIndexOf('/') + 1)}${own}`
      return beside === name || !archive.has(beside) ? null : openInputFile({ path, zipped: { name: beside, archive } })
    },
  }
}

async function unpackedBytes(stream: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array> {
  if (size > MAX_UNPACKED)
    throw new FormatError('too_large', 'more than 512 MiB in a zip archive that are read at random: unpack it')
  return shared(stream, size)
}

/** Joins all parts into one buffer, which threads may share. */
async function shared(parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(new SharedArrayBuffer(size))
  let filled = 0
  for await (const part of parts) {
    bytes.set(part, filled)
    filled += part.length
  }
  return bytes
}

/** Unpacks a stream whose size is known only at its end into such a buffer. */
async function unwrappedBytes(stream: AsyncIterable<Uint8Array>, wrapping: Wrapping): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stream) {
    parts.push(part)
    size += part.length
    if (size > MAX_UNPACKED)
      throw new FormatError('too_large', `more than 512 MiB in ${wrapping} that are read at random: unpack it`)
  }
  return shared(parts, size)
}

function inMemory(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read: async (start, end) => Buffer.from(bytes.subarray(start, end)),
    stream: (start, end) => once(Buffer.from(bytes.subarray(start, end))),
    close: async () => {},
  }
}

async function openIfThere(path: string): Promise<LocalFile | null> {
  try {
    return await openInputFile({ path })
  } catch (error) {
    if (isAppError(error, 'not_found')) return null
    throw error
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

async function* chunks(path: string, start: number, end?: number): AsyncGenerator<Uint8Array> {
  const { handle } = await openPlainFile(path)
  try {
    const range = { start, ...(end === undefined ? {} : { end: end - 1 }) }
    for await (const chunk of handle.createReadStream({ ...range, highWaterMark: CHUNK })) yield chunk as Buffer
  } catch (error) {
    throw fileError(error, path)
  } finally {
    await handle.close()
  }
}

/** The beginning of a file, its size, and whether the beginning is the whole file. */
async function readStart(path: string): Promise<{ head: Uint8Array; size: number; isAll: boolean }> {
  const file = await openRandom(path)
  try {
    const head = await file.read(0, HEAD_BYTES)
    return { head, size: file.size, isAll: file.size <= HEAD_BYTES }
  } finally {
    await file.close()
  }
}

/** Opens the file for each reading, because the files of an archive may be read hours apart. */
function reopened(path: string, size: number): RandomAccess {
  return {
    size,
    async read(start, end) {
      const file = await openRandom(path)
      try {
        return await file.read(start, end)
      } finally {
        await file.close()
      }
    },
    stream: (start, end) => (end > start ? chunks(path, start, end) : once(new Uint8Array())),
    close: async () => {},
  }
}

async function openRandom(path: string): Promise<RandomAccess> {
  const { handle, size } = await openPlainFile(path)
  return {
    size,
    async read(start, end) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(end, size) - start))
      let filled = 0
      while (filled < buffer.length) {
        const { bytesRead } = await handle
          .read(buffer, filled, buffer.length - filled, start + filled)
          .catch((error: unknown) => {
            throw fileError(error, path)
          })
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
    stream: (start, end) => (end > start ? chunks(path, start, end) : chunks(path, size, size + 1)),
    close: () => handle.close(),
  }
}
