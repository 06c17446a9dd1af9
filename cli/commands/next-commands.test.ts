import { describe, expect, it } from 'vitest'
import type { DatasetSummary } from '#app/operations/summaries.ts'
import { nextCommands } from './next-commands.ts'

const CONFIG = { data: '/nowhere/.credence', datasets: {} }
const summary = (dataset: string, received: number, quarantined: number, deadLettered: number): DatasetSummary => ({
  dataset,
  counts: { received, admitted: received - quarantined - deadLettered, quarantined, rejected: 0, deadLettered },
  pending: 0,
  windows: 1,
  campaigns: 0,
})

describe('what to do after a run', () => {
  it('leads to what could not be read, where most of it came, though nothing is held', async () => {
    const found = await nextCommands(CONFIG, [summary('a', 90, 0, 3), summary('b', 400, 0, 342)], 'credence.yaml')
    expect(found.map(({ command }) => command)).toEqual([
      'npx credence deadletter list --dataset b --limit 10',
      'npx credence export --dataset a --out a.admitted.jsonl',
      'npx credence keys rotate',
      'npx credence audit verify',
    ])
  })

  it('leads to what is held first, and to no dead letters where there are none', async () => {
    const found = await nextCommands(CONFIG, [summary('none', 0, 0, 0), summary('b', 400, 2, 0)], 'b c.yaml')
    expect(found[0]?.command).toBe("npx credence console --config 'b c.yaml'")
    expect(found[1]?.command).toContain('quarantine list --dataset b')
    expect(found.map(({ command }) => command).join()).not.toContain('deadletter')
    expect(await nextCommands(CONFIG, [summary('none', 0, 0, 0)], 'credence.yaml')).toEqual([])
  })
})
