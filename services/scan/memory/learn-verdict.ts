import { learnHunted } from './hunt/learn-hunted.ts'
import { learn, type PooledRecord, type PoolVerdict } from './learn.ts'
import { learnLeads } from './leads/learn-leads.ts'
import type { Memory, PooledWindow } from './memory.ts'
import { learnInserted } from './places/learn-inserted.ts'
import { learnFloods } from './repeats/learn-floods.ts'
import { learnSpikes } from './spikes/learn-spikes.ts'

/**
 * The memory with all that the scan of its pool showed. `parts` are the pool's windows, and `pool` its records. Pure.
 */
export function learnVerdict(
  memory: Memory,
  parts: readonly PooledWindow[],
  pool: readonly PooledRecord[],
  verdict: PoolVerdict,
): Memory {
  const { spikes = [], floods = [], hunted = [], inserted = [] } = verdict
  const led = learnLeads(learn(memory, pool, verdict), parts, pool, verdict)
  const shown = learnInserted(learnSpikes(led, parts, spikes), parts, inserted)
  return learnFloods(learnHunted(shown, parts, hunted), parts, floods)
}
