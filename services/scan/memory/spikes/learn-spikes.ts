import { valueText } from '../../features/column-codes.ts'
import { learnMarks, type ShownMark } from '../learn-marks.ts'
import type { Memory, PooledWindow } from '../memory.ts'
import type { Spike } from './spikes.ts'

/**
 * The memory with the spikes that the columns of its pool's windows show. Each is a campaign of all records with the
 * value and the label, whether they were in the pool or not. A value that people released with the label teaches nothing
 * until they take that back. `parts` are the windows that the spikes' members refer to. Pure.
 */
export function learnSpikes(memory: Memory, parts: readonly PooledWindow[], spikes: readonly Spike[]): Memory {
  return learnMarks(memory, parts, 'spike', spikes.map(shownBy))
}

function shownBy(spike: Spike): ShownMark {
  const { column, value, label, evidence, members } = spike
  const logOdds = oddsOf(spike)
  return {
    trigger: { kind: 'values', values: [{ column, value: valueText(value) }] },
    label,
    summary: `${members.length} records of many windows with ${column} = ${valueText(value)} are labelled ${label}; the values beside it led to expect ${Math.round(spike.expected)}`,
    evidence,
    logOdds,
    members: members.map((member) => ({ ...member, logOdds })),
  }
}

/** Log-odds that a record with the value and the label is one of the excess. */
function oddsOf({ observed, expected }: Spike): number {
  return Math.log((observed - expected) / Math.max(expected, 0.5))
}
