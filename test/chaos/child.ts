import { loadConfig } from '#app/config/load.ts'
import type { StepPoint } from '#runtime/process/steps.ts'
import { signReview } from '#services/encrypt/decision.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { runEmbedded } from '#app/embedded.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { scoreByHash } from './score-by-hash.ts'

/**
 * One life of the pipeline, for the crash test: runs everything to the end, then reviews. Dies by SIGKILL at the n-th time
 * that it passes a step's point, when told to: `child.ts <configuration> [<point> <n>]`.
 */
const [path = '', fatal, nth = '1'] = process.argv.slice(2)
let passed = 0

function onStep(point: StepPoint): void {
  if (point === fatal && ++passed === Number(nth)) process.kill(process.pid, 'SIGKILL')
}

const config = await loadConfig(path, {})
await using system = await openSigningSystem(config, { command: 'crash test', onStep })
const failures = await runEmbedded(system, { score: scoreByHash })
if (failures.length > 0) throw failures[0]?.error
await review(system)

/** Releases, rejects, takes a release back and makes another: the same decisions in every life. */
async function review({ catalog, vault, chain, signer, step, events }: SigningSystem): Promise<void> {
  for (const dataset of ['notes', 'readings']) {
    const rows = await catalog.flagged.list({ dataset })
    const held = rows.flatMap(({ record, decision }) => (decision === 'quarantine' ? [record] : [])).sort()
    const plans = [
      { id: `${dataset}-1`, action: 'release', undoes: null, records: held.slice(0, 4) },
      { id: `${dataset}-2`, action: 'reject', undoes: null, records: held.slice(4, 6) },
      { id: `${dataset}-3`, action: 'undo', undoes: `${dataset}-1`, records: held.slice(0, 4) },
      {
        id: `${dataset}-4`,
        action: 'release',
        undoes: null,
        records: held.slice(2, 5).filter((id) => !held.slice(4, 6).includes(id)),
      },
    ] as const
    for (const plan of plans) {
      const row = await step('review.add', async () =>
        catalog.reviews.add(await signReview({ ...plan, dataset, reason: 'crash test', actor: 'test' }, signer)),
      )
      await applyReview(row, { catalog, vault, chain, signer, step, events })
    }
  }
}
