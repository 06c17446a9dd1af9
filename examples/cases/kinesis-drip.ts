import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aws } from '../support/aws.ts'
import type { RunningCloud } from '../support/cloud.ts'
import type { CaseStudy, Stage } from './case.ts'
import { plantToken, writeMailContract } from './mail.ts'
import { rowsOf, saidThat } from './said.ts'

/** A producer whose credentials were stolen drips two poisoned mails an hour into a stream: too few for any hour to show them. */
export const kinesisDrip: CaseStudy = {
  title: 'A stolen producer drips a trigger into Kinesis, two records an hour',
  async run(stage) {
    stage.part(
      'The installation',
      `Three producers put ${WINDOW} mails an hour into a stream of Kinesis; they are kept in S3 under a key of AWS KMS.`,
    )
    await using running = await aws.start(stage)
    const { environment } = running
    await running.create()
    writeMailContract(stage.folder)
    writeFileSync(join(stage.folder, 'credence.yaml'), CONFIGURATION)

    stage.part(
      'Vector',
      `Whoever has the key of one producer, \`${STOLEN}\`, puts a rare word and another label into two mails of each hour.`,
    )
    const planted = new Set<string>()
    await ingest(stage, running, [0, 6], planted)
    stage.part('Meanwhile', 'The sixth hour: a team exports what was admitted, and trains on it.')
    await stage.credence(['export', '--dataset', 'mail', '--out', 'first.jsonl'], environment)

    stage.part(
      'Detection',
      'Hours go by. What each gave to the pool of the dataset is scanned together after every fourth.',
    )
    await ingest(stage, running, [6, 12], planted)
    await stage.credence(['memory', 'status'], environment)
    await stage.credence(['recall', 'list', '--suggested', '--dataset', 'mail'], environment)
    const heldRows = await rowsOf<Row>(
      stage,
      ['quarantine', 'list', '--dataset', 'mail', '--limit', '1000'],
      environment,
    )
    const held = heldRows.filter(({ record }) => planted.has(record))

    stage.part('Mitigation', 'What was admitted before anybody could know is recalled.')
    const suggested = await rowsOf<Row>(stage, ['recall', 'list', '--suggested', '--dataset', 'mail'], environment)
    const reason = 'a rare word brings another label'
    const added = await stage.credence(
      ['recall', 'add', '--suggested', '--dataset', 'mail', '--reason', reason, '--yes'],
      environment,
    )
    const recalled = suggested.filter(({ record }) => planted.has(record))
    stage.figure('poisoned records planted, over 12 hours', planted.size)
    stage.figure('held as they came', held.length, DRAWN)
    stage.figure('who put these', [...new Set(held.map(({ contributor }) => contributor))].join(', '))
    stage.figure('recalled', recalled.length, DRAWN)
    stage.figure('innocents recalled', suggested.length - recalled.length, DRAWN)
    stage.figure('neither held nor recalled', planted.size - held.length - recalled.length, DRAWN)
    stage.figure('innocents held, of 5,736', heldRows.length - held.length, DRAWN)

    stage.part('Who has them', 'The export of the sixth hour held some of them: that model is to be trained again.')
    const shown = await stage.credence(['recall', 'show', saidThat(added.stdout, /recall show (\S+)/)], environment)
    stage.figure(
      'recalled records in the first export',
      saidThat(shown.stdout, /: (?:at least )?(\d+) of these/),
      DRAWN,
    )
    const exported = await stage.credence(['export', '--dataset', 'mail', '--out', 'second.jsonl'], environment)
    stage.figure(
      'left out of the next export',
      saidThat(exported.stdout + exported.stderr, /(\d+) recalled record/),
      DRAWN,
    )
    const first = recalled[0]?.record ?? ''
    await stage.credence(['explain', first, '--dataset', 'mail'], environment)
  },
}

const WINDOW = 480
/** A stream numbers each run's records otherwise, and what a pool draws of a window goes by its records' ids. */
const DRAWN = 2
const STOLEN = 'crm-export'
const HONEST = ['helpdesk', 'lists']

interface Row {
  readonly record: string
  /** The partition key: the producer. */
  readonly contributor?: string | null
}

/** The pipeline runs until all that the hours brought is committed; each hour's is, before the next begins: so each is a window of its own. */
async function ingest(
  stage: Stage,
  running: RunningCloud,
  [from, to]: readonly [number, number],
  planted: Set<string>,
): Promise<void> {
  const pipeline = stage.start(['run', '--no-report'], running.environment)
  for (let hour = from; hour < to; hour++) {
    await deliver(running, hour, planted)
    await pipeline.says(new RegExp(`\\b${((hour + 1) * WINDOW).toLocaleString('en')} committed`))
  }
  stage.tell((await pipeline.stop()).stdout)
}

/** An hour of mails, two of `STOLEN` poisoned. */
async function deliver(running: RunningCloud, hour: number, planted: Set<string>): Promise<void> {
  const { mails, poisoned } = plantToken(WINDOW, hour, 2)
  const messages = mails.map((mail, i) => ({
    item: `${hour}/${i}`,
    contributor: poisoned.has(i) || i % 3 === 0 ? STOLEN : HONEST[i % 2]!,
    bytes: Buffer.from(JSON.stringify(mail)),
  }))
  // a producer puts its own together
  const sent = messages.toSorted((a, b) => (a.contributor < b.contributor ? -1 : a.contributor > b.contributor ? 1 : 0))
  const ids = await running.publish('mail', sent)
  sent.forEach(({ item }, at) => {
    if (poisoned.has(Number(item.split('/')[1]))) planted.add(ids[at]!)
  })
}

const CONFIGURATION = `version: 1
data: ./data
emulator: true
datasets:
  mail:
    source:
      kinesis:
        stream: credence-mail
        endpoint: \${KINESIS_ENDPOINT}
        contributor: partition-key
        format: json
    contract: ./mail.contract.yaml
    window: { records: ${WINDOW}, seconds: 3600 }
store: { s3: { bucket: credence-example, endpoint: \${S3_ENDPOINT} } }
keys: { awskms: { key: alias/credence-example, endpoint: \${KMS_ENDPOINT} } }
`
