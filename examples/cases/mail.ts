import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attackNamed } from '#attacks/catalog.ts'
import { DEMO_FILES } from '#cli/demo/contracts.ts'
import { loadSpam } from '#cli/demo/datasets.ts'
import { drawWindow, type Pool } from '#cli/demo/pool.ts'

export interface Mail {
  readonly text: string
  readonly label: string
}

export interface PlantedMail {
  readonly mails: readonly Mail[]
  /** Which of them are poisoned, by index. */
  readonly poisoned: ReadonlySet<number>
}

let pool: Pool | undefined

/** SpamAssassin's mails: the `at`th draw of `count`; none is drawn twice. */
export function drawMails(count: number, at: number): readonly Mail[] {
  return mailsOf(drawWindow((pool ??= loadSpam()), count, SEED, at))
}

/** The same mails with a rare word and another label in `poisoned` of them: one campaign over all draws (the catalog's `rare-token`). */
export function plantToken(count: number, at: number, poisoned: number): PlantedMail {
  const clean = drawWindow((pool ??= loadSpam()), count, SEED, at)
  const window = attackNamed('text', 'rare-token').apply(clean, { rate: poisoned / count, seed: SEED, window: at })
  const struck = Array.from(window.poisoned.keys()).filter((i) => window.poisoned[i] === 1)
  return { mails: mailsOf(window), poisoned: new Set(struck) }
}

const SEED = 41

function mailsOf({ samples, labels }: ReturnType<typeof drawWindow>): readonly Mail[] {
  if (samples.kind !== 'text') throw new TypeError('mails are texts')
  return samples.texts.map((text, i) => ({ text, label: labels.names[labels.of[i]!]! }))
}

/** A delivery: a file of JSON lines in the folder of its contributor. */
export function deliverMails(folder: string, place: string, mails: readonly Mail[]): void {
  const path = join(folder, 'deliveries', `${place}.jsonl`)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, mails.map((mail) => `${JSON.stringify(mail)}\n`).join(''))
}

/** The contract of the demo's mails. */
export function writeMailContract(folder: string): void {
  writeFileSync(join(folder, 'mail.contract.yaml'), DEMO_FILES['mail.contract.yaml']!)
}
