import type { Truth } from '#cli/demo/deliveries.ts'
import { DATASETS, type Dataset } from './day.ts'

/** The id of each record that was sent, by where it stands in the deliveries. */
export type Sent = Readonly<Record<Dataset, ReadonlyMap<string, string>>>

/** What was planted among what was sent, by the ids that records have: partition#position. The pipeline has no way to it. */
export function truthOf(day: Truth, sent: Sent): Truth {
  const idsOf = (dataset: string, items: readonly string[]) =>
    items.flatMap((item) => sent[dataset as Dataset].get(item) ?? [])
  const attacks = day.attacks
    .filter(({ dataset }) => dataset in sent)
    .map((attack) => ({ ...attack, records: idsOf(attack.dataset, attack.records) }))
  return {
    attacks: attacks.filter(({ records }) => records.length > 0),
    neutral: Object.fromEntries(DATASETS.map((dataset) => [dataset, idsOf(dataset, day.neutral[dataset] ?? [])])),
  }
}
