import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { seededRandom } from '#core/random.ts'
import { loadBirdstrikes, loadMnist, loadSpam } from './datasets.ts'
import { csvFile, idxPair, jsonLines, pairLines, type DeliveryFile } from './delivery-files.ts'
import { HOSTILE, HOSTILE_DEFINITION } from './hostile.ts'
import { DAY, type PlannedDataset } from './plan.ts'
import { plantBlock, type PlantedBlock, type Slot } from './plant.ts'
import { loadReplies, plantReplies } from './replies.ts'

/** What was planted, by record id. Kept outside the deliveries: the pipeline has no way to it. */
export interface Truth {
  readonly attacks: readonly {
    readonly dataset: string
    readonly attack: string
    readonly definition: string
    readonly records: readonly string[]
  }[]
  /** Neither poison nor innocent, by dataset. */
  readonly neutral: { readonly [dataset: string]: readonly string[] }
}

const SEED = 2026

/**
 * Writes one day of deliveries under `folder`/deliveries, and what was planted in `folder`/planted.json. Does nothing where both
 * are there already; an interrupted attempt leaves nothing that a later one would take for whole.
 */
export async function writeDeliveries(folder: string, onProgress: (what: string) => void): Promise<void> {
  const done = join(folder, 'deliveries')
  if (existsSync(done)) return
  const draft = join(folder, 'deliveries.part')
  await rm(draft, { recursive: true, force: true })
  const attacks = new Map<string, { dataset: string; attack: string; definition: string; records: string[] }>()
  const neutral: Record<string, string[]> = {}
  for (const plan of DAY) {
    onProgress(plan.name)
    const held: string[] = (neutral[plan.name] = [])
    for await (const { file, block } of deliveriesOf(plan)) {
      const path = join(draft, plan.name, file.name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, file.bytes)
      file.items.forEach((item, index) => {
        const id = `${file.name}#${index}`
        const planting = item < 0 ? { attack: 'hostile', definition: HOSTILE_DEFINITION } : block.planted[item]
        if (planting !== undefined) {
          const key = `${plan.name}/${planting.attack}`
          const entry = attacks.get(key) ?? { dataset: plan.name, ...planting, records: [] }
          attacks.set(key, entry)
          entry.records.push(id)
        } else if (block.neutral[item] === 1) held.push(id)
      })
    }
  }
  const truth: Truth = { attacks: [...attacks.values()], neutral }
  await writeFile(join(folder, 'planted.json'), JSON.stringify(truth))
  await rename(draft, done)
}

async function* deliveriesOf(plan: PlannedDataset): AsyncGenerator<{ file: DeliveryFile; block: PlantedBlock }> {
  const { size, plant } = planterOf(plan)
  const order = seededRandom(SEED, `demo/${plan.name}`).permutation(size)
  const hostile = hostileOf(plan)
  const [first, last] = plan.hours
  let taken = 0
  for (let hour = first; hour <= last; hour += plan.block) {
    const slots: Slot[] = []
    for (let h = hour; h < hour + plan.block && h <= last; h++)
      for (const contributor of plan.contributors)
        for (let k = 0; k < plan.delivery; k++) slots.push({ hour: h, contributor })
    const block = plant(order.slice(taken, taken + slots.length), slots, (hour - first) / plan.block)
    taken += slots.length
    for (let start = 0; start < slots.length; start += plan.delivery) {
      const slot = slots[start]
      if (slot === undefined) break
      const of = Array.from({ length: plan.delivery }, (_, k) => start + k)
      const name = `${String(slot.hour).padStart(2, '0')}-00/${slot.contributor}`
      for (const file of filesOf(name, block, of, hostile.get(name) ?? [])) yield { file, block }
    }
  }
}

function filesOf(
  name: string,
  block: PlantedBlock,
  of: readonly number[],
  hostile: readonly Hostile[],
): DeliveryFile[] {
  const { samples, labels } = block
  switch (samples.kind) {
    case 'image':
      return idxPair(name, samples, labels, of)
    case 'text':
      return [jsonLines(name, samples.texts, labels, of, hostile)]
    case 'exchange':
      return [pairLines(name, samples.exchanges, of, hostile)]
    case 'table':
      return [csvFile(name, samples, 'Wildlife Size', labels, of, hostile)]
  }
}

interface Hostile {
  readonly at: number
  readonly line: Uint8Array
}

/** Which hostile line goes into which delivery, and where. */
function hostileOf(plan: PlannedDataset): Map<string, Hostile[]> {
  const lines = HOSTILE[plan.name]
  const random = seededRandom(SEED, `demo/${plan.name}/hostile`)
  const placed = new Map<string, Hostile[]>()
  for (const line of lines) {
    const hour = plan.hours[0] + random.below(plan.hours[1] - plan.hours[0] + 1)
    const contributor = plan.contributors[random.below(plan.contributors.length)] ?? ''
    const name = `${String(hour).padStart(2, '0')}-00/${contributor}`
    const list = placed.get(name) ?? []
    placed.set(name, list)
    list.push({ at: random.below(plan.delivery), line })
  }
  return placed
}

interface Planter {
  /** How many records there are to draw from. */
  readonly size: number
  /** Those records, in that order, with the block's attacks planted in them. */
  readonly plant: (of: Int32Array, slots: readonly Slot[], block: number) => PlantedBlock
}

function planterOf(plan: PlannedDataset): Planter {
  if (plan.name === 'replies') {
    const replies = loadReplies()
    const taken = (of: Int32Array) => Array.from(of, (i) => replies[i]!)
    return { size: replies.length, plant: (of, slots) => plantReplies(taken(of), slots, plan) }
  }
  const pool = plan.name === 'digits' ? loadMnist() : plan.name === 'mail' ? loadSpam() : loadBirdstrikes()
  return { size: pool.size, plant: (of, slots, block) => plantBlock(pool.take(of), slots, plan, block) }
}
