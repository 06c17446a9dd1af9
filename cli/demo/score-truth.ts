import type { PlantedTruth } from '#present/planted.ts'
import type { System } from '#app/system.ts'
import type { Truth } from './deliveries.ts'

/** Holds what the pipeline decided against what was planted, by record. */
export async function scoreTruth(system: System, truth: Truth): Promise<PlantedTruth> {
  const held = new Map<string, Set<string>>()
  const dead = new Map<string, Set<string>>()
  for (const dataset of Object.keys(system.config.datasets)) {
    const flagged = await system.catalog.flagged.list({ dataset, limit: 1_000_000 })
    held.set(dataset, new Set(flagged.map(({ record }) => record)))
    const letters = await system.catalog.deadLetters.list({ dataset, limit: 1_000_000 })
    dead.set(dataset, new Set(letters.map(({ partition, position }) => `${partition}#${position}`)))
  }
  const totals = await system.catalog.windows.totals()
  const attacks = truth.attacks.map(({ dataset, attack, definition, records }) => ({
    dataset,
    name: attack,
    definition,
    planted: records.length,
    caught: records.filter((id) => held.get(dataset)?.has(id) === true || dead.get(dataset)?.has(id) === true).length,
  }))
  const innocents = [...held].map(([dataset, heldThere]) => {
    const planted = new Set(
      truth.attacks.filter((entry) => entry.dataset === dataset).flatMap(({ records }) => records),
    )
    const neutral = new Set(truth.neutral[dataset] ?? [])
    const received = totals.get(dataset)?.received ?? 0
    return {
      dataset,
      records: Math.max(0, received - planted.size - neutral.size),
      held: [...heldThere].filter((id) => !planted.has(id) && !neutral.has(id)).length,
    }
  })
  return { attacks, innocents }
}
