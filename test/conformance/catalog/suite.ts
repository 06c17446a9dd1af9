import type { Sql } from '#runtime/catalog/sql.ts'
import { useCatalog } from './fixture.ts'
import { chainTests } from './chains.ts'
import { epochTests } from './epochs.ts'
import { federationTests } from './federations.ts'
import { logTests } from './log.ts'
import { memoryTests } from './memories.ts'
import { modelTests } from './model.ts'
import { opinionTests } from './opinions.ts'
import { recordTests } from './records.ts'
import { reviewTests } from './reviews.ts'
import { streamTests } from './streams.ts'
import { windowTests } from './windows.ts'

/** What a catalog must do over any database. `open` is called once; each test starts from an empty schema. */
export function catalogSuite(open: () => Promise<Sql>): void {
  const fixture = useCatalog(open)
  logTests(fixture)
  chainTests(fixture)
  epochTests(fixture)
  memoryTests(fixture)
  federationTests(fixture)
  windowTests(fixture)
  streamTests(fixture)
  recordTests(fixture)
  opinionTests(fixture)
  reviewTests(fixture)
  modelTests(fixture)
}
