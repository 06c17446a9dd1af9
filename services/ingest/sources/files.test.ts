import { appendFile, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readAll } from '#test/conformance/source-suite.ts'
import { createInputFolder } from '#test/fakes/input-folder.ts'
import { createFileSource } from './files.ts'

const lines = (count: number) => Array.from({ length: count }, (_, i) => `{"i":${i}}\n`).join('')

describe('file source', () => {
  test('reads below a folder in the order of the paths, with the first folder for the contributor', async () => {
    await using folder = await createInputFolder({
      'b/2.jsonl': lines(1),
      'a/x/1.jsonl': lines(2),
      'top.jsonl': lines(1),
      'B/0.jsonl': lines(1),
    })
    const items = await readAll(createFileSource({ name: 'in', root: folder.root }))
    expect(items.map(({ partition, position, contributor }) => [partition, position, contributor])).toEqual([
      ['B/0.jsonl', '0', 'B'],
      ['a/x/1.jsonl', '0', 'a'],
      ['a/x/1.jsonl', '1', 'a'],
      ['b/2.jsonl', '0', 'b'],
      ['top.jsonl', '0', undefined],
    ])
  })

  test('takes contributor and label from the path where a pattern says how', async () => {
    await using folder = await createInputFolder({ 'day1/ann-spam/1.txt': 'x', 'other.txt': 'y' })
    const path = '^[^/]+/(?<contributor>\\w+)-(?<label>\\w+)/'
    const items = await readAll(createFileSource({ name: 'in', root: folder.root, path }))
    expect(items.map(({ contributor, extra }) => ({ contributor, extra }))).toEqual([
      { contributor: 'ann', extra: { label: 'spam' } },
      { contributor: undefined, extra: undefined },
    ])
  })

  test('reads what the globs ask for', async () => {
    await using folder = await createInputFolder({ 'a/1.jsonl': lines(1), 'a/2.csv': 'a\n1', 'a/skip.jsonl': lines(1) })
    const options = { name: 'in', root: folder.root, include: ['**/*.jsonl'], exclude: ['**/skip*'] }
    expect((await readAll(createFileSource(options))).map((item) => item.partition)).toEqual(['a/1.jsonl'])
  })

  test('reads a single file', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(2) })
    const items = await readAll(createFileSource({ name: 'in', root: join(folder.root, 'a.jsonl') }))
    expect(items.map((item) => item.partition)).toEqual(['a.jsonl', 'a.jsonl'])
  })

  test('reads on where a file has grown', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(2) })
    const source = createFileSource({ name: 'in', root: folder.root })
    await appendFile(join(folder.root, 'a.jsonl'), '{"i":2}\n')
    expect((await readAll(source, new Map([['a.jsonl', '1']]))).map((item) => item.position)).toEqual(['2'])
  })

  test('tells of a break once, and not again when it has been read', async () => {
    await using folder = await createInputFolder({ 'a.json': '[{"i":0},{"i":1} oops' })
    const source = createFileSource({ name: 'in', root: folder.root })
    const items = await readAll(source)
    expect(items.map((item) => item.body.kind)).toEqual(['bytes', 'bytes', 'broken'])
    for (const [index, item] of items.entries()) {
      expect(await readAll(source, new Map([['a.json', item.position]]))).toEqual(items.slice(index + 1))
    }
  })

  test('follows no links and passes over hidden names', async () => {
    await using folder = await createInputFolder({
      'a.jsonl': lines(1),
      '.hidden/b.jsonl': lines(1),
      '.c.jsonl': lines(1),
    })
    await symlink('/etc/hostname', join(folder.root, 'link.txt'))
    await mkdir(join(folder.root, 'empty'))
    expect((await readAll(createFileSource({ name: 'in', root: folder.root }))).map((item) => item.partition)).toEqual([
      'a.jsonl',
    ])
  })

  test('accounts for a file of no known format', async () => {
    await using folder = await createInputFolder({ 'a.bin': Uint8Array.of(0, 1), 'b.jsonl': lines(1) })
    const items = await readAll(createFileSource({ name: 'in', root: folder.root }))
    expect(items.map((item) => item.body.kind)).toEqual(['broken', 'bytes'])
  })

  test('refuses a root that is not there, and a pattern that is none', async () => {
    await expect(readAll(createFileSource({ name: 'in', root: '/no/such/folder' }))).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(() => createFileSource({ name: 'in', root: '/', path: '(' })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    )
  })
})
