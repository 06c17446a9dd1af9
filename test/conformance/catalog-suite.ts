import type { Sql } from '#runtime/catalog/sql.ts'
import { useCatalog } from './catalog/fixture.ts'
import { logTests } from './catalog/log.ts'
import { modelTests } from './catalog/model.ts'
import { recordTests } from './catalog/records.ts'
import { reviewTests } from './catalog/reviews.ts'
import { streamTests } from './catalog/streams.ts'
import { windowTests } from './catalog/windows.ts'

/** What a catalog must do over any database. `open` is called once; each test starts from an empty schema. */
export function catalogSuite(open: () => Promise<Sql>): void {
  const fixture = useCatalog(open)
  logTests(fixture)
  windowTests(fixture)
  streamTests(fixture)
  recordTests(fixture)
  reviewTests(fixture)
  modelTests(fixture)
}
