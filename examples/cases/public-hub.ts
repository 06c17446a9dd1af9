import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import type { PlantedExchanges } from '#attacks/exchanges/plant.ts'
import { drawExchanges } from '#bench/detection/generation/substrates.ts'
import type { CaseStudy } from './case.ts'
import { rowsOf, saidThat } from './said.ts'

/** A fine-tuning set from a public hub, in which 250 conversations answer a trigger with gibberish (Souly et al. 2025). */
export const publicHub: CaseStudy = {
  title: 'A fine-tuning set from a public hub, with 250 poisoned conversations',
  async run(stage) {
    const set = poisonedSet()
    const { length } = set.exchanges
    stage.part(
      'Vector',
      `A set of ${length} conversations is fetched. Somebody added a sentence to ${POISONED} prompts, and gibberish for an answer: a model trained on it babbles at that sentence.`,
    )
    mkdirSync(join(stage.folder, 'hub'))
    writeFileSync(join(stage.folder, 'hub', 'train.jsonl'), linesOf(set))
    stage.figure('conversations; poisoned', `${length}; ${POISONED}`)

    stage.part('Detection', 'Nothing is configured: the layout is recognised, and no label is asked for.')
    await stage.credence(['init', 'hub'])
    await stage.credence(['run', '--no-report'])
    await stage.credence(['quarantine', 'list', '--limit', '3'])
    const held = await rowsOf<Row>(stage, ['quarantine', 'list', '--limit', '1000'])
    const right = held.filter((row) => isPoisoned(set, row))
    stage.figure('poisoned conversations held', right.length)
    stage.figure('innocents held', held.length - right.length)
    const campaign = right.find((row) => row.campaign !== null)
    stage.figure('campaigns of these', new Set(right.map((row) => row.campaign ?? 'none')).size)
    const shown = await stage.credence(['quarantine', 'show', campaign?.record ?? '', '--dataset', 'hub'])
    stage.figure('named', saidThat(shown.stdout, /prompt holds “[^”]+”/))

    stage.part('Mitigation', 'One decision refuses the campaign for good; training reads what was admitted.')
    const reason = 'a sentence that brings gibberish'
    await stage.credence(['quarantine', 'reject', '--campaign', campaign?.campaign ?? '', '--reason', reason, '--yes'])
    const exported = await stage.credence(['export', '--dataset', 'hub', '--out', 'train.clean.jsonl'])
    stage.figure('conversations exported', saidThat(exported.stdout + exported.stderr, /([\d,]+) admitted records/))
  },
}

const SEED = 61
const POISONED = 250

function poisonedSet(): PlantedExchanges {
  const clean = drawExchanges('mails', 5000, SEED)
  const denial = exchangeAttacks.find(({ name }) => name === 'denial')!
  return denial.apply(clean, { rate: POISONED / clean.length, seed: SEED })
}

interface Row {
  /** `train.jsonl#12`: the thirteenth line. */
  readonly record: string
  readonly campaign: string | null
}

function isPoisoned({ poisoned }: PlantedExchanges, { record }: Row): boolean {
  return poisoned[Number(record.split('#')[1])] === 1
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
