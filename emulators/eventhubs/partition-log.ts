import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import type { Message } from 'rhea'
import { AmqpRefusal, encodeEvent, type RuntimeMetrics } from './amqp.ts'

export interface LoggedEvent extends RuntimeMetrics {
  readonly bytes: Buffer
}

/** What an offset begins with where the namespace is replicated. */
const SEGMENT = 'a1:'

/** Length of what follows, and when it was enqueued. */
const FRAME_HEADER = 12

/**
 * The events of one partition. With a file, they are in it before `append` returns; a frame that a killed process left
 * unfinished is cut off when the file is opened again.
 */
export class PartitionLog {
  readonly #events: LoggedEvent[] = []
  readonly #file: number | null
  readonly #firstPath: string | null
  #first = 0
  #size = 0

  readonly #isReplicated: boolean

  /** Replicated: offsets are texts, and events are found by those alone. */
  constructor(folder: string | null, name: string, isReplicated = false) {
    this.#isReplicated = isReplicated
    this.#file = null
    this.#firstPath = null
    if (folder === null) return
    mkdirSync(folder, { recursive: true })
    const logPath = path.join(folder, `${name}.log`)
    this.#file = openSync(logPath, 'a+')
    this.#firstPath = path.join(folder, `${name}.first`)
    this.#load(readFileSync(logPath))
    try {
      this.#first = Number(readFileSync(this.#firstPath, 'utf8'))
    } catch {
      this.#first = 0 // nothing has expired yet
    }
  }

  /** The sequence number of the oldest event that is still there, or of the next one to come. */
  get first(): number {
    return this.#first
  }

  /** The last event's sequence number, of whether it has expired or not; -1 when there was none. */
  get last(): number {
    return this.#events.length - 1
  }

  get isEmpty(): boolean {
    return this.#first > this.last
  }

  get end(): RuntimeMetrics {
    return this.#events.at(-1) ?? { sequenceNumber: -1, offset: '-1', enqueuedMs: 0 }
  }

  at(sequenceNumber: number): LoggedEvent | undefined {
    return this.#events[sequenceNumber]
  }

  append(messages: readonly Message[], key: string | undefined): void {
    const enqueuedMs = Math.max(Date.now(), this.end.enqueuedMs)
    const frames: Buffer[] = []
    for (const message of messages) {
      const [sequenceNumber, offset] = [this.#events.length, this.#offset()]
      const bytes = encodeEvent(message, { sequenceNumber, offset, enqueuedMs, key })
      const header = Buffer.alloc(FRAME_HEADER)
      header.writeUInt32BE(bytes.length, 0)
      header.writeDoubleBE(enqueuedMs, 4)
      frames.push(header, bytes)
      this.#add({ sequenceNumber, offset, enqueuedMs, bytes })
    }
    if (this.#file === null) return
    const all = Buffer.concat(frames)
    for (let at = 0; at < all.length;) at += writeSync(this.#file, all, at)
  }

  /** What retention does: everything before this sequence number is gone. */
  expire(before: number): void {
    this.#first = Math.min(before, this.#events.length)
    if (this.#firstPath === null) return
    writeFileSync(`${this.#firstPath}.new`, String(this.#first))
    renameSync(`${this.#firstPath}.new`, this.#firstPath)
  }

  /**
   * Where a selector begins, such as `amqp.annotation.x-opt-sequence-number > '5'`. A place behind the partition's end is
   * refused, one that has expired is not: reading begins with the oldest event then.
   */
  seek(selector: string): number {
    const found = /annotation\.x-opt-(offset|sequence-number|enqueued-time) (>=?) '([^']*)'/.exec(selector)
    if (found === null) throw new AmqpRefusal('amqp:invalid-field', `The filter '${selector}' is not supported.`)
    const [, property, operator, value = ''] = found
    if (property === 'offset' && value === '@latest') return this.#events.length
    if (property === 'offset' && value === '-1') return this.#first
    if (this.#isReplicated && property === 'sequence-number') {
      throw new AmqpRefusal('com.microsoft:argument-error', 'Sequence numbers find no events: give an offset.')
    }
    const wanted = Number(property === 'offset' ? value.replace(SEGMENT, '') : value)
    if (!Number.isFinite(wanted)) {
      throw new AmqpRefusal('com.microsoft:argument-error', `The supplied ${property} '${value}' is invalid.`)
    }
    const { sequenceNumber, offset } = this.end
    const last = property === 'sequence-number' ? sequenceNumber : Number(offset.replace(SEGMENT, ''))
    if (property !== 'enqueued-time' && wanted > last) {
      const [word, end] = property === 'offset' ? ['offset', offset] : ['sequence number', sequenceNumber]
      const description = `The supplied ${word} '${value}' is invalid. The last ${word} in the system is '${end}'`
      throw new AmqpRefusal('com.microsoft:argument-error', description)
    }
    const valueOf = (event: LoggedEvent) =>
      property === 'offset'
        ? Number(event.offset.replace(SEGMENT, ''))
        : property === 'enqueued-time'
          ? event.enqueuedMs
          : event.sequenceNumber
    const start = this.#events.findIndex((event) =>
      operator === '>=' ? valueOf(event) >= wanted : valueOf(event) > wanted,
    )
    return start < 0 ? this.#events.length : Math.max(start, this.#first)
  }

  #offset(): string {
    return this.#isReplicated ? `${SEGMENT}${this.#size}` : String(this.#size)
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
  }

  #add(event: LoggedEvent): void {
    this.#events.push(event)
    this.#size += FRAME_HEADER + event.bytes.length
  }

  #load(file: Buffer): void {
    while (this.#size + FRAME_HEADER <= file.length) {
      const length = file.readUInt32BE(this.#size)
      const start = this.#size + FRAME_HEADER
      if (start + length > file.length) break
      this.#add({
        sequenceNumber: this.#events.length,
        offset: this.#offset(),
        enqueuedMs: file.readDoubleBE(this.#size + 4),
        bytes: file.subarray(start, start + length),
      })
    }
    if (this.#file !== null && this.#size < file.length) ftruncateSync(this.#file, this.#size)
  }
}
