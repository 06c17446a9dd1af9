import { AppError } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'

/** By how much of its beginning a file is known again. */
const MAX_LENGTH = 4096

/** What a file began with when it was first read: files may grow, but not change. */
export interface FileIdentity {
  readonly length: number
  /** Of the first `length` bytes. */
  readonly digest: string
}

/** How far a file was read, and which file it was. */
export interface FileMark {
  /** Of the last item read. */
  readonly index: number
  /** Null where only an index was kept. */
  readonly identity: FileIdentity | null
  /** The size of the file when it was read to its end, or to its break; null when it was left before. */
  readonly size: number | null
  /** Whether that item stands for what could not be read: the file is read again from there when it has grown. */
  readonly isBroken: boolean
}

export function identify(start: Uint8Array, length = Math.min(start.length, MAX_LENGTH)): FileIdentity {
  return { length, digest: sha256Hex(start.subarray(0, length)).slice(0, 32) }
}

/** `<index> <length>:<digest>`, followed by ` <size>` where the file ended, and by `!` where it broke. */
export function formatMark({ index, identity, size, isBroken }: FileMark): string {
  const which = identity === null ? '' : ` ${identity.length}:${identity.digest}`
  return `${index}${which}${size === null ? '' : ` ${size}`}${isBroken ? '!' : ''}`
}

/** The inverse of `formatMark`; a bare index is a mark too. Throws `corrupt` on anything else. */
export function parseMark(text: string): FileMark {
  const match = /^(\d{1,15})(?: (\d{1,4}):([0-9a-f]{32})(?: (\d{1,15})(!?))?)?$/.exec(text)
  if (!match) throw new AppError('corrupt', 'a position that no file has', { reason: 'file_mark' })
  const [, index, length, digest, size, broken] = match
  return {
    index: Number(index),
    identity: length === undefined || digest === undefined ? null : { length: Number(length), digest },
    size: size === undefined ? null : Number(size),
    isBroken: broken === '!',
  }
}

/** Whether a file that begins with `start` and is so large now may be the one that was read. */
export function isSameFile({ identity, size }: FileMark, start: Uint8Array, sizeNow: number): boolean {
  if (size !== null && sizeNow < size) return false
  return identity === null || identify(start, identity.length).digest === identity.digest
}
