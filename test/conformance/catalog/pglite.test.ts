import { describe } from 'vitest'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { catalogSuite } from './suite.ts'

describe('catalog: PGlite', () => {
  catalogSuite(() => openPglite())
})
