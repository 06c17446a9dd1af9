import type { CatalogContext } from '../context.ts'
import { accessCatalog, type AccessCatalog } from './access.ts'
import { bulkCatalog, type BulkCatalog } from './bulk.ts'
import { discussionCatalog, type DiscussionCatalog } from './discussion.ts'
import { draftCatalog, type DraftCatalog } from './drafts.ts'
import { elevationCatalog, type ElevationCatalog } from './elevations.ts'
import { heldCatalog, type HeldCatalog } from './held.ts'
import { keyJobCatalog, type KeyJobCatalog } from './key-jobs.ts'
import { listCatalog, type ListCatalog } from './lists.ts'
import { numberCatalog, type NumberCatalog } from './numbers.ts'
import { opinionCatalog, type OpinionCatalog } from './opinions.ts'
import { redriveCatalog, type RedriveCatalog } from './redrives.ts'
import { webhookCatalog, type WebhookCatalog } from './webhooks.ts'

/** What the console reads from the catalog and stores there. */
export interface ConsoleCatalog {
  readonly held: HeldCatalog
  readonly lists: ListCatalog
  readonly numbers: NumberCatalog
  readonly discussion: DiscussionCatalog
  readonly bulk: BulkCatalog
  readonly keyJobs: KeyJobCatalog
  readonly access: AccessCatalog
  readonly elevations: ElevationCatalog
  readonly webhooks: WebhookCatalog
  readonly opinions: OpinionCatalog
  readonly drafts: DraftCatalog
  readonly redrives: RedriveCatalog
}

export function consoleCatalog(context: CatalogContext): ConsoleCatalog {
  return {
    held: heldCatalog(context),
    lists: listCatalog(context),
    numbers: numberCatalog(context),
    discussion: discussionCatalog(context),
    bulk: bulkCatalog(context),
    keyJobs: keyJobCatalog(context),
    access: accessCatalog(context),
    elevations: elevationCatalog(context),
    webhooks: webhookCatalog(context),
    opinions: opinionCatalog(context),
    drafts: draftCatalog(context),
    redrives: redriveCatalog(context),
  }
}
