import { describe, expect, test } from 'vitest'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { lintConfig } from './lint.ts'

const CONTRACT = `version: 1
features: { kind: text, field: text }
schema: { type: object, properties: { text: { type: string } } }
`

async function lint(files: Record<string, string>) {
  await using folder = await createInputFolder(files)
  const { datasets, problems } = await lintConfig(`${folder.root}/credence.yaml`, {})
  return {
    datasets,
    problems: problems.map((line) =>
      line
        .trim()
        .replace(/^\S*\//, '')
        .replaceAll(`${folder.root}/`, ''),
    ),
  }
}

describe('lint', () => {
  test('finds nothing where nothing is wrong', async () => {
    const text = 'version: 1\ndatasets: { a: { source: ./in.jsonl, contract: ./a.yaml } }\n'
    const found = await lint({ 'credence.yaml': text, 'a.yaml': CONTRACT, 'in.jsonl': '{}' })
    expect(found).toEqual({ datasets: ['a'], problems: [] })
  })

  test('tells the mistakes of every class at once: keys, paths, contracts, schemas', async () => {
    const found = await lint({
      'credence.yaml': `version: 1
sead: 3
datasets:
  a: { source: ./nowhere, contract: ./a.yaml, windows: {} }
  b: { source: { root: ./gone }, contract: ./b.yaml, detectors: [./mine.ts] }
  c: { source: ./in.jsonl, contract: ./none.yaml }
  d: { source: ./in.jsonl, contract: ./a.yaml }
`,
      'in.jsonl': '{}',
      'a.yaml': `${CONTRACT}lable: kind\n`,
      'b.yaml': CONTRACT.replace('type: string', 'type: string, minimum: x'),
      'unused.yaml': 'lable: kind\n',
    })
    expect(found.problems).toEqual([
      'credence.yaml:2:1 sead: unknown key; did you mean `seed`?',
      'credence.yaml:4:16 datasets.a.source: there is no nowhere',
      expect.stringMatching(/^credence.yaml:4:47 datasets.a.windows: unknown key; did you mean `window`/),
      'credence.yaml:5:24 datasets.b.source.root: there is no gone',
      'credence.yaml:5:66 datasets.b.detectors.0: there is no mine.ts',
      'credence.yaml:6:38 datasets.c.contract: there is no none.yaml: expected a contract there',
      'a.yaml:4:1 lable: unknown key; did you mean `label`?',
      expect.stringMatching(/^b.yaml:3:\d+ schema.properties.text.minimum: must be number/),
    ])
  })

  test('finds a schema that is right by its form and cannot be used, at its place', async () => {
    const text = 'version: 1\ndatasets: { a: { source: ./in.jsonl, contract: ./a.yaml } }\nsead: 1\n'
    const contract = CONTRACT.replace('type: string', "type: string, format: 'colour'")
    const { problems } = await lint({ 'credence.yaml': text, 'a.yaml': contract, 'in.jsonl': '{}' })
    expect(problems).toHaveLength(2)
    expect(problems[1]).toMatch(/^a.yaml:3:9 schema: unknown format "colour"/)
  })

  test('looks no further where the file is no YAML, or holds no datasets', async () => {
    expect((await lint({ 'credence.yaml': 'datasets: [' })).problems.length).toBeGreaterThan(0)
    expect((await lint({ 'credence.yaml': 'datasets: 3\nversion: 1\n' })).problems).toEqual([
      'credence.yaml:1:11 datasets: expected a map',
    ])
  })
})
