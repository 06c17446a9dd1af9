import { auditCatalog } from './audit.ts'
import type { Catalog } from './catalog.ts'
import { consoleCatalog, type ConsoleCatalog } from './console/console-catalog.ts'
import { chainCatalog } from './chains.ts'
import type { CatalogContext } from './context.ts'
import { deadLetterCatalog } from './dead-letters.ts'
import { epochCatalog } from './epochs.ts'
import { federationCatalog } from './federations.ts'
import { flaggedCatalog } from './flagged.ts'
import { repeatCatalog } from './judged-repeats.ts'
import { memoryCatalog } from './memory-marks.ts'
import { migrate } from './migrations.ts'
import { reviewCatalog } from './reviews.ts'
import { sourceCatalog } from './sources.ts'
import type { Sql } from './sql.ts'
import { windowCatalog } from './windows.ts'

export interface CatalogOptions {
  /** The actor of audit entries. */
  readonly actor: string
  /** Absent: the database's clock. */
  readonly clock?: () => Date
}

/** The catalog together with the console's part. */
export interface WholeCatalog extends Catalog {
  readonly console: ConsoleCatalog
}

/** The catalog over a database whose migrations have run (`openCatalog` runs them). Closing the catalog closes the database. */
export function createCatalog(sql: Sql, { actor, clock }: CatalogOptions): WholeCatalog {
  const context: CatalogContext = { sql, actor, now: () => clock?.().toISOString() ?? null }
  return {
    sources: sourceCatalog(context),
    windows: windowCatalog(context),
    deadLetters: deadLetterCatalog(context),
    flagged: flaggedCatalog(context),
    reviews: reviewCatalog(context),
    chains: chainCatalog(context),
    epochs: epochCatalog(context),
    memories: memoryCatalog(context),
    repeats: repeatCatalog(context),
    federations: federationCatalog(context),
    audit: auditCatalog(context),
    console: consoleCatalog(context),
    close: () => sql.close(),
  }
}

/** Brings the database up to date and opens the catalog over it. */
export async function openCatalog(sql: Sql, options: CatalogOptions): Promise<WholeCatalog> {
  await migrate(sql)
  return createCatalog(sql, options)
}
