import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadConfig } from '#app/config/load.ts'
import type { StepPoint } from '#runtime/process/steps.ts'
import { runEmbedded } from '#app/embedded.ts'
import { recallable, recallRecords } from '#app/operations/recalls.ts'
import { carryOutReview, recordDecision, recordUndo } from '#app/operations/reviews.ts'
import { rescan } from '#app/operations/rescans.ts'
import { scoresOf } from '#app/operations/windows.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { deliverMore, HELD_COPY } from './fixture.ts'
import { scoreWithShown } from './score-by-hash.ts'

/**
 * One life of the pipeline, for the crash test: runs everything to the end, then reviews, and judges all of it anew. Dies by SIGKILL at the n-th time
 * that it passes a step's point (since people judged), when told to, and says when its system is open: `child.ts <configuration> [<point> <n> [judged]]`.
 */
const [path = '', fatal, nth = '1', since] = process.argv.slice(2)
const more = join(dirname(path), 'notes', 'more.jsonl')
/** Windows of a dataset that people judge, before more of them come. */
const JUDGED = 5
let passed = 0

function onStep(point: StepPoint): void {
  if (point !== fatal || (since === 'judged' && !existsSync(more))) return
  if (++passed === Number(nth)) process.kill(process.pid, 'SIGKILL')
}

const config = await loadConfig(path, {})
await using system = await openSigningSystem(config, { command: 'crash test', onStep })
process.stdout.write('open\n')
await run()
await review(system)
// Verdicts are heard behind the windows that were there when they were given.
if (!existsSync(more)) {
  await deliverMore(dirname(path))
  await run()
}
for (const dataset of ['notes', 'readings'])
  for await (const _ of rescan(system, { dataset }, { score: scoreWithShown })) continue

async function run(): Promise<void> {
  const failures = await runEmbedded(system, { score: scoreWithShown })
  if (failures.length > 0) throw failures[0]?.error
}

/** Releases, rejects, takes a release back, makes another, recalls, and ends one recall: the same decisions in every life. */
async function review(system: SigningSystem): Promise<void> {
  const { catalog } = system
  for (const dataset of ['notes', 'readings']) {
    const judged = await catalog.windows.list({ dataset, upTo: JUDGED })
    const first = new Set(judged.map(({ id }) => id))
    const rows = await catalog.flagged.list({ dataset })
    const held = rows
      .flatMap(({ record, decision, window }) => (decision === 'quarantine' && first.has(window) ? [record] : []))
      .sort()
    const rejected = [...held.slice(4, 6), ...held.filter((id) => id === HELD_COPY)]
    const released = held.slice(2, 5).filter((id) => !rejected.includes(id))
    const plans = [
      { action: 'release', records: held.slice(0, 4) },
      { action: 'reject', records: rejected },
      null,
      { action: 'release', records: released },
    ] as const
    for (const [at, plan] of plans.entries()) {
      const id = `${dataset}-${at + 1}`
      const decided =
        plan === null
          ? await recordUndo(system, { id, undoes: `${dataset}-1`, reason: 'crash test' })
          : await recordDecision(system, { id, dataset, reason: 'crash test', ...plan })
      await carryOutReview(system, decided)
    }
    const scores = await scoresOf(system, judged[0]!)
    const admitted = scores.records.flatMap(({ id, decision }) => (decision === 'admit' ? [id] : [])).slice(0, 2)
    for (const [id, asked] of [
      [`${dataset}-5`, [...admitted, ...released.slice(0, 1)]],
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
