import type { CheckpointStore } from '@azure/event-hubs'
import { AppError } from '#core/errors.ts'
import { parsePlace } from './start.ts'

/** Where checkpoints are copied to: an official checkpoint store, or its like. */
export type CheckpointMirror = Pick<CheckpointStore, 'updateCheckpoint'>

export interface Checkpoints {
  /** Keeps the offset of an event that was read: a checkpoint names both. */
  note(partition: string, sequenceNumber: number, offset: string): void
  /** Copies how far a partition is staged; throws `unavailable`. */
  update(partition: string, mark: string): Promise<void>
}

/** Of a partition, for as long as nothing is acknowledged; the oldest are forgotten then. */
const MOST_OFFSETS = 200_000

/** Checkpoints for other tools to see: never read here. */
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
      if (known.length > 0 && known.at(-1)!.sequenceNumber >= sequenceNumber) known.length = 0 // read again
      known.push({ sequenceNumber, offset })
      if (known.length > MOST_OFFSETS) known.splice(0, MOST_OFFSETS / 2)
    },
    async update(partitionId, mark) {
      const { sequenceNumber, taken } = parsePlace(mark)
      // of a message that is taken in part, the one before it is the last that is done
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
