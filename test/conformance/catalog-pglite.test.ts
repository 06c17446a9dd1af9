import { describe } from 'vitest'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { catalogSuite } from './catalog-suite.ts'

describe('catalog: PGlite', () => {
  catalogSuite(() => openPglite())
})
