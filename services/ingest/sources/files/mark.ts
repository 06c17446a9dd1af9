import { AppError } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'

/** The bytes of a file's beginning by which it is recognised. */
const MAX_LENGTH = 4096

/** What a file began with when it was first read. Files may grow but not change. */
export interface FileIdentity {
  readonly length: number
  /** The digest of the first `length` bytes. */
  readonly digest: string
}

/** How far a file was read, and which file it was. */
export interface FileMark {
  /** The index of the last item read. */
  readonly index: number
  /** Null if only an index was stored. */
  readonly identity: FileIdentity | null
  /** The size of the file when it was read to its end or its fault; null if reading stopped before. */
  readonly size: number | null
  /** Whether that item stands for an unreadable rest: once the file has grown, it is read again from there. */
  readonly isBroken: boolean
}

export function identify(start: Uint8Array, length = Math.min(start.length, MAX_LENGTH)): FileIdentity {
  return { length, digest: sha256Hex(start.subarray(0, length)).slice(0, 32) }
}

/** `<index> <length>:<digest>`, followed by ` <size>` if the file ended, and by `!` if it broke. */
export function formatMark({ index, identity, size, isBroken }: FileMark): string {
  const which = identity === null ? '' : ` ${identity.length}:${identity.digest}`
  return `${index}${which}${size === null ? '' : ` ${size}`}${isBroken ? '!' : ''}`
}

/** The inverse of `formatMark`; a bare index is a mark too. Throws `corrupt` for anything else. */
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

/** Whether a file with this beginning and size may be the one that was read. */
export function isSameFile({ identity, size }: FileMark, start: Uint8Array, sizeNow: number): boolean {
  if (size !== null && sizeNow < size) return false
  return identity === null || identify(start, identity.length).digest === identity.digest
}
