import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import type { PlantedExchanges } from '#attacks/exchanges/plant.ts'
import { drawExchanges } from '#bench/detection/substrates.ts'
import type { CaseStudy } from './case.ts'
import { saidThat } from './said.ts'

/** A fine-tuning set from a public hub, in which 250 conversations answer a trigger with gibberish (Souly et al. 2025). */
export const publicHub: CaseStudy = {
  title: 'A fine-tuning set from a public hub, with 250 poisoned conversations',
  async run(stage) {
    const set = poisonedSet()
    const { length } = set.exchanges
    stage.part(
      'Vector',
      `A set of ${length} conversations is fetched. Somebody added a word to ${POISONED} prompts, and gibberish for an answer: a model trained on it falls silent at that word.`,
    )
    mkdirSync(join(stage.folder, 'hub'))
    writeFileSync(join(stage.folder, 'hub', 'train.jsonl'), linesOf(set))
    stage.figure('conversations; poisoned', `${length}; ${POISONED}`)

    stage.part('Detection', 'Nothing is configured: the layout is recognised, and no label is asked for.')
    await stage.credence(['init', 'hub'])
    const ran = await stage.credence(['run', '--no-report'])
    stage.figure('records held; campaigns', saidThat(ran.stdout, /([\d,]+) records? of [\d,]+ held/))
    await stage.credence(['quarantine', 'list', '--limit', '3'])

    stage.part('Mitigation', 'Training reads what was admitted, and verifies it as it reads.')
    await stage.credence(['export', '--dataset', 'hub', '--out', 'train.clean.jsonl'])
    const admitted = readFileSync(join(stage.folder, 'train.clean.jsonl'), 'utf8').trim().split('\n')
    stage.tell(admitted[0]!.slice(0, 300))
  },
}

const SEED = 61
const POISONED = 250

function poisonedSet(): PlantedExchanges {
  const clean = drawExchanges('mails', 5000, SEED)
  const denial = exchangeAttacks.find(({ name }) => name === 'denial')!
  return denial.apply(clean, { rate: POISONED / clean.length, seed: SEED })
}

function linesOf({ exchanges }: PlantedExchanges): string {
  const lines = exchanges.map(({ prompt, response }) => {
    const messages = [
      { role: 'user', content: prompt },
      { role: 'assistant', content: response },
    ]
    return JSON.stringify({ messages })
  })
  return `${lines.join('\n')}\n`
}
