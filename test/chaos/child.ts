import { loadConfig } from '#app/config/load.ts'
import type { StepPoint } from '#runtime/process/steps.ts'
import { signReview } from '#services/encrypt/decision.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { runEmbedded } from '#app/embedded.ts'
import { recallable, recallRecords } from '#app/operations/recalls.ts'
import { carryOutReview, recordUndo } from '#app/operations/reviews.ts'
import { rescan } from '#app/operations/rescans.ts'
import { scoresOf } from '#app/operations/windows.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { scoreWithThin } from './score-by-hash.ts'

/**
 * One life of the pipeline, for the crash test: runs everything to the end, then reviews, and judges all of it anew. Dies by SIGKILL at the n-th time
 * that it passes a step's point, when told to, and says when its system is open: `child.ts <configuration> [<point> <n>]`.
 */
const [path = '', fatal, nth = '1'] = process.argv.slice(2)
let passed = 0

function onStep(point: StepPoint): void {
  if (point === fatal && ++passed === Number(nth)) process.kill(process.pid, 'SIGKILL')
}

const config = await loadConfig(path, {})
await using system = await openSigningSystem(config, { command: 'crash test', onStep })
process.stdout.write('open\n')
const failures = await runEmbedded(system, { score: scoreWithThin })
if (failures.length > 0) throw failures[0]?.error
await review(system)
for (const dataset of ['notes', 'readings'])
  for await (const _ of rescan(system, { dataset }, { score: scoreWithThin })) continue

/** Releases, rejects, takes a release back, makes another, recalls, and ends one recall: the same decisions in every life. */
async function review(system: SigningSystem): Promise<void> {
  const { catalog, vault, chain, signer, step, events } = system
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
    const [first] = await catalog.windows.list({ dataset, limit: 1 })
    const scores = await scoresOf(system, first!)
    const admitted = scores.records.flatMap(({ id, decision }) => (decision === 'admit' ? [id] : [])).slice(0, 2)
    const { records } = (await catalog.reviews.get(`${dataset}-4`))!
    for (const [id, asked] of [
      [`${dataset}-5`, [...admitted, ...records.slice(0, 1)]],
      [`${dataset}-7`, admitted.slice(0, 1)],
    ] as const) {
      const there = await catalog.reviews.get(id)
      const reason = 'crash test'
      if (there === null)
        await recallRecords(system, await recallable(system, { dataset, records: asked }), { reason, id })
      else await carryOutReview(system, there)
      if (id.endsWith('5'))
        await carryOutReview(system, await recordUndo(system, { id: `${dataset}-6`, undoes: id, reason }))
    }
  }
}
