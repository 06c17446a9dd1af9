import { contributorOf, labelOf } from '#core/record.ts'
import { EXIT, ExitError } from '../exit.ts'
import { renderImage } from '../print/inline-image.ts'
import { lookOf, paint, type Look } from '#present/look.ts'
import { quotedIn } from '#present/quoted.ts'
import type { Sample } from '#present/sample.ts'
import { renderMarks } from '#present/text-marks.ts'
import { riskText, shellWord, visible, wrap } from '#present/text.ts'
import { FAMILY_WORDS, TURN_WORDS } from '#present/words.ts'
import { readHeld, sampleBy } from '#app/operations/held.ts'
import type { SigningSystem } from '#app/system.ts'

/** Prints a held record: the sample with what is suspect marked, why it is held, its campaign, and what can be done. */
export async function showRecord(system: SigningSystem, id: string, dataset?: string): Promise<number> {
  const rows = await system.catalog.flagged.list({ records: [id], dataset })
  const [row] = rows
  if (row === undefined)
    throw new ExitError(EXIT.failure, `no held record ${id}: \`credence quarantine list\` shows them`)
  if (rows.length > 1)
    throw new ExitError(
      EXIT.usage,
      `several datasets have a record ${id}: say --dataset ${rows.map((r) => r.dataset).join(' or ')}`,
    )
  const { window, record, scored, sidecar, contract, warnings } = await readHeld(system, row)
  const campaign = sidecar.campaigns.find(({ members }) => members.includes(row.index))
  const look = lookOf(process.stdout, process.env)
  const label = contract && labelOf(record, contract)
  const contributor = contributorOf(record, contract ?? {})
  const lines = [
    `${paint(look, 'strong', visible(id))}  ${paint(look, 'dim', `${row.dataset}, window ${window.ordinal}`)}`,
    `${row.scanned ? `risk ${paint(look, 'warn', riskText(row.risk))}` : `not scanned: ${visible(sidecar.unscanned ?? '')}`} · ${row.standing}` +
      (label === null ? '' : ` · labelled ${visible(label)}`) +
      (contributor === null ? '' : ` · from ${visible(contributor)}`),
    '',
    ...warnings.flatMap((warning) => [
      ...wrap(visible(warning), Math.min(look.width, 100)).map((line) => paint(look, 'warn', line)),
      '',
    ]),
    renderSample(sampleBy(contract, record, campaign?.trigger ?? quotedIn(scored.issues)), look),
    '',
    ...scored.issues.map(
      ({ family, score, why }) => `${FAMILY_WORDS[family].name} ${riskText(score)}: ${visible(why)}`,
    ),
    ...(campaign === undefined ? [] : ['', `Campaign ${campaign.id}: ${visible(campaign.summary)}`]),
    '',
    ...(row.standing === 'recalled'
      ? [
          `credence recall list --dataset ${shellWord(row.dataset)}   names the recall; \`credence recall undo\` ends it`,
        ]
      : [`credence quarantine release ${shellWord(id)} --reason '…'   or   reject, in the same way`]),
    ...(campaign === undefined || row.standing === 'recalled'
      ? []
      : [`credence quarantine reject --campaign ${campaign.id} --reason '…'   for all of the campaign`]),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return EXIT.clean
}

function renderSample(sample: Sample, look: Look): string {
  switch (sample.kind) {
    case 'image':
      return renderImage(sample, look)
    case 'text':
      return wrap(renderMarks(sample.parts, look), Math.min(look.width, 100)).join('\n')
    case 'exchange':
      return sample.turns
        .map(({ role, parts }) => {
          const text = wrap(renderMarks(parts, look), Math.min(look.width, 100)).join('\n')
          return `${paint(look, 'strong', TURN_WORDS[role])}\n${text}`
        })
        .join('\n\n')
    case 'table':
      return sample.cells
        .map(
          ({ column, value, suspect }) =>
            `${visible(column)}: ${paint(look, suspect ? 'mark' : undefined, visible(value))}`,
        )
        .join('\n')
    case 'vector':
      return `[${sample.values.map((value) => value.toPrecision(4)).join(', ')}${sample.length > sample.values.length ? ', …' : ''}]`
    case 'raw':
      return visible(sample.text)
  }
}
