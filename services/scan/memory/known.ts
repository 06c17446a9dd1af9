import type { CleanHistory } from '../calibrate/history.ts'
import type { KnownFlood } from '../detectors/known/known-floods.ts'
import type { Signature } from '../detectors/known/known-campaigns.ts'
import type { MemoryRef } from '#core/sidecar.ts'
import { namedIn, type Named } from './accounts.ts'
import { floodsKnown } from './repeats/learn-floods.ts'
import type { Lead } from './leads/leads.ts'
import { signaturesIn } from './learn.ts'
import type { Memory } from './memory.ts'
import { NO_VERDICTS, recalibration, type Recalibration } from './verdicts.ts'

/** The parts of a memory that the scan of a window uses. */
export interface Known {
  readonly history: CleanHistory
  readonly signatures: readonly Signature[]
  readonly floods: readonly KnownFlood[]
  readonly named: readonly Named[]
  readonly recalibration?: Recalibration
  /** By which the window chooses what it gives to the pool. */
  readonly leads?: readonly Lead[]
  readonly ref: MemoryRef
  /** Encoded records from which labels are predicted; absent where only the memory itself is at hand. */
  readonly reference?: Uint8Array
}

export function knownFrom({ memory, ref }: { readonly memory: Memory; readonly ref: MemoryRef }): Known {
  const { history, accounts = [], verdicts = NO_VERDICTS, leads = [] } = memory
  return {
    history,
    signatures: signaturesIn(memory),
    floods: floodsKnown(memory),
    named: namedIn(accounts),
    recalibration: recalibration(verdicts),
    leads,
    ref,
  }
}
