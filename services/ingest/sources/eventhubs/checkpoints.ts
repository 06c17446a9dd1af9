import type { CheckpointStore } from '@azure/event-hubs'
import { AppError } from '#core/errors.ts'
import { parsePlace } from './start.ts'

/** The official checkpoint store, or one like it, to which checkpoints are copied. */
export type CheckpointMirror = Pick<CheckpointStore, 'updateCheckpoint'>

export interface Checkpoints {
  /** Keeps the offset of an event that was read, because a checkpoint contains both. */
  note(partition: string, sequenceNumber: number, offset: string): void
  /** Copies how far a partition is staged. Throws `unavailable`. */
  update(partition: string, mark: string): Promise<void>
}

/** The most offsets kept per partition while nothing is acknowledged; then the oldest are dropped. */
const MOST_OFFSETS = 200_000

/** Writes checkpoints for other tools; they are never read here. */
export function mirrorCheckpoints(
  store: CheckpointMirror,
  about: {
    readonly fullyQualifiedNamespace: string
    readonly eventHubName: string
    readonly consumerGroup: string
  },
): Checkpoints {
  const offsets = new Map<string, { sequenceNumber: number; offset: string }[]>()
  return {
    note(partition, sequenceNumber, offset) {
      const known = offsets.get(partition) ?? []
      if (known.length === 0) offsets.set(partition, known)
      if (known.length > 0 && known.at(-1)!.sequenceNumber >= sequenceNumber) known.length = 0 // events are read again from an earlier place
      known.push({ sequenceNumber, offset })
      if (known.length > MOST_OFFSETS) known.splice(0, MOST_OFFSETS / 2)
    },
    async update(partitionId, mark) {
      const { sequenceNumber, taken } = parsePlace(mark)
      // if a message was read only in part, the last complete one is the one before it
      const done = taken === Number.POSITIVE_INFINITY ? sequenceNumber : sequenceNumber - 1
      const known = offsets.get(partitionId) ?? []
      const next = known.findIndex(({ sequenceNumber }) => sequenceNumber > done)
      const count = next < 0 ? known.length : next
      const last = known[count - 1]
      if (last === undefined) return
      try {
        await store.updateCheckpoint({ ...about, partitionId, ...last })
      } catch (cause) {
        const message = `the checkpoint of partition ${partitionId} of hub ${about.eventHubName} could not be copied: check the container and the role Storage Blob Data Contributor`
        throw new AppError('unavailable', message, { cause, reason: 'checkpoint_mirror' })
      }
      known.splice(0, count - 1)
    },
  }
}
