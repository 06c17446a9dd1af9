import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openApiDocument } from './openapi.ts'
import { ROUTES } from './routes.ts'

test('console/openapi.json is what the routes say: node console/server/write-openapi.ts writes it', () => {
  const committed: unknown = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'))
  expect(JSON.parse(JSON.stringify(openApiDocument()))).toEqual(committed)
})

test('the document names every route once, and refers to nothing that it lacks', () => {
  const { paths, components } = openApiDocument() as {
    paths: Record<string, Record<string, { operationId: string }>>
    components: Record<string, Record<string, unknown>>
  }
  const operations = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId))
  expect(operations.toSorted()).toEqual(Object.keys(ROUTES).toSorted())
  const refs = [...JSON.stringify({ paths, components }).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)]
  expect(refs.length).toBeGreaterThan(100)
  expect(refs.filter(([, kind = '', name = '']) => components[kind]?.[name] === undefined)).toEqual([])
})
