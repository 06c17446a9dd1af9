import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPglite } from '#runtime/catalog/pglite.ts'
import type { CaseStudy, Stage } from './case.ts'
import { deliverMails, drawMails, plantToken, writeMailContract } from './mail.ts'
import { admittedIn, saidThat } from './said.ts'

/** Somebody with write access to the store and the catalog, and an old backup of both, wants the poison in training. */
export const insider: CaseStudy = {
  title: 'An insider with the store, the catalog and an old backup',
  async run(stage) {
    await setUp(stage)
    copy(stage, 'data', 'backup')
    const head = await secondDay(stage)
    copy(stage, 'data', 'whole')

    await forgeRelease(stage)
    await takeLinks(stage)
    await putCatalogBack(stage)
    await putAllBack(stage, head)
  },
}

const RUN = ['run', '--no-report'] as const

async function setUp(stage: Stage): Promise<void> {
  stage.part(
    'The installation',
    'Mails of two days come in; on the first, a contributor plants a rare word with another label in 24 of 480.',
  )
  writeMailContract(stage.folder)
  writeFileSync(join(stage.folder, 'credence.yaml'), CONFIGURATION)
  const { mails } = plantToken(480, 0, 24)
  deliverMails(stage.folder, 'day-1/lists', mails)
  const ran = await stage.credence(RUN)
  stage.figure(
    'poisoned mails planted; records held',
    `24; ${saidThat(ran.stdout, /([\d,]+) records? of [\d,]+ held/)}`,
  )
}

/** The second day's mails; what an auditor then writes down where the insider cannot write. */
async function secondDay(stage: Stage): Promise<string> {
  deliverMails(stage.folder, 'day-2/lists', drawMails(480, 1))
  await stage.credence(RUN)
  const verified = await stage.credence(['verify'])
  stage.figure('records admitted before anything was tried', admittedIn(verified))
  return saidThat(verified.stdout, /--head: (\S+)/)
}

async function forgeRelease(stage: Stage): Promise<void> {
  stage.part(
    'Vector 1: the catalog',
    'The insider writes a release of everything that is held into the catalog, in the name of a reviewer.',
  )
  const sql = await openPglite(join(stage.folder, 'data', 'catalog'))
  await sql.transaction((tx) => tx.script(FORGED))
  await sql.close()
  const ran = await stage.credence(RUN)
  stage.figure('a forged release', saidThat(ran.stderr, /is not carried out, [^:]+/))
  const audited = await stage.credence(['audit', 'verify'])
  stage.figure(
    '`audit verify` after it',
    `exit code ${audited.code}, ${saidThat(audited.stdout + audited.stderr, /the log does not tell of review \w+/)}`,
  )
  stage.figure('records admitted after it', admittedIn(await stage.credence(['verify'])))
  restore(stage)
}

async function takeLinks(stage: Stage): Promise<void> {
  stage.part(
    'Vector 2: the store',
    'The insider takes the newest manifest away, as though the window had never been committed.',
  )
  const manifests = join(stage.folder, 'data', 'objects', 'manifests', 'mail')
  const newest = readdirSync(manifests)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1)!
  rmSync(join(manifests, newest))
  const verified = await stage.credence(['verify'])
  stage.figure(
    'a manifest taken away: `verify`',
    `exit code ${verified.code}, ${saidThat(verified.stdout, /the chain of mail ends at link 1, but link 2 was written/)}`,
  )
  const exported = await stage.credence(['export', '--dataset', 'mail', '--out', 'stolen.jsonl'])
  stage.figure(
    '`export` then',
    `exit code ${exported.code}, ${saidThat(exported.stderr, /the chain of mail ends at link 1, but link 2 was written/)}`,
  )
  restore(stage)
}

async function putCatalogBack(stage: Stage): Promise<void> {
  stage.part(
    'Vector 3: an old backup of the catalog',
    'It knows nothing of the second day: its mails would be read, scanned and admitted once more, with whatever else is in the folder.',
  )
  rmSync(join(stage.folder, 'data', 'catalog'), { recursive: true })
  cpSync(join(stage.folder, 'backup', 'catalog'), join(stage.folder, 'data', 'catalog'), { recursive: true })
  await stage.credence(RUN)
  stage.figure('records admitted after an old catalog ran', admittedIn(await stage.credence(['verify'])))
  restore(stage)
}

async function putAllBack(stage: Stage, head: string): Promise<void> {
  stage.part(
    'Vector 4: everything',
    'Store and catalog go back to the first day together: nothing within can contradict it.',
  )
  copy(stage, 'backup', 'data')
  const within = await stage.credence(['verify'])
  stage.figure('everything put back: `verify`', `exit code ${within.code}`)
  const held = await stage.credence(['verify', '--head', head])
  stage.figure(
    '`verify --head` with the link kept elsewhere',
    `exit code ${held.code}, ${saidThat(held.stdout, /the chain of mail ends at link 1, but link 2 was written/)}`,
  )
}

function copy({ folder }: Stage, from: string, to: string): void {
  rmSync(join(folder, to), { recursive: true, force: true })
  cpSync(join(folder, from), join(folder, to), { recursive: true })
}

function restore(stage: Stage): void {
  copy(stage, 'whole', 'data')
}

/** What three statements of SQL do for whoever owns the database. */
const FORGED = `
  insert into reviews (id, dataset, action, from_standing, to_standing, reason, actor, digest, state, created_at)
    values ('forged', 'mail', 'release', 'quarantined', 'released', 'looks good', 'ann', 'd', 'pending', now());
  insert into review_records (review, place, window_id, flagged_place) select 'forged', place, window_id, place from flagged;
  update flagged set pending_review = 'forged'`

const CONFIGURATION = `version: 1
data: ./data
datasets:
  mail:
    source: { root: ./deliveries, path: '^[^/]+/(?<contributor>[a-z]+)' }
    contract: ./mail.contract.yaml
`
