import { basename } from 'node:path'
import type { Contract } from '#core/contract.ts'
import type { Decision, Policy } from '#core/decision.ts'
import type { DeadReason } from '#core/record.ts'
import type { FileScan } from '#app/scan-file.ts'
import { commandIn } from '#present/advice.ts'
import { shellWord } from '#present/text.ts'
import { VERSION } from '#app/version.ts'
import { DatasetCollector } from './collect.ts'
import { renderReport } from './page.ts'

/** The HTML report of a scan that stored nothing. */
export function scanReport(
  path: string,
  { items, windows }: FileScan,
  { contract, policy, seed }: { readonly contract: Contract; readonly policy: Policy; readonly seed: number },
): string {
  const collector = new DatasetCollector(contract)
  windows.forEach(({ records, sidecar }, k) => {
    collector.add({ row: { id: sidecar.window, ordinal: k + 1 }, records, sidecar })
  })
  const reasons = new Map<DeadReason, number>()
  for (const item of items)
    if (item.kind === 'letter') reasons.set(item.letter.reason, (reasons.get(item.letter.reason) ?? 0) + 1)
  const made = windows.flatMap(({ sidecar }) => sidecar.records)
  const count = (decision: Decision) => made.filter((record) => record.decision === decision).length
  const report = collector.report({
    name: basename(path),
    counts: {
      received: items.length,
      admitted: count('admit'),
      quarantined: count('quarantine'),
      rejected: count('reject'),
      deadLettered: items.length - made.length,
    },
    pending: 0,
    policy,
    deadLetters: [...reasons].map(([reason, found]) => ({ reason, count: found })),
  })
  return renderReport({
    title: `Scan of ${path}`,
    createdAt: new Date().toISOString(),
    version: VERSION,
    dataFolder: 'nothing was written',
    seed,
    seconds: null,
    datasets: [report],
    scanned: { list: commandIn(`credence scan ${shellWord(path)} --format jsonl`, undefined) },
    next: [
      {
        command: commandIn(`credence init ${shellWord(path)}`, undefined),
        why: 'make a contract and a configuration, to run the pipeline with',
      },
    ],
  })
}
